// Measurements on suites: by a command on a tiny model, and as a server starts them in a process of
// their own, which the test plays.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/index.ts";
import { forkProbe, type StartProbe } from "../../src/loop/index.ts";
import { openRegistry, type MeasuredSuite } from "../../src/registry/index.ts";
import { STUB_ENTRY } from "../helpers/running-app.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-probes-"));
const data = path.join(folder, "data");
const env = { WHETSTONE_DATA: data };

/** A suite of two questions. */
function write(name: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, '{"text":"好[MASK]","answer":"的"}\n{"text":"[MASK]人","answer":"好"}\n');
  return file;
}

beforeAll(async () => {
  writeTinyModel(path.join(folder, "tiny"));
  await callCli(["models", "add", path.join(folder, "tiny")], { env });
  await callCli(["suites", "add", write("mine.jsonl"), "--model", "tiny"], { env });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the history of measurements", () => {
  const measured = (answers: string[], sha256 = "a"): MeasuredSuite => {
    const figures = { count: 4, top1: 0.5, top3: 0.75, mrr: 0.6, ece: 0.1, brier: 0.2 };
    const accepted = [["甲"], ["乙", "己"], ["丙"], ["戊"]];
    const eceInterval = { low: 0.05, high: 0.15 };
    return {
      suite: "idiom",
      kind: "probe",
      sha256,
      ...figures,
      eceInterval,
      answers,
      accepted,
    };
  };
  const run = (id: string, version: string) => {
    const at = `2026-01-0${id}T00:00:00.000Z`;
    return { id, model: "tiny", version, trigger: "schedule" as const, at };
  };

  it("compares each run with the one before it on the same questions", async () => {
    await using registry = await openRegistry(path.join(folder, "history"));
    const { probes } = registry;
    await probes.add(run("1", "1"), [measured(["甲", "乙", "丙", "丁"])]);
    await probes.add(run("2", "2"), [measured(["甲", "乙", "丙", "戊"])]);
    await probes.add(run("3", "2"), [measured(["甲", "乙", "丙", "戊"], "other questions")]);
    const added = await probes.add(run("4", "2"), [measured(["己", "乙", "丙", "戊"])]);
    const runs = await probes.list("tiny", 10);
    expect(runs[0]).toEqual(added);
    expect(runs.map(({ id, results: [first] }) => [id, first?.flipRate, first?.previousVersion]))
      // By time, the newest first.
      .toEqual([
        ["4", 0.25, "2"],
        ["3", null, null],
        ["2", 0.25, "1"],
        ["1", null, null],
      ]);
    // Against the other version that was measured last, not against the run before.
    expect(runs.map(({ results: [first] }) => first?.paired)).toEqual([
      { version: "1", lost: 1, won: 1, pValue: 1 },
      null,
      { version: "1", lost: 0, won: 1, pValue: 1 },
      null,
    ]);
    expect((await probes.list("tiny", 1)).map(({ id }) => id)).toEqual(["4"]);
    expect(JSON.stringify(runs)).not.toContain("甲");
  });

  it("reads what an older program kept, with null for what that did not measure", async () => {
    const directory = path.join(folder, "older");
    {
      await using registry = await openRegistry(directory);
      await registry.probes.add(run("1", "1"), [measured(["甲", "乙", "己", "丁"])]);
    }
    const store = new Database(path.join(directory, "whetstone.db"));
    const kept = { kind: "probe", count: 4, top1: 0.5, top3: 0.75, ece: 0.1 };
    const result = JSON.stringify({ ...kept, flipRate: null, previousVersion: null });
    store.prepare("UPDATE probe_results SET result = ?").run(result);
    store.close();
    await using registry = await openRegistry(directory);
    const unmeasured = { mrr: null, brier: null, eceInterval: null, paired: null };
    const [older] = await registry.probes.list("tiny", 1);
    expect(older?.results).toMatchObject([{ ...kept, ...unmeasured }]);
    // Its answers are enough to compare with.
    const added = await registry.probes.add(run("2", "2"), [measured(["甲", "乙", "丙", "戊"])]);
    expect(added.results[0]?.paired).toEqual({ version: "1", lost: 0, won: 2, pValue: 0.5 });
  });
});

describe("whetstone probes", () => {
  it("measures a version on all suites of its model, one's own among them, and keeps it", async () => {
    const result = await callCli(["probes", "run", "tiny", "--json"], { env });
    expect(result).toMatchObject({ code: 0 });
    const document = documentOf(result) as { results: { suite: string; count: number }[] };
    expect(document).toMatchObject({ model: "tiny", version: "1", trigger: "command" });
    const names = ["idiom", "poem", "science", "everyday", "golden", "mine"];
    expect(document.results.map(({ suite }) => suite)).toEqual(names);
    const mine = document.results.at(-1);
    expect(mine).toMatchObject({ kind: "own", count: 2, flipRate: null, paired: null });
    expect(mine).toHaveProperty("eceInterval.low");
    expect(mine).toHaveProperty("brier");
    const listed = documentOf(await callCli(["probes", "list", "tiny", "--json"], { env }));
    expect(listed).toMatchObject({ model: "tiny", runs: [{ version: "1" }] });
  });

  it("measures the other suites where one of one's own cannot be read", async () => {
    const file = path.join(data, "suites", "tiny", "broken.jsonl");
    writeFileSync(file, '{"text":"好[MASK]"}');
    const result = await callCli(["probes", "run", "tiny", "--json"], { env });
    rmSync(file);
    expect(result.stderr).toContain("left out: broken.jsonl, row 1: answer is missing");
    const { results } = documentOf(result) as { results: object[] };
    expect(results).toHaveLength(6);
  });

  it("refuses what is no model", async () => {
    const result = await callCli(["probes", "run", "nix", "--json"], { env });
    expect(result.code).toBe(1);
    expect(documentOf(result)).toMatchObject({ error: { code: "unknown_model" } });
  });
});

/** A server that does not listen over the data directory of this test. */
async function open(probe: StartProbe) {
  const flags = { "data.directory": data, "server.port": "0" };
  const starters = path.join(folder, "none");
  return createApp(parseConfig({ flags }), {
    starters,
    startProbe: probe,
    replicaEntry: STUB_ENTRY,
  });
}

describe("measurements of a server", () => {
  it("run one at a time, are shown while they run, and say why they failed", async () => {
    let end = (_message: string): void => {};
    let report = (_done: number, _total: number): void => {};
    const app = await open((_order, onProgress) => {
      report = onProgress;
      const outcome = new Promise<{ kind: "failed"; code: string; message: string }>((resolve) => {
        end = (message) => resolve({ kind: "failed", code: "internal", message });
      });
      return { outcome, kill: () => end("killed") };
    });
    const start = () =>
      app.server.inject({ method: "POST", url: "/api/probe-runs", payload: { model: "tiny" } });
    const show = async () => (await app.server.inject("/api/probe-runs?model=tiny")).json<object>();
    const started = await start();
    expect(started.statusCode).toBe(202);
    expect(started.json()).toMatchObject({ model: "tiny", version: "1", done: 0, total: 0 });
    report(10, 2616);
    expect(await show()).toMatchObject({ current: { done: 10, total: 2616 }, failure: null });
    expect((await start()).statusCode).toBe(409);
    end("it broke");
    await new Promise((resolve) => setImmediate(resolve));
    expect(await show()).toMatchObject({ current: null, failure: { message: "it broke" } });
    const limit = await app.server.inject("/api/probe-runs?model=tiny&limit=0");
    expect(limit.statusCode).toBe(400);
    await app.close();
  });

  it("are done by a process of their own, which stores what it measured", async () => {
    const entry = path.resolve(import.meta.dirname, "../../src/loop/probe.main.ts");
    const start = forkProbe({ file: entry, execArgv: ["--import", "tsx"] });
    const seen: number[] = [];
    const measure = (reference: string) =>
      start(
        {
          dataDirectory: data,
          reference,
          trigger: "schedule",
          filler: { threads: 1, precision: "fp32" },
          shipped: { probeFiles: [write("idiom.jsonl")], goldenFile: write("golden.jsonl") },
        },
        (done, total) => seen.push(done / total),
      ).outcome;
    const outcome = await measure("tiny@1");
    expect(outcome).toMatchObject({ kind: "measured", run: { version: "1" } });
    expect(seen.at(-1)).toBe(1);
    await using registry = await openRegistry(data);
    const [newest] = await registry.probes.list("tiny", 1);
    expect(newest).toMatchObject({ trigger: "schedule", results: [{ count: 2 }, {}, {}] });
    const failed = await measure("tiny@9");
    expect(failed).toMatchObject({ kind: "failed", code: "unknown_version" });
  });

  it("shows the schedule", async () => {
    const app = await open(forkProbe());
    const { statusCode, body } = await app.server.inject("/api/schedule");
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      minSamples: 50,
      tasks: [
        { name: "training", every: "off", nextAt: null, last: null },
        { name: "probes", every: "weekly", weekday: "sunday", hour: 3, isRunning: false },
        { name: "cleaning", every: "off", nextAt: null, last: null },
      ],
    });
    await app.close();
  });
});
