// The health archive of a version, made from what the registry has. A pure function: it measures
// nothing, reads no file, and what was not recorded is null and not a guess.

import type { Model, ProbeRun, Version, VersionEvent } from "../registry/index.ts";
import {
  LORA_TARGETS,
  readGateVerdict,
  readReleaseReason,
  SAMPLE_ORIGINS,
  type LoraSettings,
} from "../wire/index.ts";
import type {
  ArchivedAccuracy,
  ArchivedMetric,
  ArchivedSource,
  VersionArchive,
} from "../wire/index.ts";
import { proposedLimits } from "./archive-limits.ts";
import {
  driftIn,
  intervalIn,
  listIn,
  numberIn,
  objectIn,
  textIn,
  type Facts,
} from "./archive-metrics.ts";

const METRICS: readonly ArchivedMetric["name"][] = [
  "top1",
  "top3",
  "top5",
  "mrr",
  "ece",
  "brier",
  "overconfidentErrors",
];

/**
 * The archive of a version of `model`.
 *
 * @param events what people did to that version, oldest first
 */
export function archiveOf(
  model: Model,
  version: Version,
  events: readonly VersionEvent[],
): VersionArchive {
  const { metrics: facts, state, origin, createdAt, sha256, sizeBytes, parent } = version;
  const metrics = metricsOf(facts);
  const drift = driftIn(facts);
  const gate = gateOf(facts);
  return {
    model: model.id,
    kind: model.kind,
    version: version.version,
    state,
    isStable: model.stable === version.version,
    origin,
    createdAt,
    sha256,
    sizeBytes,
    parent,
    lineage: lineageOf(model, version),
    data: dataOf(facts),
    origins: originsOf(facts),
    training: trainingOf(facts),
    metrics,
    drift,
    accuracy: accuracyOf(facts),
    probes: null,
    gate,
    limits: {
      proposed: proposedLimits({ metrics, drift, probes: null, gate }),
      ...notesOf(events),
    },
    latencyMs: latencyOf(facts),
    int8: agreementOf(facts),
    releases: events.flatMap((event) => {
      if (event.kind !== "stable") return [];
      const { at, from, by, key, isForced } = event;
      return [{ at, from, by, ...(key !== undefined && { key }), isForced }];
    }),
    moves: events.flatMap((event) => {
      if (event.kind !== "release") return [];
      const { at, by, key, to, share, reason } = event;
      const why = readReleaseReason(event.why);
      return [
        { at, by, ...(key !== undefined && { key }), to, share, reason, ...(why && { why }) },
      ];
    }),
    record: recordOf(facts),
  };
}

/** With what was measured since, of suites that were not when the version was made. */
export function withProbes(
  archive: VersionArchive,
  { at, results: all }: Pick<ProbeRun, "at" | "results">,
): VersionArchive {
  const made = (archive.drift ?? archive.accuracy)?.suites ?? [];
  const results = all.filter(({ suite }) => made.every((each) => each.suite !== suite));
  if (results.length === 0) return archive;
  const measured = { ...archive, probes: { at, results } };
  return { ...measured, limits: { ...archive.limits, proposed: proposedLimits(measured) } };
}

/** The same for somebody whom the names of keys are not for. */
export function withoutKeys(archive: VersionArchive): VersionArchive {
  const { releases, moves } = archive;
  return { ...archive, releases: releases.map(nameless), moves: moves.map(nameless) };
}

function nameless<T extends { readonly key?: string }>({ key: _key, ...rest }: T): Omit<T, "key"> {
  return rest;
}

/** From the parent to where it all began. */
function lineageOf(model: Model, version: Version): VersionArchive["lineage"] {
  const lineage: VersionArchive["lineage"] = [];
  let parent = version.parent;
  // A version is made from an older one, so that this ends.
  while (parent !== null) {
    const name = parent;
    const found = model.versions.find((each) => each.version === name);
    if (found === undefined) break;
    const { origin, createdAt, sha256 } = found;
    lineage.push({ version: name, origin, createdAt, sha256 });
    parent = found.parent;
  }
  return lineage;
}

function dataOf(facts: Facts): VersionArchive["data"] {
  const counts = objectIn(facts, "counts");
  const record = objectIn(facts, "record");
  const sources: ArchivedSource[] = [];
  const samples = textIn(objectIn(record, "samples"), "sha256");
  for (const [kind, name] of [
    ["training", "training"],
    ["held-out", "heldOut"],
  ] as const) {
    const count = numberIn(counts, name);
    if (count !== null) sources.push({ kind, suite: null, count, sha256: samples });
  }
  for (const kind of ["earlier", "replay"] as const) {
    const file = objectIn(record, kind);
    if (file === undefined) continue;
    const count = numberIn(file, "rows");
    sources.push({ kind, suite: null, count, sha256: textIn(file, "sha256") });
  }
  const hashes = new Map(
    listIn(record, "probes").map((probe) => [textIn(probe, "suite"), textIn(probe, "sha256")]),
  );
  const asked = driftIn(facts) ?? accuracyOf(facts);
  for (const { suite, count } of asked?.suites ?? []) {
    sources.push({ kind: "probes", suite, count, sha256: hashes.get(suite) ?? null });
  }
  return sources;
}

function originsOf(facts: Facts): VersionArchive["origins"] {
  const origins = objectIn(facts, "origins");
  if (origins === undefined) return null;
  return {
    sources: listIn(origins, "sources").flatMap((source) => {
      const origin = SAMPLE_ORIGINS.find((each) => each === source["origin"]);
      const count = numberIn(source, "count");
      return origin === undefined || count === null ? [] : [{ origin, count }];
    }),
    reviewed: numberIn(origins, "reviewed") ?? 0,
    domains: listIn(origins, "domains").map((each) => {
      return { domain: textIn(each, "domain"), count: numberIn(each, "count") ?? 0 };
    }),
    otherDomains: numberIn(origins, "otherDomains") ?? 0,
  };
}

function latencyOf(facts: Facts): VersionArchive["latencyMs"] {
  const latency = objectIn(facts, "latency");
  const own = quantilesIn(latency);
  if (own === null) return null;
  return {
    ...own,
    before: quantilesIn(objectIn(latency, "before")),
    threads: numberIn(latency, "threads") ?? 0,
    precision: textIn(latency, "precision") ?? "",
  };
}

function agreementOf(facts: Facts): VersionArchive["int8"] {
  const int8 = objectIn(facts, "int8");
  const [questions, sameTop1] = [numberIn(int8, "questions"), numberIn(int8, "sameTop1")];
  if (questions === null || sameTop1 === null) return null;
  const [meanDifference, maxDifference] = [
    numberIn(int8, "meanDifference"),
    numberIn(int8, "maxDifference"),
  ];
  return { questions, sameTop1, meanDifference, maxDifference };
}

function quantilesIn(latency: Facts | undefined): { p50: number; p95: number } | null {
  const [p50, p95] = [numberIn(latency, "p50Ms"), numberIn(latency, "p95Ms")];
  return p50 === null || p95 === null ? null : { p50, p95 };
}

function trainingOf(facts: Facts): VersionArchive["training"] {
  const recipe = textIn(facts, "recipe");
  if (recipe === null) return null;
  const phases = Object.entries(objectIn(facts, "secondsByPhase") ?? {});
  return {
    recipe,
    lora: loraOf(objectIn(objectIn(facts, "record"), "lora")),
    seed: numberIn(facts, "seed"),
    epochs: numberIn(facts, "epochs"),
    steps: numberIn(facts, "steps"),
    seconds: numberIn(facts, "seconds"),
    secondsByPhase: Object.fromEntries(
      phases.filter((phase): phase is [string, number] => typeof phase[1] === "number"),
    ),
    alpha: numberIn(facts, "alpha"),
    temperature: numberIn(facts, "temperature"),
  };
}

function loraOf(facts: Facts | undefined): LoraSettings | null {
  const [rank, alpha, targets] = [
    numberIn(facts, "rank"),
    numberIn(facts, "alpha"),
    facts?.["targets"],
  ];
  if (rank === null || alpha === null || !Array.isArray(targets)) return null;
  return { rank, alpha, targets: LORA_TARGETS.filter((target) => targets.includes(target)) };
}

function metricsOf(facts: Facts): VersionArchive["metrics"] {
  const [before, after] = [objectIn(facts, "before"), objectIn(facts, "after")];
  const rows = METRICS.flatMap((name) => {
    const [from, to] = [numberIn(before, name), numberIn(after, name)];
    if (from === null || to === null) return [];
    const beforeInterval = intervalIn(before, `${name}Interval`);
    const afterInterval = intervalIn(after, `${name}Interval`);
    return [
      { name, before: from, after: to, beforeInterval, afterInterval, difference: to - from },
    ];
  });
  if (rows.length === 0) return null;
  const isHeldOut = numberIn(objectIn(facts, "counts"), "heldOut") !== 0;
  const count = numberIn(after, "count") ?? 0;
  return { on: isHeldOut ? "held-out" : "training", count, rows };
}

function accuracyOf(facts: Facts): VersionArchive["accuracy"] {
  const accuracy = objectIn(facts, "accuracy");
  const suites = objectIn(accuracy, "suites");
  if (accuracy === undefined || suites === undefined) return null;
  const answered = (suite: string | null, of: Facts | undefined): ArchivedAccuracy => {
    return { suite, count: numberIn(of, "count") ?? 0, accuracy: numberIn(of, "after") ?? 0 };
  };
  return {
    all: answered(null, objectIn(accuracy, "all")),
    suites: Object.keys(suites).map((name) => answered(name, objectIn(suites, name))),
  };
}

function gateOf(facts: Facts): VersionArchive["gate"] {
  const gate = objectIn(facts, "gate");
  return gate === undefined ? null : readGateVerdict(gate);
}

/** The last note, unless it took the one before back; then the earlier ones from new to old. */
function notesOf(
  events: readonly VersionEvent[],
): Pick<VersionArchive["limits"], "note" | "earlierNotes"> {
  const [last, ...earlier] = events
    .flatMap((event) => (event.kind === "note" ? [{ text: event.text, at: event.at }] : []))
    .toReversed();
  const isThere = last !== undefined && last.text !== "";
  return {
    note: isThere ? last : null,
    earlierNotes: earlier.filter(({ text }) => text !== ""),
  };
}

function recordOf(facts: Facts): VersionArchive["record"] {
  const record = objectIn(facts, "record");
  if (record === undefined) return null;
  const program = objectIn(record, "program");
  const processor = record["processor"];
  return {
    program: {
      version: textIn(program, "version") ?? "",
      commit: textIn(program, "commit"),
    },
    engine: textIn(record, "engine") ?? "",
    node: textIn(record, "node") ?? "",
    platform: textIn(record, "platform") ?? "",
    processor: Array.isArray(processor) ? processor.map(String) : [],
    threads: numberIn(record, "threads") ?? 0,
  };
}
