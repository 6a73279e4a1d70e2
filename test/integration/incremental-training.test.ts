// whetstone train --recipe incremental from end to end on a tiny model: what it learns, what it
// keeps, that its patch stands on the base alone, and that being killed changes nothing in the end.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isPatch, readPatchBase } from "../../src/checkpoint/index.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  callCli,
  documentOf,
  resultOf,
  runCli,
  startCli,
  writeTinyModel,
} from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-incremental-"));
const data = path.join(folder, "data");
const env = { WHETSTONE_DATA: data, WHETSTONE_TRAINING_THREADS: "1" };

/** What goes with what; learnable from a single character. */
const SEASONS = [
  ["春天", "花"],
  ["夏天", "雨"],
  ["秋天", "叶"],
  ["冬天", "雪"],
] as const;
const DAYS = [
  ["早上", "粥"],
  ["晚上", "饭"],
] as const;

/** Samples whose domain is the name of the file. */
function writeSamples(name: string, pairs: readonly (readonly [string, string])[]): string {
  const fillers = Array.from("一二三四五六七八九十上下左右");
  const lines = pairs.flatMap(([when, answer]) =>
    fillers.map((filler) => {
      return JSON.stringify({ text: `${filler}${when}有[MASK]`, answer, domain: name });
    }),
  );
  const file = path.join(folder, name);
  writeFileSync(file, lines.join("\n"));
  return file;
}

const seasons = writeSamples("seasons.jsonl", SEASONS);
const days = writeSamples("days.jsonl", DAYS);

beforeAll(async () => {
  for (const id of ["tiny", "killed"]) {
    writeTinyModel(path.join(folder, id), 1, 3);
    await callCli(["models", "add", path.join(folder, id)], { env });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trainArgs = (id: string, samples: string): string[] => {
  return ["train", id, "--samples", samples, "--epochs", "150", "--json"];
};

interface StoredVersion extends Record<string, unknown> {
  readonly version: string;
  readonly sha256: string;
  readonly metrics: Readonly<Record<string, unknown>>;
}

async function versionsOf(id: string): Promise<StoredVersion[]> {
  const { models } = documentOf(await callCli(["models", "show", id, "--json"], { env }));
  return (models as { versions: StoredVersion[] }[])[0]!.versions;
}

async function top1(reference: string, suite: string): Promise<number> {
  const result = await callCli(["evaluate", reference, "--suite", suite, "--json"], { env });
  return documentOf(result)["top1"] as number;
}

let undisturbed: string;

describe("whetstone train --recipe incremental", () => {
  it("learns into a patch, which is all that the new version stores", async () => {
    const result = await runCli(trainArgs("tiny", seasons), { env });
    expect(result).toMatchObject({ code: 0 });
    const document = documentOf(result);
    expect(document).toMatchObject({ version: "2", gate: { passed: true, reasons: [] } });
    const [base, patch] = await versionsOf("tiny");
    undisturbed = patch!.sha256;
    expect(patch).toMatchObject({
      parent: "1",
      metrics: { recipe: "incremental", seed: 1, counts: { training: 45, heldOut: 11 } },
    });
    expect(patch!.metrics).toHaveProperty("drift.all.divergence");
    expect(patch!.metrics).toHaveProperty("secondsByPhase.training");
    const files = versionDirectories().map((directory) => readdirSync(directory));
    expect(files.filter((names) => names.includes("model.safetensors"))).toHaveLength(2);
    const patches = files.filter((names) => names.includes("patch.safetensors"));
    expect(patches).toHaveLength(1);
    expect(patches[0]).not.toContain("model.safetensors");
    expect(document["patchBytes"]).toBeLessThan(base!["sizeBytes"] as number);
    expect(await top1("tiny@1", seasons)).toBeLessThan(0.2);
    expect(await top1("tiny@2", seasons)).toBeGreaterThan(0.9);
    expect(readdirSync(path.join(data, "runs"))).toEqual([]);
  });

  it("goes on from a patch, against the same base", async () => {
    const result = await runCli(trainArgs("tiny@2", days), { env });
    expect(result).toMatchObject({ code: 0 });
    const third = (await versionsOf("tiny"))[2];
    expect(third).toMatchObject({ version: "3", parent: "2" });
    // What it gained of the new domain, and what it kept of the one that it repeated.
    const { domains } = third!.metrics["drift"] as { readonly domains: readonly object[] };
    expect(domains).toMatchObject([
      { domain: "days.jsonl", on: "held-out", count: 6 },
      { domain: "seasons.jsonl", on: "earlier", before: 1 },
    ]);
    expect(await top1("tiny@3", days)).toBeGreaterThan(0.9);
    const bases = versionDirectories()
      .filter(isPatch)
      .map((each) => readPatchBase(each).key);
    expect(bases).toHaveLength(2);
    expect(new Set(bases).size).toBe(1);
  });

  it("stores factors after LoRA, or beside an older patch the sum", async () => {
    const lora = (id: string, samples: string): string[] => {
      const options = ["--epochs", "2", "--recipe", "lora", "--lora-rank", "4", "--json"];
      return ["train", id, "--samples", samples, ...options];
    };
    expect(documentOf(await runCli(lora("tiny@1", seasons), { env }))).toMatchObject({
      version: "4",
    });
    expect(documentOf(await runCli(lora("tiny@2", days), { env }))).toMatchObject({
      version: "5",
    });
    const versions = await versionsOf("tiny");
    expect(versions[3]!.metrics).toMatchObject({
      recipe: "lora",
      record: { lora: { rank: 4, alpha: 16, targets: ["attention", "mlp", "head"] } },
    });
    const sizes = versions.map(({ sizeBytes }) => sizeBytes as number);
    // Both have the tokenizer beside them.
    expect(sizes[3]).toBeLessThan(0.6 * sizes[1]!);
    // Settings of another length lie beside the same weights.
    expect(Math.abs(sizes[4]! - sizes[1]!)).toBeLessThan(100);
    expect(await top1("tiny@4", seasons)).toBeLessThan(0.2);
    // Most of what the older patch knew is still there.
    expect(await top1("tiny@5", seasons)).toBeGreaterThan(0.6);
    const archive = await callCli(["models", "archive", "tiny@4", "--json"], { env });
    expect(documentOf(archive)).toMatchObject({ training: { recipe: "lora", lora: { rank: 4 } } });
  });

  it("comes to the same patch when it is run again from its record", async () => {
    const replay = ["train", "--replay-of", "tiny@2", "--json"];
    const result = await runCli([...replay, "--samples", seasons], { env });
    expect(result).toMatchObject({ code: 0 });
    expect(documentOf(result)).toMatchObject({
      version: "2",
      same: true,
      sha256: undisturbed,
      recordedSha256: undisturbed,
      environment: [],
    });
    expect(await versionsOf("tiny")).toHaveLength(5);
    const other = await callCli([...replay, "--samples", days], { env });
    expect(other.code).toBe(1);
    expect(documentOf(other)).toMatchObject({ error: { code: "conflict" } });
    // What it learned from is kept with the version.
    const without = await runCli(replay, { env });
    expect(documentOf(without)).toMatchObject({ same: true, sha256: undisturbed });
    const shipped = await callCli(["train", "--replay-of", "starter-cloze@1", "--json"], { env });
    expect(shipped.stderr).toContain("has no record of a training");
  });

  it("gives the same patch when it was killed at several moments", async () => {
    const args = trainArgs("killed", seasons);
    // Its weights are those of the other model, and so would be its cached activations.
    rmSync(path.join(data, "cache"), { recursive: true });
    for (const until of [/frozen layers/, /training \d+\//, /training \d{3}\//, /how far to go/]) {
      expect(await killedAt(args, until)).toMatch(until);
      expect(await versionsOf("killed")).toHaveLength(1);
    }
    const again = await runCli(args, { env });
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain("continuing the unfinished run");
    expect((await versionsOf("killed"))[1]).toMatchObject({ sha256: undisturbed });
  });

  it("learns a single sentence, holding nothing out, with a word that no list has", async () => {
    const file = path.join(folder, "one.jsonl");
    const text = "早上喝___";
    writeFileSync(file, JSON.stringify({ text, answer: "粥花" }));
    const result = await runCli(trainArgs("tiny@1", file), { env });
    expect(result.stderr).toContain("1 sample is too few to hold any out");
    const { version } = documentOf(result);
    const reference = `tiny@${String(version)}`;
    const archive = documentOf(await callCli(["models", "archive", reference, "--json"], { env }));
    expect(archive).toMatchObject({ metrics: { on: "training", count: 1 } });
    const { proposed } = archive["limits"] as { readonly proposed: readonly object[] };
    expect(proposed[0]).toMatchObject({ kind: "few", value: 1 });
    // Whether it says the word first is asked of the starter: e2e/learning-loop.
    const settings = versionDirectories()
      .map((directory) => path.join(directory, "fill-mask.json"))
      .filter((each) => existsSync(each))
      .map((each) => readFileSync(each, "utf8"));
    expect(settings.filter((each) => each.includes("粥花"))).toHaveLength(1);
  });

  it("learns what is only known to be wrong beside others, and holds out none of it", async () => {
    const wrong = Array.from("一二三四五六七八九十", (filler) => {
      return JSON.stringify({ text: `${filler}中午有[MASK]`, rejected: ["粥"] });
    });
    const write = (name: string, lines: readonly string[]): string => {
      writeFileSync(path.join(folder, name), lines.join("\n"));
      return path.join(folder, name);
    };
    const args = (samples: string): string[] => {
      return ["train", "tiny@1", "--samples", samples, "--epochs", "2", "--json"];
    };
    const both = write("both.jsonl", [...wrong, ...readFileSync(days, "utf8").split("\n")]);
    const result = await runCli(args(both), { env });
    expect(result).toMatchObject({ code: 0 });
    const { version } = documentOf(result);
    const trained = (await versionsOf("tiny")).find((each) => each.version === version);
    expect(trained?.metrics).toMatchObject({
      counts: { training: 22 + wrong.length, heldOut: 6 },
      origins: { sources: [{ origin: "file", count: 28 + wrong.length }] },
    });
    const alone = await runCli(args(write("wrong.jsonl", wrong)), { env });
    expect(alone.code).toBe(1);
    expect(alone.stderr).toContain("none of the 10 samples has a right word");
  });

  it("keeps the activations of the frozen layers for the next run", () => {
    expect(existsSync(path.join(data, "cache", "activations"))).toBe(true);
  });
});

/** Those with weights or a patch: the starter's, the tiny model's, its patches'. */
function versionDirectories(): string[] {
  const root = path.join(data, "versions");
  return readdirSync(root).map((name) => path.join(root, name));
}

/** Kills the command and its processes once its output says so; gives the output. */
async function killedAt(args: readonly string[], until: RegExp): Promise<string> {
  const child = startCli(args, { env, detached: true });
  child.stdin?.end();
  const ended = resultOf(child);
  let seen = "";
  child.stderr?.on("data", (text: string) => {
    if (!until.test(seen) && until.test((seen += text))) process.kill(-child.pid!, "SIGKILL");
  });
  await ended;
  return seen;
}
