// Versions, archives and a training run as a server would answer them, for tests of the console.

import { archiveOf } from "../../src/loop/index.ts";
import type { Model, ProbeRun, Version } from "../../src/registry/index.ts";
import {
  gateVerdict,
  type GateFinding,
  type TrainingRun,
  type VersionArchive,
} from "../../src/wire/index.ts";

/** What the stub's gate refuses for. */
export const STUB_FINDING: GateFinding = {
  code: "probes-fell",
  before: 0.57,
  after: 0.553,
  count: 580,
  allowed: 0.01,
};

const at = "2026-03-04T05:06:07.000Z";
const drift = (before: number, after: number, pValue: number) => {
  return { count: 580, before, after, flipRate: 0.04, lossRise: 0.01, divergence: 0.035, pValue };
};
const metrics = (top1: number, ece: number) => {
  const eceInterval = { low: ece / 2, high: 2 * ece };
  return { count: 4, top1, top3: top1, top5: top1, mrr: top1, ece, eceInterval, brier: 0.1 };
};

function trained(version: string, facts: Partial<Version> & { readonly idiom: number }): Version {
  const { idiom, ...other } = facts;
  const passed = other.state !== "refused";
  return {
    model: "starter-cloze",
    version,
    state: "ready",
    origin: "trained",
    key: `key-${version}`,
    sha256: version.repeat(64),
    sizeBytes: 3_200_000,
    createdAt: at,
    parent: "1",
    metrics: {
      recipe: "incremental",
      seed: 1,
      steps: 20,
      seconds: 41.25,
      before: metrics(0.25, 0.05),
      after: metrics(1, 0.08),
      gate: gateVerdict(passed ? [] : [STUB_FINDING]),
      counts: { training: 16, heldOut: 4 },
      drift: {
        all: drift(0.57, 0.56, 0.2),
        suites: { idiom: drift(0.705, idiom, 0.01), poem: drift(0.43, 0.44, 0.5) },
        domains: [
          { domain: "合同", on: "held-out", ...drift(0.2, 0.75, 0.001), count: 40 },
          { domain: "合同", on: "earlier", ...drift(0.9, 0.875, 1), count: 40 },
        ],
      },
      secondsByPhase: { load: 1.5, training: 30 },
      latency: {
        p50Ms: 4.87,
        p95Ms: 5.9,
        threads: 2,
        precision: "int8",
        before: { p50Ms: 4.91, p95Ms: 5.72 },
      },
      int8: { questions: 231, sameTop1: 0.961, meanDifference: 0.05, maxDifference: 0.31 },
      origins: {
        sources: [
          { origin: "feedback", count: 14 },
          { origin: "terms", count: 6 },
        ],
        reviewed: 3,
        domains: [
          { domain: "合同", count: 12 },
          { domain: null, count: 8 },
        ],
        otherDomains: 0,
      },
      record: {
        program: { version: "0.1.0", commit: "c0ffee" },
        engine: "1.30.0",
        node: "20.19.0",
        platform: "linux-x64",
        processor: ["avx2", "x64"],
        threads: 2,
        samples: { sha256: "ab".repeat(32) },
      },
    },
    ...other,
  };
}

/** Version 1 shipped and stable, 2 trained, 3 refused by the gate. */
export const STUB_VERSIONS: Model = {
  id: "starter-cloze",
  kind: "fill-mask",
  createdAt: at,
  aliases: [],
  stable: "1",
  versions: [
    { ...trained("1", { idiom: 0 }), origin: "shipped", parent: null, metrics: {} },
    trained("2", { idiom: 0.691 }),
    trained("3", { idiom: 0.6, state: "refused" }),
  ],
};

/** A measurement on one suite, that no training measured. */
export const STUB_PROBES: Pick<ProbeRun, "at" | "results"> = {
  at,
  results: [
    {
      suite: "golden",
      kind: "golden",
      sha256: "cd".repeat(32),
      count: 400,
      top1: 0.625,
      top3: 0.75,
      mrr: 0.7,
      ece: 0.05,
      eceInterval: { low: 0.03, high: 0.08 },
      brier: 0.2,
      flipRate: null,
      previousVersion: null,
      paired: null,
    },
  ],
};

/** The archive of a version of `model`, with a note where there is one. */
export function stubArchive(model: Model, version: string, note = ""): VersionArchive {
  const found = model.versions.find((each) => each.version === version) as Version;
  return archiveOf(model, found, [{ kind: "note", at, by: "http", text: note }]);
}

/** A run at the step that a test wants. */
export function stubRun(changes: Partial<TrainingRun> = {}): TrainingRun {
  return {
    id: "run-1",
    model: "starter-cloze",
    base: "1",
    state: "running",
    source: "feedback",
    sampleCount: 20,
    seed: 1,
    createdAt: at,
    updatedAt: at,
    progress: { phase: "starting", done: 0, total: 0 },
    curve: [],
    notes: [],
    ...changes,
  };
}
