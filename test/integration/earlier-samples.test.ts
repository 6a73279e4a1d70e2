// What earlier versions learned and a later run repeats: which samples of the store these are, and
// that a version which begins before them still has learned them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { callCli, documentOf, runCli, writeTinyModel } from "../helpers/run-cli.ts";
import { fileAccepted, useStubRegistry } from "../helpers/stub-registry.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

describe("the samples that a run repeats", () => {
  const stub = useStubRegistry();

  const file = (text: string): Promise<void> =>
    fileAccepted(stub.registry, text, `2026-01-01T00:00:${text.length}.000Z`);

  /** Has a new version learn what waits, in a run of the version's name. */
  async function learn(state: "ready" | "refused" = "ready"): Promise<string> {
    writeFileSync(
      path.join(stub.folder, "model/config.json"),
      JSON.stringify({ at: Math.random() }),
    );
    const { version } = await stub.registry.addVersion("m", path.join(stub.folder, "model"), {
      state,
    });
    await stub.registry.feedback.takeQueue("m", { run: version });
    const isRefused = state === "refused";
    await stub.registry.feedback.markUsed(version, { model: "m", version }, { isRefused });
    return version;
  }

  async function repeated(most = 9): Promise<string[]> {
    const earlier = await stub.registry.feedback.takeEarlier("m", { run: "r", most });
    expect(await stub.registry.feedback.repeatedBy("r")).toMatchObject(earlier);
    expect(await stub.registry.feedback.takenBy("r")).toEqual([]);
    return earlier.map(({ text }) => text);
  }

  it("are the newest of those that versions learned, and stay used", async () => {
    for (const text of ["甲还没___", "乙丙还没___", "丁戊己还没___"]) {
      await file(text);
      await learn();
    }
    await file("这个还在等着___");
    expect(await repeated()).toEqual(["甲还没___", "乙丙还没___", "丁戊己还没___"]);
    const all = await stub.registry.feedback.count();
    expect(all).toMatchObject({ used: 3, queued: 1 });
    const other = await stub.registry.feedback.takeEarlier("m", { run: "s", most: 2 });
    expect(other.map(({ text }) => text)).toEqual(["乙丙还没___", "丁戊己还没___"]);
  });

  it("are none of a version that the gate refused, and none that was deleted", async () => {
    await file("甲还没___");
    await learn("refused");
    expect(await repeated()).toEqual([]);
    const [again] = await stub.registry.feedback.list({ states: ["queued"] });
    await stub.registry.feedback.reject([again!.id]);
    await file("乙丙还没___");
    await file("丁戊己还没___");
    await learn();
    const used = await stub.registry.feedback.list({ model: "m", states: ["used"] });
    const deleted = used.find(({ text }) => text === "乙丙还没___");
    await stub.registry.feedback.deleteSamples([deleted!.id]);
    expect(await repeated()).toEqual(["丁戊己还没___"]);
  });

  it("count as learned by the run's version", async () => {
    await file("甲还没___");
    await learn();
    await repeated();
    await stub.registry.feedback.markUsed("r", { model: "m", version: "7" });
    const [sample] = await stub.registry.feedback.list({ model: "m", states: ["used"] });
    const { learnedBy } = await stub.registry.feedback.deleteSamples([sample!.id]);
    expect(learnedBy).toContainEqual({ model: "m", version: "7" });
  });
});

describe("whetstone train after an earlier training", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "whetstone-again-"));
  const env = { WHETSTONE_DATA: path.join(folder, "data"), WHETSTONE_TRAINING_THREADS: "1" };
  beforeAll(async () => {
    for (const id of ["tiny", "filed"]) {
      writeTinyModel(path.join(folder, id), 1, 3);
      await callCli(["models", "add", path.join(folder, id)], { env });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const call = async (...args: string[]) => documentOf(await callCli([...args, "--json"], { env }));

  /** Writes sentences of one lesson. */
  function write(when: string, answer: string): string {
    const file = path.join(folder, `${answer}.jsonl`);
    const fillers = Array.from("一二三四五六七八九十上下左右");
    const lines = fillers.map((filler) => {
      return JSON.stringify({ text: `${filler}${when}有[MASK]`, answer });
    });
    writeFileSync(file, lines.join("\n"));
    return file;
  }

  async function train(...args: string[]): Promise<Record<string, unknown>> {
    const trained = await runCli(["train", ...args, "--json"], { env });
    expect(trained).toMatchObject({ code: 0 });
    return documentOf(trained);
  }

  /** Imports sentences of one lesson and trains a version on what waits. */
  async function teach(when: string, answer: string): Promise<string> {
    const file = write(when, answer);
    expect(await call("feedback", "import", file, "--model", "tiny")).toMatchObject({ added: 14 });
    return (await train("tiny", "--epochs", "100"))["version"] as string;
  }

  const top1 = async (version: string, lesson: string): Promise<unknown> => {
    const suite = path.join(folder, `${lesson}.jsonl`);
    return (await call("evaluate", `tiny@${version}`, "--suite", suite))["top1"];
  };

  it("has the new version know both lessons, although it begins before the first", async () => {
    const first = await teach("早上", "粥");
    const second = await teach("晚上", "饭");
    expect(await top1(first, "饭")).toBe(0);
    expect(await top1(second, "粥")).toBe(1);
    expect(await top1(second, "饭")).toBe(1);
    const { parent, data } = await call("models", "archive", `tiny@${second}`);
    expect(parent).toBe("1");
    expect(data).toContainEqual(expect.objectContaining({ kind: "earlier", count: 14 }));
    expect(await train("--replay-of", `tiny@${second}`)).toMatchObject({ same: true });
  });

  it("repeats what came from a file, too, which is gone by then; archives show none", async () => {
    for (const [when, answer] of [["早上", "粥"] as const, ["晚上", "饭"] as const]) {
      const file = write(when, answer);
      await train("filed", "--samples", file, "--epochs", "5");
      rmSync(file);
    }
    const archive = await callCli(["models", "archive", "filed@3", "--json"], { env });
    const { data } = documentOf(archive) as { data: object[] };
    expect(data).toContainEqual(expect.objectContaining({ kind: "earlier", count: 14 }));
    expect(archive.stdout).not.toMatch(/早上|晚上/);
    expect(await train("--replay-of", "filed@3")).toMatchObject({ same: true });
  });
});
