// whetstone train from end to end on a tiny model: what it learns, what it stores, and that being
// stopped or killed changes nothing in the end.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sha256OfFile } from "../../src/checkpoint/index.ts";
import {
  callCli,
  documentOf,
  resultOf,
  runCli,
  startCli,
  writeTinyModel,
} from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-train-"));
const env = { WHETSTONE_DATA: path.join(folder, "data"), WHETSTONE_TRAINING_THREADS: "1" };
const samples = path.join(folder, "samples.jsonl");

/** What goes with what; learnable from a single character. */
const PAIRS = [
  ["春天", "花"],
  ["夏天", "雨"],
  ["秋天", "叶"],
  ["冬天", "雪"],
] as const;

const FILLERS = Array.from("一二三四五六七八九十上下左右");

beforeAll(async () => {
  const lines = PAIRS.flatMap(([season, answer]) =>
    FILLERS.map((filler) => JSON.stringify({ text: `${filler}${season}有[MASK]`, answer })),
  );
  writeFileSync(samples, lines.join("\n"));
  for (const id of ["tiny", "stopped", "killed"]) {
    writeTinyModel(path.join(folder, id));
    await callCli(["models", "add", path.join(folder, id)], { env });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function train(id: string, ...more: string[]): string[] {
  const recipe = ["--recipe", "full", "--epochs", "120"];
  return ["train", id, "--samples", samples, ...recipe, "--json", ...more];
}

interface TrainDocument {
  readonly version: string;
  readonly patchBytes: number;
  readonly seconds: number;
  readonly steps: number;
  readonly before: { readonly top1: number; readonly top3: number; readonly ece: number };
  readonly after: { readonly top1: number; readonly top3: number; readonly ece: number };
  readonly gate: { readonly passed: boolean; readonly reasons: readonly string[] };
}

async function versionsOf(id: string): Promise<Record<string, unknown>[]> {
  const { models } = documentOf(await callCli(["models", "show", id, "--json"], { env }));
  return (models as { versions: Record<string, unknown>[] }[])[0]!.versions;
}

/** What versions know of words, each as it is stored. */
function settingsOfAll(): string[] {
  const root = path.join(env.WHETSTONE_DATA, "versions");
  return readdirSync(root)
    .map((name) => path.join(root, name, "fill-mask.json"))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8"));
}

/** Of trainings that go on, failed or were killed. */
function notedForServers(): string[] {
  const root = path.join(env.WHETSTONE_DATA, "training");
  const names = readdirSync(root).filter((name) => name.endsWith(".command"));
  return names.map((name) => readFileSync(path.join(root, name), "utf8"));
}

/** The weights that an undisturbed training of the samples gives. */
let undisturbed: unknown;

describe("whetstone train --recipe full", () => {
  it("learns, measures on what was held out, and stores a version beside the old one", async () => {
    const result = await runCli(train("tiny"), { env });
    expect(result).toMatchObject({ code: 0 });
    const document = documentOf(result) as unknown as TrainDocument;
    expect(Object.keys(document)).toEqual([
      "version",
      "patchBytes",
      "seconds",
      "steps",
      "before",
      "after",
      "gate",
      "suspects",
      "blocked",
      "waitAgain",
    ]);
    expect(Object.keys(document.after)).toEqual(["top1", "top3", "ece"]);
    expect(document).toMatchObject({ version: "2", gate: { passed: true, reasons: [] } });
    expect(document.before.top1).toBeLessThan(0.3);
    expect(document.after.top1).toBeGreaterThan(0.8);
    expect(result.stderr).toMatch(/training \d+\/\d+ {2}loss \d/);

    const [first, second] = await versionsOf("tiny");
    expect(first).toMatchObject({ version: "1", origin: "added" });
    expect(second).toMatchObject({
      version: "2",
      origin: "trained",
      state: "ready",
      parent: "1",
      metrics: {
        recipe: "full",
        seed: 1,
        steps: document.steps,
        counts: { training: 45 },
        record: { threads: 1, samples: { sha256: await sha256OfFile(samples) } },
        drift: { guards: ["golden"] },
        origins: { sources: [{ origin: "file", count: PAIRS.length * FILLERS.length }] },
      },
    });
    const { record } = second!["metrics"] as { record: { probes: { suite: string }[] } };
    const suites = ["idiom", "poem", "science", "everyday", "golden"];
    expect(record.probes.map(({ suite }) => suite)).toEqual(suites);
    undisturbed = second!["sha256"];
    const fill = await callCli(
      ["fill", "六冬天有[MASK]", "--model", "tiny@2", "--top-k", "1", "--json"],
      { env },
    );
    expect(documentOf(fill)).toMatchObject({ candidates: [{ text: "雪" }] });
    expect(readdirSync(path.join(env.WHETSTONE_DATA, "runs"))).toEqual([]);
  });

  it("stops with a checkpoint when interrupted, and the same command goes on", async () => {
    const child = startCli(train("stopped"), { env });
    child.stdin?.end();
    const ended = resultOf(child);
    await untilTrains(child);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "cancelled" } });
    expect(stderr).toMatch(/stopped after step \d+ of \d+\. The same command continues it/);
    expect(await versionsOf("stopped")).toHaveLength(1);
    expect(notedForServers()).toEqual([]);
    // What is asked may change meanwhile.
    const late = path.join(folder, "late.jsonl");
    writeFileSync(late, '{"text": "花在[MASK]天", "answer": "春"}');
    await callCli(["suites", "add", late, "--model", "stopped"], { env });

    const again = await runCli(train("stopped"), { env });
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain("continuing the unfinished run");
    expect((await versionsOf("stopped"))[1]).toMatchObject({
      sha256: undisturbed,
      metrics: { drift: { guards: ["golden", "late"], suites: { late: { count: 1 } } } },
    });
  });

  it("leaves nothing half-written when it is killed, and gives the same version after all", async () => {
    const child = startCli(train("killed"), { env, detached: true });
    child.stdin?.end();
    const ended = resultOf(child);
    await untilTrains(child);
    // The whole group: the command and its training process.
    process.kill(-child.pid!, "SIGKILL");
    await ended;
    expect(await versionsOf("killed")).toHaveLength(1);
    const [noted] = notedForServers();
    expect(JSON.parse(noted ?? "")).toMatchObject({ model: "killed", base: "1" });

    const again = await runCli(train("killed"), { env });
    expect(again).toMatchObject({ code: 0 });
    expect((await versionsOf("killed"))[1]).toMatchObject({ sha256: undisturbed });
  });

  it("refuses a version that forgot what a suite asks, though it learned its samples", async () => {
    await callCli(["suites", "add", samples, "--model", "tiny", "--name", "seasons"], { env });
    const lines = PAIRS.flatMap(([season]) =>
      FILLERS.map((filler) =>
        JSON.stringify({ text: `天${filler}${season}有[MASK]`, answer: "雪" }),
      ),
    );
    const snow = path.join(folder, "snow.jsonl");
    writeFileSync(snow, lines.join("\n"));
    const options = ["--recipe", "full", "--epochs", "60", "--json"];
    const result = await runCli(["train", "tiny@2", "--samples", snow, ...options], { env });
    expect(result).toMatchObject({ code: 0 });
    const { gate, version, before, after } = documentOf(result) as unknown as TrainDocument;
    expect(after.top1).toBeGreaterThan(before.top1);
    expect(gate.passed).toBe(false);
    expect(gate.reasons.join()).toMatch(/the suite seasons fell by \S+ percentage points/);
    const stored = (await versionsOf("tiny")).find((each) => each["version"] === version);
    expect(stored).toMatchObject({ state: "refused" });
    const archive = await callCli(["models", "archive", `tiny@${version}`, "--json"], { env });
    const { drift } = documentOf(archive) as {
      readonly drift: { readonly suites: { suite: string; before: number; after: number }[] };
    };
    const seasons = drift.suites.find(({ suite }) => suite === "seasons")!;
    expect(seasons.before).toBeGreaterThan(0.8);
    expect(seasons.after).toBeLessThan(0.5);
  });

  it("keeps a version that the gate refuses, marked as such, with the words it learned", async () => {
    const noise = path.join(folder, "noise.jsonl");
    const words = Array.from("花雨叶雪山水火土");
    const lines = Array.from({ length: 10 }, (_, i) =>
      JSON.stringify({ text: `第${i}[MASK]`, answer: `${words[i % words.length]}土花` }),
    );
    writeFileSync(noise, lines.join("\n"));
    const options = ["--recipe", "full", "--epochs", "1", "--seed", "3", "--json"];
    const result = await runCli(["train", "tiny@2", "--samples", noise, ...options], { env });
    expect(result).toMatchObject({ code: 0 });
    const { gate, version } = documentOf(result) as unknown as TrainDocument;
    const stored = (await versionsOf("tiny")).find((each) => each["version"] === version);
    expect(stored).toMatchObject({ parent: "2", state: gate.passed ? "ready" : "refused" });
    expect(settingsOfAll().filter((text) => text.includes('土花"'))).toHaveLength(1);
  });

  it("learns no personal data, neither in weights nor as words, and counts what is blocked", async () => {
    const file = path.join(folder, "personal.jsonl");
    const lines = Array.from({ length: 6 }, (_, i) => {
      const text = `第${i}个：请打13812345678，我叫[MASK]`;
      return JSON.stringify({ text, answers: ["王小明", "花"] });
    });
    const answers = Array.from({ length: 7000 }, (_, i) => `花${i}`);
    lines.push(JSON.stringify({ text: "山[MASK]", answers }));
    writeFileSync(file, lines.join("\n"));
    const options = ["--recipe", "full", "--epochs", "1", "--json"];
    const result = await runCli(["train", "tiny@1", "--samples", file, ...options], { env });
    expect(result).toMatchObject({ code: 0 });
    expect(documentOf(result)).toMatchObject({ blocked: 1 });
    expect(result.stderr).toContain("1 sample is left out");
    expect(result.stderr).toContain(": row 7");
    const { version } = documentOf(result) as unknown as TrainDocument;
    const learned = path.join(env.WHETSTONE_DATA, `learned/tiny/${version}.jsonl`);
    const stored = (await versionsOf("tiny")).find((each) => each["version"] === version);
    expect(stored).toMatchObject({
      metrics: { record: { samples: { sha256: await sha256OfFile(learned) } } },
    });
    expect(readFileSync(learned, "utf8")).not.toMatch(/13812345678|王小明/);
    expect(settingsOfAll().join()).not.toContain("王小明");
  });

  it.each([
    ['{"text": "a[MASK]", "answer": "花"}', "invalid_input", /1 different samples; at least 5/],
    ['{"text": "a[MASK]", "rejected": ["花"]}', "invalid_input", /none .* has a right word/],
    ['{"text": "没有空", "answer": "花"}', "bad_row", /row 1: the text has no blank/],
    [
      ["一", "二", "三", "四", "五"]
        .map((c) => `{"text": "${c}[MASK]", "answer": "𪚥"}`)
        .join("\n"),
      "invalid_input",
      /vocabulary has the answer of none of the 5 samples/,
    ],
  ])("refuses samples %#, and leaves nothing behind", async (lines, code, says) => {
    const bad = path.join(folder, "bad.jsonl");
    writeFileSync(bad, lines);
    const args = ["train", "tiny", "--samples", bad, "--recipe", "full", "--json"];
    const result = await runCli(args, { env });
    expect(result.code).toBe(1);
    expect(documentOf(result)).toMatchObject({ error: { code } });
    expect(result.stderr).toMatch(says);
    expect(readdirSync(path.join(env.WHETSTONE_DATA, "runs"))).toEqual([]);
  });
});

describe("whetstone train --recipe pretrain", () => {
  const text = path.join(folder, "text.txt");
  beforeAll(() => {
    const lines = Array.from({ length: 60 }, (_, i) => `第${i}天，${PAIRS[i % 4]![0]}有很多雨水。`);
    writeFileSync(text, lines.join("\n"));
  });

  const pretrain = (id: string): string[] => [
    "train",
    id,
    "--samples",
    text,
    "--recipe",
    "pretrain",
    "--epochs",
    "2",
    "--json",
  ];

  it("goes on from the version's weights with plain text", async () => {
    const asked = path.join(folder, "asked.jsonl");
    writeFileSync(asked, '{"text": "春天有[MASK]", "answer": "花"}');
    await callCli(["suites", "add", asked, "--model", "tiny"], { env });
    const result = await runCli(pretrain("tiny@1"), { env });
    expect(result).toMatchObject({ code: 0 });
    expect(documentOf(result)).toMatchObject({ steps: expect.any(Number) as unknown });
    expect((await versionsOf("tiny")).at(-1)).toMatchObject({
      parent: "1",
      metrics: { recipe: "pretrain", drift: { suites: { asked: { count: 1 } } } },
    });
  });

  it("begins with fresh weights where there are none", async () => {
    const bare = path.join(folder, "bare");
    writeTinyModel(bare);
    rmSync(path.join(bare, "model.safetensors"));
    const refused = await callCli(["models", "add", bare, "--json"], { env });
    expect(documentOf(refused)).toMatchObject({ error: { code: "not_found" } });
    const added = await callCli(["models", "add", bare, "--untrained"], { env });
    expect(added).toMatchObject({ code: 0 });
    const result = await runCli(pretrain("bare"), { env });
    expect(result).toMatchObject({ code: 0 });
    expect(documentOf(result)).toMatchObject({ version: "2", before: { top1: 0, ece: 0 } });
    const made = (await versionsOf("bare"))[1]!["metrics"];
    expect(made).toMatchObject({ accuracy: { suites: { golden: {} } } });
    expect(made).not.toHaveProperty("drift");
    const fill = await callCli(["fill", "春[MASK]", "--model", "bare@2", "--json"], { env });
    expect(fill).toMatchObject({ code: 0 });
    const without = await callCli(["fill", "春[MASK]", "--model", "bare", "--json"], { env });
    expect(documentOf(without)).toMatchObject({ error: { code: "not_found" } });
    expect(existsSync(path.join(env.WHETSTONE_DATA, "runs"))).toBe(true);
  });
});

/** Resolves when the first step has been reported. */
async function untilTrains(child: ReturnType<typeof startCli>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let seen = "";
    child.stderr?.on("data", (text: string) => {
      seen += text;
      if (/training \d+\//.test(seen)) resolve();
    });
    child.on("exit", () => reject(new Error(`ended before it trained: ${seen}`)));
  });
}
