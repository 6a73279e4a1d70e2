// What suites ask, beside feedback: an answer that they hold right is not turned over by one user,
// and what the golden set asks is learned by no way at all.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { shippedMaterial } from "../../src/configured.ts";
import { openFeedbackDesk, type FeedbackDesk } from "../../src/feedback/index.ts";
import { takeSamples } from "../../src/loop/feedback-samples.ts";
import { SuiteQuestions, suitesOf } from "../../src/loop/index.ts";
import { openRegistry, type Registry } from "../../src/registry/index.ts";
import { readSamples, type Sample } from "../../src/tasks/fill-mask/index.ts";
import { readMaterial } from "../../src/training/incremental/material.ts";
import { openTuningStart } from "../../src/training/incremental/start.ts";
import { prepareFineTuning } from "../../src/training/recipes/full.ts";
import { prepareTextTraining } from "../../src/training/recipes/pretrain.ts";
import { openStartingPoint } from "../../src/training/recipes/starting-point.ts";
import { fillBlanks, findBlanks } from "../../src/tasks/fill-mask/index.ts";

const MODEL = "starter-cloze";
const STARTER = path.join(import.meta.dirname, "../../models/starter-cloze");
const OWN = '{"text":"我买的会员还没___。","answer":"生效"}';
let folder: string;
let nowMs: number;
let registry: Registry;
let suites: SuiteQuestions;
let desk: FeedbackDesk;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-suite-questions-"));
  nowMs = Date.parse("2026-01-01T00:00:00Z");
  const clock = { nowMs: () => nowMs++, monotonicMs: () => nowMs };
  registry = await openRegistry(folder, { now: () => new Date(nowMs).toISOString() });
  suites = new SuiteQuestions(registry, shippedMaterial(), clock);
  desk = await openFeedbackDesk({ store: registry.feedback, suites, clock });
});

afterEach(async () => {
  await desk.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** ✗ on the first word, 弄, with another in its place. */
async function correct(text: string, answer: string, userKey: string) {
  const predictionId = `${text} ${userKey}`;
  const blanks = [[{ text: "弄", score: 0.1 }]];
  const facts = { model: MODEL, version: "1", hasTargets: false, userKey };
  desk.record({ id: predictionId, text, blanks, ...facts });
  return desk.submit({ predictionId, verdict: "reject", answer, userKey });
}

function addOwn(lines: string): void {
  mkdirSync(path.join(folder, "suites", MODEL), { recursive: true });
  writeFileSync(path.join(folder, "suites", MODEL, "own.jsonl"), `${lines}\n`);
  nowMs += 2000;
}

const golden = (): Sample[] => readSamples(shippedMaterial().goldenFile);

/** Golden questions as somebody may write them, whatever they say is right. */
function disguised({ text, answers }: Sample): { text: string; answer: string }[] {
  const blanks = findBlanks({ text, topK: 1 });
  const sentence = [...fillBlanks(text, blanks, [answers[0]!])];
  const other = sentence.map((_, i) => i).filter((i) => /\p{Script=Han}/u.test(sentence[i]!));
  const moved = other.at(-1)!;
  return [
    { text: fillBlanks(text, blanks, ["___"]), answer: "错" },
    { text: ` ${fillBlanks(text, blanks, ["[BLANK]"])}！`, answer: answers[0]! },
    { text: sentence.with(moved, "___").join(""), answer: sentence[moved]! },
  ];
}

describe("an answer that a suite holds right", () => {
  it("is known for the whole text, and for whole clauses of it", () => {
    addOwn(OWN);
    const rightIn = (text: string): readonly string[] => suites.rightWords({ model: MODEL, text });
    expect(rightIn("遇到火灾要拨打一一___")).toEqual(["九"]);
    expect(rightIn("老师说：“[MASK]半功倍”，记住了吗？")).toEqual(["事"]);
    expect(rightIn("客服你好！我买的会员还没___，很急。")).toEqual(["生效"]);
    expect(rightIn("我买的会员手机还没___。")).toEqual([]);
    expect(suites.rightWords({ model: "other", text: "我买的会员还没___。" })).toEqual([]);
  });

  it("is turned over by two users or a reviewer, however unsure the model was", async () => {
    const [first, second] = ["遇到火灾要拨打一一___。", "老师说：“___半功倍”，记住了吗？"];
    expect((await correct(first, "零", "ann")).hold).toBe("probe");
    expect(await correct(first, "零", "bob")).toMatchObject({ state: "queued", hold: null });
    const { id, hold } = await correct(second, "牛", "ann");
    expect(hold).toBe("probe");
    expect(await desk.accept([id])).toMatchObject([{ state: "queued", hold: null }]);
  });

  it("is not turned over by a ✗ without another word either, but by that of two users", async () => {
    const text = "老师说：“___半功倍”，记住了吗？";
    const reject = async (userKey: string) => {
      const predictionId = `plain ${userKey}`;
      const blanks = [[{ text: "事", score: 0.1 }]];
      const facts = { model: MODEL, version: "1", hasTargets: false, userKey };
      desk.record({ id: predictionId, text, blanks, ...facts });
      return desk.submit({ predictionId, verdict: "reject", userKey });
    };
    expect(await reject("ann")).toMatchObject({ answers: [], state: "held", hold: "probe" });
    await correct("我买的手机还没___", "发货", "ann");
    expect(await desk.waiting(MODEL, 10)).toEqual({ ready: 1, later: 0, unanswered: 0 });
    expect(await reject("bob")).toMatchObject({ rejected: ["事"], state: "queued", hold: null });
    expect(await desk.waiting(MODEL, 10)).toEqual({ ready: 2, later: 0, unanswered: 0 });
  });

  it("is not turned over by a file either", async () => {
    const row = { row: 1, text: "遇到火灾要拨打一一___。", answers: ["零"], rejected: [] };
    const { samples } = await desk.add([row], { model: MODEL, source: "import" });
    expect(samples).toMatchObject([{ state: "held", hold: "probe" }]);
  });

  it("is confirmed by one", async () => {
    expect((await correct("遇到火灾要拨打一一___。", "九", "ann")).state).toBe("queued");
  });
});

describe("what a suite asks by the time of a run", () => {
  const take = (): Promise<string[]> =>
    takeSamples(registry.feedback, MODEL, { run: "r1", perUser: 10, suites });

  it("is held and not taken, since no version would learn it", async () => {
    const { id } = await correct("我买的会员还没___", "生效", "ann");
    await correct("我买的手机还没___", "发货", "ann");
    addOwn(OWN);
    const [line, ...others] = await take();
    expect([JSON.parse(line ?? ""), others]).toMatchObject([{ text: "我买的手机还没___" }, []]);
    await registry.feedback.markUsed("r1", { model: MODEL, version: "2" });
    const { sample, learnedBy } = await registry.feedback.show(id);
    expect([sample.state, sample.hold, learnedBy]).toEqual(["held", "asked", []]);
    // Somebody repeats it: that changes nothing.
    expect((await correct("我买的会员还没___", "生效", "bob")).hold).toBe("asked");
  });

  it("waits again when a reviewer wants it, once the suite is gone", async () => {
    addOwn(OWN);
    const { id } = await correct("我买的会员还没___", "生效", "ann");
    const refusal = /No sample with a right word waits .* not learned: 1, asked by the suite own\./;
    for (let i = 0; i < 2; i++) await expect(take()).rejects.toThrow(refusal);
    const row = { row: 1, text: "我买的卡还没___", answers: [], rejected: ["发货"] };
    await desk.add([row], { model: MODEL, source: "import" });
    await expect(take()).rejects.toThrow(/ Of 1 sample only wrong words are known/);
    rmSync(path.join(folder, "suites"), { recursive: true });
    nowMs += 2000;
    await desk.accept([id]);
    expect(await take()).toHaveLength(2);
  });
});

describe("what a suite asks while it waits", () => {
  it("does not count as waiting, and a reviewer who accepts it is told", async () => {
    const { id } = await correct("我买的会员还没___", "生效", "ann");
    await correct("我买的手机还没___", "发货", "ann");
    expect(await desk.waiting(MODEL, 10)).toMatchObject({ ready: 2 });
    addOwn(OWN);
    expect(await desk.waiting(MODEL, 10)).toEqual({ ready: 1, later: 0, unanswered: 0 });
    expect(await desk.accept([id])).toMatchObject([{ state: "held", hold: "asked" }]);
    const edited = await desk.edit(id, { text: "我买的会员好像没___", answers: ["生效"] });
    expect(edited).toMatchObject({ state: "queued", hold: null });
  });
});

describe("the golden set", () => {
  it("holds what feedback and files say of its questions, whoever says it", async () => {
    const asked = golden()
      .filter((_, i) => i % 60 === 0)
      .flatMap(disguised);
    for (const { text, answer } of asked) {
      const { id, hold } = await correct(text, answer, "ann");
      expect([text, hold]).toEqual([text, "asked"]);
      expect((await correct(text, answer, "bob")).hold).toBe("asked");
      expect(await desk.accept([id])).toMatchObject([{ state: "held", hold: "asked" }]);
    }
    const rows = asked.map(({ text, answer }, i) => {
      return { row: i + 1, text: `${text}。`, answers: [answer], rejected: [] };
    });
    const { samples } = await desk.add(rows, { model: MODEL, source: "import" });
    expect(new Set(samples.map(({ state, hold }) => `${state} ${hold}`))).toEqual(
      new Set(["held asked"]),
    );
  });

  it("is left out of what is uploaded or named on the command line, in every recipe", async () => {
    const others = Array.from({ length: 10 }, (_, i) => {
      return { text: `第${i}个订单一直没___`, answer: "生效" };
    });
    const asked = golden().flatMap(disguised);
    const samplesFile = path.join(folder, "samples.jsonl");
    const lines = [...asked, ...others].map((sample) => `${JSON.stringify(sample)}\n`);
    writeFileSync(samplesFile, lines.join(""));
    const material = shippedMaterial();
    const notes: string[] = [];
    const control = {
      onProgress: (report: object) => notes.push(JSON.stringify(report)),
      shouldStop: () => false,
    };
    const order = {
      kind: "train",
      modelDirectory: STARTER,
      samplesFile,
      suites: suitesOf(registry, MODEL, material),
      runDirectory: path.join(folder, "run"),
      seed: 1,
      threads: 1,
      limits: { top1Loss: 0, top3Loss: 0, eceRise: 0, probeLoss: 0, guardLoss: 0 },
    } as const;
    const base = { key: "", sha256: "" };
    const tuning = { baseDirectory: STARTER, base, cacheDirectory: folder, cacheBytesMax: 0 };
    const { tokenizer } = openTuningStart(STARTER, 1);
    const { training, heldOut } = readMaterial(
      { ...order, recipe: "incremental", tuning: { ...tuning, replayFile: undefined } },
      { tokenizer, sequenceMax: 64 },
      { work: 12, control },
    );
    const learned = [...training, ...heldOut].map(({ sample }) => sample.text);
    expect(learned.toSorted()).toEqual(others.map(({ text }) => text).toSorted());
    for (const [recipe, prepare] of [
      ["full", prepareFineTuning],
      ["pretrain", prepareTextTraining],
    ] as const) {
      const whole = { ...order, recipe };
      const prepared = prepare(whole, openStartingPoint(whole), control);
      expect(prepared.trainingCount + prepared.measures.heldOut.length).toBe(others.length);
    }
    const said = notes.filter((note) => note.includes("since suites ask them"));
    expect(said).toHaveLength(3);
  });
});
