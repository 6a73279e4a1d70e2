// The sentences of the Versions room.

import type {
  ArchivedDomainDrift,
  ArchivedLimit,
  ArchivedMetric,
  ArchivedSource,
  GateFinding,
  ListedVersion,
  SampleOrigin,
  VersionArchive,
} from "../../src/wire/index.ts";

type Release = VersionArchive["releases"][number];
interface Times {
  readonly p50: string;
  readonly p95: string;
}

export interface VersionsMessages {
  readonly intro: string;
  readonly loading: string;
  readonly all: string;
  readonly states: Readonly<Record<"stable" | "refused" | "cleaned", string>>;
  readonly madeFrom: (version: Pick<ListedVersion, "origin" | "parent">) => string;
  readonly origins: Readonly<Record<ListedVersion["origin"], string>>;
  readonly probes: string;
  readonly release: (version: string) => string;
  /** Before the reasons of the gate. */
  readonly notReleased: string;
  readonly use: (version: string) => string;
  readonly force: (version: string) => string;
  readonly confirmForce: string;
  readonly download: Readonly<Record<"json" | "markdown", string>>;
  readonly done: Readonly<Record<"noted" | "stable", (version: string) => string>>;
  readonly failed: (reason: string) => string;
  readonly titles: Readonly<
    Record<
      "limits" | "metrics" | "drift" | "compare" | "data" | "lineage" | "releases" | "record",
      string
    >
  >;
  readonly noLimits: string;
  /** Why the gate refuses; undefined where the server's own sentences do. */
  readonly finding?: (finding: GateFinding) => string;
  /** Of what speaks against a version besides. */
  readonly limit: (limit: ArchivedLimit) => string;
  readonly noteLabel: string;
  readonly notePlaceholder: string;
  readonly saveNote: string;
  readonly notedAt: (when: string) => string;
  readonly earlierNotes: (count: number) => string;
  readonly unmeasured: string;
  /** Before a command; the button is only for what is stable. */
  readonly howToMeasure: Readonly<Record<"stable" | "other", string>>;
  readonly measuredSince: (when: string) => string;
  readonly measuredOn: Readonly<
    Record<NonNullable<VersionArchive["metrics"]>["on"], (count: number) => string>
  >;
  readonly metric: string;
  readonly metrics: Readonly<Record<ArchivedMetric["name"], string>>;
  readonly before: string;
  readonly after: string;
  readonly change: string;
  readonly changeInPoints: string;
  /** A number with its sign, as percentage points. */
  readonly points: (number: string) => string;
  /** Of the bounds below the calibration error. */
  readonly aboutInterval: string;
  readonly aboutProbes: string;
  readonly aboutDomains: string;
  readonly domain: string;
  readonly domainOn: Readonly<Record<ArchivedDomainDrift["on"], string>>;
  /** Kullback–Leibler divergence, with its unit. */
  readonly divergence: string;
  readonly flipped: (share: string) => string;
  readonly suite: string;
  /** null: all of them. */
  readonly suiteName: (suite: string | null) => string;
  readonly questions: (count: number) => string;
  readonly onlyOne: string;
  readonly compareWith: string;
  readonly nothingToCompare: string;
  readonly unrecorded: string;
  readonly source: string;
  readonly sources: Readonly<Record<ArchivedSource["kind"], string>>;
  readonly count: string;
  /** Of a version that began without weights. */
  readonly aboutAccuracy: string;
  readonly right: string;
  readonly byOrigin: string;
  readonly sampleOrigins: Readonly<Record<SampleOrigin, string>>;
  readonly reviewed: string;
  readonly byDomain: string;
  readonly noDomain: string;
  readonly otherDomains: string;
  /** Of a fill; the times have their unit. */
  readonly latency: (times: Times) => string;
  readonly latencyBefore: (times: Times) => string;
  readonly latencyOn: (threads: number, precision: string) => string;
  readonly int8Agreement: (share: string, questions: number) => string;
  readonly noLatency: string;
  readonly neverReleased: string;
  readonly released: (when: string, release: Release) => string;
  readonly notTrained: string;
  readonly facts: Readonly<
    Record<
      | "recipe"
      | "seed"
      | "epochs"
      | "steps"
      | "seconds"
      | "phases"
      | "alpha"
      | "temperature"
      | "program"
      | "commit"
      | "engine"
      | "machine"
      | "threads",
      string
    >
  >;
}
