import { describe, expect, it } from "vitest";
import { Value } from "typebox/value";
import type { Model, ProbeResult, Version, VersionEvent } from "../registry/index.ts";
import { gateVerdict, VersionArchive } from "../wire/index.ts";
import { archiveMarkdown } from "./archive-markdown.ts";
import { archiveOf, withProbes } from "./archive.ts";

function versionOf(version: string, facts: Partial<Version> = {}): Version {
  return {
    model: "m",
    version,
    state: "ready",
    origin: "trained",
    key: `key-${version}`,
    sha256: version.repeat(64).slice(0, 64),
    sizeBytes: 2_500_000,
    createdAt: `2026-11-2${version}T05:00:00.000Z`,
    parent: null,
    metrics: {},
    ...facts,
  };
}

const drift = (before: number, after: number, pValue: number) => {
  return { count: 500, before, after, flipRate: 0.04, lossRise: 0.01, pValue };
};
const metrics = (top1: number, ece: number, overconfidentErrors: number) => {
  return {
    count: 20,
    top1,
    top3: top1,
    top5: top1,
    mrr: top1,
    ece,
    brier: 0.1,
    overconfidentErrors,
  };
};

const TRAINED = {
  recipe: "incremental",
  seed: 1,
  steps: 90,
  seconds: 41.25,
  before: metrics(0.1, 0.05, 0),
  after: { ...metrics(0.9, 0.2, 2), eceInterval: { low: 0.125, high: 0.25 } },
  gate: { passed: false, reasons: ["the probes fell by 1.2 percentage points"] },
  counts: { training: 80, heldOut: 20 },
  alpha: 0.75,
  temperature: 1.1,
  drift: {
    all: drift(0.7, 0.688, 0.02),
    suites: {
      idiom: drift(0.9, 0.88, 0.01),
      poem: drift(0.8, 0.79, 0.4),
      science: { ...drift(0.4, 0.394, 0.6), divergence: 0.0625 },
    },
    domains: [
      { domain: "合同|1", on: "earlier", ...drift(0.9, 0.8, 0.2), divergence: 0.5 },
      { domain: "合同", on: "elsewhere", ...drift(0.9, 0.8, 0.2) },
    ],
  },
  latency: {
    p50Ms: 5.25,
    p95Ms: 7,
    threads: 1,
    precision: "int8",
    before: { p50Ms: 5, p95Ms: 6.5 },
  },
  int8: { questions: 231, sameTop1: 0.9221, meanDifference: 0.0788, maxDifference: null },
  origins: {
    sources: [
      { origin: "feedback", count: 70 },
      { origin: "terms", count: 31 },
      { origin: "of a later program", count: 1 },
    ],
    reviewed: 4,
    domains: [
      { domain: "合同|条款", count: 60 },
      { domain: null, count: 30 },
    ],
    otherDomains: 12,
  },
  secondsByPhase: { load: 1.5, training: 30 },
  record: {
    recipe: "incremental",
    seed: 1,
    epochs: null,
    threads: 2,
    program: { version: "0.1.0", commit: "c0ffee" },
    engine: "1.30.0",
    node: "20.19.0",
    platform: "linux-x64",
    processor: ["avx2", "x64"],
    samples: { sha256: "aa" },
    earlier: { sha256: "ee", rows: 7 },
    replay: { sha256: "bb", rows: 3000 },
    probes: [{ suite: "idiom", sha256: "cc", rows: 580 }],
  },
};

const shipped = versionOf("1", { origin: "shipped" });
const second = versionOf("2", { parent: "1" });
const third = versionOf("3", { parent: "2", state: "refused", metrics: TRAINED });
const model: Model = {
  id: "m",
  kind: "fill-mask",
  createdAt: "2026-11-21T05:00:00.000Z",
  stable: "1",
  aliases: [],
  versions: [shipped, second, third],
};
const at = "2026-11-25T05:00:00.000Z";
const note = (text: string): VersionEvent => ({ kind: "note", text, at, by: "http" });

describe("the archive of a trained version", () => {
  const archive = archiveOf(model, third, []);

  it("is what the schema of the interface promises", () => {
    expect([...Value.Errors(VersionArchive, archive)]).toEqual([]);
    expect(Value.Errors(VersionArchive, archiveOf(model, shipped, []))).toEqual([]);
  });

  it("goes back to the version that everything began with", () => {
    expect(archive.lineage.map(({ version }) => version)).toEqual(["2", "1"]);
    expect(archive.lineage.at(-1)).toMatchObject({ origin: "shipped" });
  });

  it("names its data by counts and hashes", () => {
    expect(archive.data).toEqual([
      { kind: "training", suite: null, count: 80, sha256: "aa" },
      { kind: "held-out", suite: null, count: 20, sha256: "aa" },
      { kind: "earlier", suite: null, count: 7, sha256: "ee" },
      { kind: "replay", suite: null, count: 3000, sha256: "bb" },
      { kind: "probes", suite: "idiom", count: 500, sha256: "cc" },
      { kind: "probes", suite: "poem", count: 500, sha256: null },
      { kind: "probes", suite: "science", count: 500, sha256: null },
    ]);
  });

  it("counts where its samples came from, and what they are about", () => {
    expect(archive.origins).toMatchObject({
      sources: [
        { origin: "feedback", count: 70 },
        { origin: "terms", count: 31 },
      ],
      reviewed: 4,
    });
    expect(archiveMarkdown(archive)).toContain(
      [
        "- samples given, by origin: feedback on answers 70, term tables 31",
        "- of these as a reviewer decided: 4",
        "- by domain: 合同\\|条款 60, – 30, others 12",
      ].join("\n"),
    );
    expect(archiveOf(model, shipped, []).origins).toBeNull();
  });

  it("tells how a version answers the suites that began without weights", () => {
    const { drift: _drift, ...facts } = TRAINED;
    const suites = { idiom: { count: 500, after: 0.25 }, golden: { count: 300, after: 0.5 } };
    const measured = { ...facts, accuracy: { all: { count: 500, after: 0.25 }, suites } };
    const fresh = archiveOf(model, { ...third, metrics: measured }, []);
    expect(fresh).toMatchObject({ drift: null });
    expect(fresh.accuracy?.suites[1]).toEqual({ suite: "golden", count: 300, accuracy: 0.5 });
    expect(fresh.data).toContainEqual({ kind: "probes", suite: "idiom", count: 500, sha256: "cc" });
    expect(archiveMarkdown(fresh)).toContain("| golden | 300 | 50.0 % |");
    expect(archive.accuracy).toBeNull();
  });

  it("tells how long a fill takes, beside the version before", () => {
    const before = { p50: 5, p95: 6.5 };
    const latencyMs = { p50: 5.25, p95: 7, before, threads: 1, precision: "int8" };
    expect(archive.latencyMs).toEqual(latencyMs);
    expect(archiveMarkdown(archive)).toContain(
      "- latency of a fill of 18 tokens: 5.25 ms (p50), 7 ms (p95); the version before 5 and " +
        "6.5 ms; 1 thread, int8\n",
    );
    expect(archiveOf(model, shipped, []).latencyMs).toBeNull();
  });

  it("tells how near int8 is to float32, where that was compared", () => {
    expect(archiveMarkdown(archive)).toContain(
      "- int8 against float32: the same first token in 92.2 % of 231 questions; its " +
        "log-probability differs by 0.08 nats in the mean, – at most\n",
    );
    const without = archiveOf(model, shipped, []);
    expect(without.int8).toBeNull();
    expect(archiveMarkdown(without)).not.toContain("int8 against");
  });

  it("compares with the version before", () => {
    expect(archive.metrics?.count).toBe(20);
    expect(archive.metrics?.rows[0]).toMatchObject({ name: "top1", before: 0.1, after: 0.9 });
    expect(archive.metrics?.rows[0]?.difference).toBeCloseTo(0.8);
    expect(archive.drift?.all.difference).toBeCloseTo(-0.012);
  });

  it("has the interval of the calibration error where one was recorded", () => {
    const row = archive.metrics?.rows.find(({ name }) => name === "ece");
    expect(row).toMatchObject({ beforeInterval: null, afterInterval: { low: 0.125, high: 0.25 } });
  });

  it("has the divergence where one was recorded, and domains of a known kind", () => {
    expect(archive.drift?.suites.map(({ divergence }) => divergence)).toEqual([null, null, 0.0625]);
    expect(archive.drift?.domains).toMatchObject([{ domain: "合同|1", on: "earlier", count: 500 }]);
  });

  it("proposes limits: the gate's reasons, what fell, what is weakest, false confidence", () => {
    expect(archive.limits.proposed.map(({ kind, suite }) => [kind, suite])).toEqual([
      ["gate", null],
      ["fell", "idiom"],
      ["weakest", "science"],
      ["overconfident", null],
      ["calibration", null],
    ]);
    expect(archive.limits.proposed[1]?.text).toBe(
      "Suite idiom fell by 2.0 percentage points: 90.0 % → 88.0 %, p = 0.010.",
    );
  });
});

describe("the gate of an archive", () => {
  const shown = (gate: object) => {
    const archive = archiveOf(model, versionOf("4", { metrics: { ...TRAINED, gate } }), []);
    expect([...Value.Errors(VersionArchive, archive)]).toEqual([]);
    return archive;
  };

  it("has its reasons as data beside the sentences", () => {
    const finding = { code: "top1-fell", before: 0.5, after: 0.4, allowed: 0 } as const;
    const archive = shown(gateVerdict([finding]));
    expect(archive.gate).toMatchObject({ passed: false, findings: [finding] });
    expect(archive.limits.proposed[0]).toMatchObject({ kind: "gate", finding });
  });

  it("has the sentences alone where nothing else was kept, or something unknown", () => {
    const reasons = ["it is blue"];
    expect(shown({ passed: false, reasons }).gate).toEqual({ passed: false, reasons });
    const findings = [{ code: "blue" }];
    expect(shown({ passed: false, reasons, findings }).gate).toEqual({ passed: false, reasons });
  });
});

describe("the archive of any version", () => {
  it("says that nothing was measured where nothing was", () => {
    const archive = archiveOf(model, shipped, []);
    expect(archive).toMatchObject({ isStable: true, metrics: null, drift: null, record: null });
    expect(archive.limits.proposed).toMatchObject([{ kind: "unmeasured" }]);
  });

  it("says so where what was measured had been learned", () => {
    const few = { ...TRAINED, counts: { training: 1, heldOut: 0 } };
    const archive = archiveOf(model, versionOf("4", { metrics: few }), []);
    expect(archive.metrics).toMatchObject({ on: "training" });
    expect(archive.limits.proposed.map(({ kind }) => kind)).toContain("few");
    expect(archiveMarkdown(archive)).toContain("samples that it learned, against version");
  });

  it("has the last note of a person, and the earlier ones behind it", () => {
    const { limits } = archiveOf(model, third, [note("一"), note("二"), note("三")]);
    expect(limits.note).toEqual({ text: "三", at });
    expect(limits.earlierNotes.map(({ text }) => text)).toEqual(["二", "一"]);
    const without = archiveOf(model, third, [note("一"), note("")]);
    expect(without.limits).toMatchObject({ note: null, earlierNotes: [{ text: "一" }] });
  });

  it("tells when it became stable", () => {
    const event = { kind: "stable", at, by: "http", from: "1", isForced: true } as const;
    const { releases } = archiveOf(model, third, [note("x"), event]);
    expect(releases).toEqual([{ at, from: "1", by: "http", isForced: true }]);
  });

  it("survives metrics that another program wrote", () => {
    const odd = { before: 1, after: { top1: "x" }, drift: [], record: { probes: 3 }, gate: {} };
    const archive = archiveOf(model, versionOf("4", { metrics: odd }), []);
    expect([...Value.Errors(VersionArchive, archive)]).toEqual([]);
    expect(archiveMarkdown(archive)).toContain("# m@4");
  });
});

describe("what was measured since a version was made", () => {
  const result = (suite: string, top1: number): ProbeResult => ({
    suite,
    kind: "probe",
    sha256: "aa",
    count: 500,
    top1,
    top3: 0.75,
    mrr: 0.5,
    ece: 0.05,
    eceInterval: { low: 0.04, high: 0.06 },
    brier: null,
    flipRate: null,
    previousVersion: null,
    paired: null,
  });
  const results = [result("idiom", 0.5), result("poem", 0.25), result("mine", 0.125)];

  it("stands in the archive of one that was not measured then, with its date", () => {
    const archive = withProbes(archiveOf(model, shipped, []), { at, results });
    expect([...Value.Errors(VersionArchive, archive)]).toEqual([]);
    expect(archive.probes).toEqual({ at, results });
    expect(archive.limits.proposed).toMatchObject([
      { kind: "weakest", suite: "mine", value: 0.125 },
    ]);
    const text = archiveMarkdown(archive);
    expect(text).toContain(`Not measured when it was made.\n\nMeasured since, ${at}:\n`);
    expect(text).toContain("| mine | 500 | 12.5 % | 75.0 % | 0.500 | 0.050 (0.040–0.060) |");
  });

  it("is of the other suites alone where it was", () => {
    const made = archiveOf(model, third, []);
    const archive = withProbes(made, { at, results });
    expect(archive.probes?.results.map(({ suite }) => suite)).toEqual(["mine"]);
    expect(archive.limits.proposed).toContainEqual(
      expect.objectContaining({ kind: "weakest", suite: "mine" }),
    );
    expect(archiveMarkdown(archive)).toMatch(/\| all \| 500 [^]*Measured since, [^]*\| mine \|/);
    expect(withProbes(made, { at, results: [result("idiom", 0.1)] })).toEqual(made);
  });

  it("is nothing where nothing was, and the page says how to measure what has files", () => {
    const archive = archiveOf(model, shipped, []);
    expect(archive.probes).toBeNull();
    expect(archiveMarkdown(archive)).toContain("`whetstone probes run m@1` measures it.");
    expect(archiveMarkdown({ ...archive, state: "cleaned" })).not.toContain("probes run");
  });
});

describe("the archive as Markdown", () => {
  it("has every part, with units", () => {
    const text = archiveMarkdown(archiveOf(model, third, []));
    expect(text.startsWith("# m@3\n\n- state: refused\n")).toBe(true);
    expect(text).toContain("| top-1 | 10.0 % | 90.0 % | +80.0 points |");
    expect(text).toContain("| ECE | 0.050 | 0.200 (0.125–0.250) | +0.150 |");
    expect(text).toContain(
      "| idiom | 500 | 90.0 % | 88.0 % | −2.0 points | 4.0 % | +0.010 | – | 0.010 |",
    );
    expect(text).toContain(
      "| 合同\\|1, learned earlier | 500 | 90.0 % | 80.0 % | −10.0 points | 4.0 % | +0.010 | 0.500 |",
    );
    expect(text).toContain("- Whetstone 0.1.0, commit c0ffee");
    expect(text).not.toMatch(/undefined|NaN|null/);
  });

  it("keeps a person's words from becoming anything else", () => {
    const text = archiveMarkdown(archiveOf(model, third, [note("# 题\n<img src=x> | 表")]));
    expect(text).toContain("> # 题\n> &lt;img src=x> \\| 表");
  });
});
