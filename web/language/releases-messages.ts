// The sentences of the Releases room.

import type { Deployment, ReleaseForecast, ReleaseReason } from "../../src/wire/index.ts";
import type { CurveName } from "../releases/arm-curves.ts";
import type { Arm, Move, Release } from "../releases/release-view.ts";
import type { WishProblem } from "../releases/release-wish.ts";
import type { Notice } from "./messages.ts";

type Check = Release["checks"][number];

interface FieldMessages {
  readonly label: string;
  readonly placeholder: string;
  readonly help: string;
  /** In place of the help when it cannot be meant. */
  readonly problem: string;
}

export interface ReleasesMessages {
  readonly intro: string;
  readonly loading: string;
  readonly reconnecting: string;
  readonly states: Readonly<Record<Deployment["state"], string>>;
  /** What the state means for those who ask. */
  readonly meaning: (deployment: Deployment, release: Release | undefined) => string;
  readonly forced: string;
  readonly split: string;
  readonly arms: Readonly<Record<Arm, string>>;
  readonly promote: (version: string) => string;
  readonly pause: string;
  readonly resume: string;
  readonly switchBack: (version: string) => string;
  readonly keptWarm: (until: string) => string;
  readonly failed: (reason: string) => string;
  readonly titles: Readonly<
    Record<"steps" | "curves" | "checks" | "agreement" | "history", string>
  >;
  readonly stepTo: (percent: number, version: string) => string;
  readonly stepNow: string;
  readonly facts: Readonly<Record<"sample" | "left" | "traffic", string>>;
  readonly sample: (sample: Release["sample"]) => string;
  readonly left: (seconds: number) => string;
  /** Requests a second. */
  readonly rate: (perSecond: number) => string;
  /** How long each step takes; the figures follow in a table. */
  readonly expected: (of: Pick<ReleaseForecast, "requestsPerSecond" | "needed">) => string;
  /** The name of that part of a page where no release has begun. */
  readonly forecast: string;
  readonly share: string;
  readonly untilSample: (needed: number) => string;
  readonly untilErrors: string;
  /** null: never. */
  readonly duration: (seconds: number | null) => string;
  readonly noTraffic: string;
  readonly curves: Readonly<Record<CurveName, string>>;
  readonly curveValue: (name: CurveName, value: number) => string;
  /** What a curve shows, in one sentence; undefined where an arm has no value. */
  readonly curveLabel: (title: string, values: Readonly<Record<Arm, string | undefined>>) => string;
  readonly curveEnd: (seconds: number) => string;
  readonly noCurve: string;
  readonly check: string;
  readonly verdict: string;
  readonly checks: Readonly<Record<Check["name"], string>>;
  readonly checkStates: Readonly<Record<Check["state"] | "unknown", string>>;
  readonly now: string;
  readonly limit: string;
  readonly agreement: Readonly<
    Record<"compared" | "sameFirst" | "firstInThree" | "meanScoreDifference", string>
  >;
  readonly aboutShadow: string;
  readonly noAgreement: string;
  readonly actors: Readonly<Record<Move["by"], string>>;
  /** By whom, with the name of the key. */
  readonly byKey: (actor: string, key: string) => string;
  /** As "canary, 5 %". */
  readonly moved: (state: Deployment["state"], percent: number) => string;
  /** Why it moved; undefined where the server's own sentences do. */
  readonly why?: (why: ReleaseReason) => string;
  /** Of a release that goes otherwise than the server is set. */
  readonly options: {
    readonly title: string;
    readonly fields: Readonly<Record<WishProblem, FieldMessages>>;
    readonly shadow: string;
    readonly release: (version: string) => string;
    readonly aboutForce: string;
    readonly force: (version: string) => string;
    readonly confirmForce: string;
  };
  readonly empty: Notice;
  readonly goTraining: string;
  readonly goVersions: string;
}
