// The visible life of a sample, and the questions that would teach most, over a real store.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFeedbackDesk, type FeedbackDesk } from "../../src/feedback/index.ts";
import { openRegistry, type Registry } from "../../src/registry/index.ts";

const MODEL = "starter-cloze";
let folder: string;
let nowMs: number;
let registry: Registry;
let desk: FeedbackDesk;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-life-"));
  nowMs = Date.parse("2026-01-01T00:00:00Z");
  registry = await openRegistry(folder, { now: () => new Date(nowMs).toISOString() });
  const clock = { nowMs: () => nowMs++, monotonicMs: () => nowMs };
  desk = await openFeedbackDesk({ store: registry.feedback, clock });
});
afterEach(async () => {
  await desk.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An answer to `text` whose two best words are 甲 and 乙. */
function answered(id: string, text: string, scores: readonly number[] = [0.4, 0.3]): string {
  const offered = scores.map((score, i) => ({ text: "甲乙"[i] ?? "", score }));
  const common = { model: MODEL, version: "1", userKey: undefined, hasTargets: false };
  desk.record({ ...common, id, text, blanks: [offered] });
  return id;
}

const accept = (predictionId: string, userKey = "ann") =>
  desk.submit({ predictionId, verdict: "accept", userKey });

/** "state hold" of each event of a sample. */
async function lifeOf(id: string): Promise<string[]> {
  const { events } = await registry.feedback.show(id);
  const times = events.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
  return events.map(({ state, hold }) => [state, hold ?? ""].join(" ").trim());
}

describe("the life of a sample", () => {
  it("is received, scrubbed, queued, taken by a run and used", async () => {
    const { id } = await accept(answered("p", "订单一直没___"));
    expect(await lifeOf(id)).toEqual(["received", "scrubbed", "queued"]);
    nowMs += 1000;
    await registry.feedback.takeQueue(MODEL, { run: "r" });
    nowMs += 1000;
    await registry.feedback.markUsed("r", { model: MODEL, version: "2" });
    expect(await lifeOf(id)).toEqual(["received", "scrubbed", "queued", "in-run", "used"]);
    const { events, sample } = await registry.feedback.show(id);
    expect(events.at(-1)).toMatchObject({ run: "r", at: sample.updatedAt });
  });

  it("goes back to the queue when a run ends without a version", async () => {
    const { id } = await accept(answered("p", "订单一直没___"));
    await registry.feedback.takeQueue(MODEL, { run: "r" });
    await registry.feedback.releaseRun("r");
    expect((await lifeOf(id)).slice(2)).toEqual(["queued", "in-run", "queued"]);
  });

  it("shows why it was held, and a reviewer's decision", async () => {
    const { id } = await accept(answered("p", "订单一直没___"));
    await desk.submit({ predictionId: "p", verdict: "reject", candidate: "甲", userKey: "bob" });
    await desk.reject([id]);
    expect((await lifeOf(id)).slice(2)).toEqual(["queued", "held contradiction", "rejected"]);
  });

  it("has one beginning for all who say the same, and no new state for it", async () => {
    const { id } = await accept(answered("p", "订单一直没___"));
    const again = await accept(answered("q", "订单一直没___"), "bob");
    expect(again.id).toBe(id);
    expect(await lifeOf(id)).toEqual(["received", "scrubbed", "queued"]);
  });

  it("is forgotten with the sample", async () => {
    const { id } = await accept(answered("p", "订单一直没___"));
    await registry.feedback.deleteSamples([id]);
    const back = await accept("p");
    expect(back.id).not.toBe(id);
    expect(await lifeOf(back.id)).toEqual(["received", "scrubbed", "queued"]);
  });
});

describe("questions to a person", () => {
  it("are the closest decisions of the last day that nobody has judged", async () => {
    answered("sure", "他很___", [0.9, 0.05]);
    answered("torn", "她很___", [0.3, 0.29]);
    answered("judged", "我很___", [0.3, 0.3]);
    await accept("judged");
    const asked = await desk.questions(MODEL, 10);
    expect(asked.map(({ predictionId }) => predictionId)).toEqual(["torn", "sure"]);
    expect(asked[0]).toMatchObject({ text: "她很___", blank: 0, version: "1" });
    expect(await desk.questions("other", 10)).toEqual([]);
    nowMs += 25 * 3_600_000;
    expect(await desk.questions(MODEL, 10)).toEqual([]);
  });

  it("are not about an answer with a blank that was left open, which hides none before it", async () => {
    answered("whole", "一是___", [0.4, 0.3]);
    answered("open", "一是___", []);
    const common = { model: MODEL, version: "1", userKey: undefined, hasTargets: false };
    const offered = [0.4, 0.3].map((score, i) => ({ text: "甲乙"[i] ?? "", score }));
    desk.record({ ...common, id: "half", text: "一是___，二是___", blanks: [[], offered] });
    const asked = await desk.questions(MODEL, 10);
    expect(asked.map(({ predictionId }) => predictionId)).toEqual(["whole"]);
  });

  it("are not about what has been answered, however often and how long ago it was asked", async () => {
    answered("first", "他很___", [0.4, 0.4]);
    answered("same", "他很___", [0.4, 0.39]);
    await accept("first");
    answered("open", "她很___");
    expect((await desk.questions(MODEL, 10)).map(({ text }) => text)).toEqual(["她很___"]);
    nowMs += 25 * 3_600_000;
    answered("later", "他很[MASK]", [0.4, 0.4]);
    answered("new", "我很___");
    expect((await desk.questions(MODEL, 10)).map(({ text }) => text)).toEqual(["我很___"]);
  });

  it("reach texts behind many answers to another one", async () => {
    answered("open", "她很___");
    for (let i = 0; i < 2100; i++) answered(`p${i}`, "他很___", [0.4, 0.1]);
    const texts = (await desk.questions(MODEL, 10)).map(({ text }) => text);
    expect(texts).toEqual(["她很___", "他很___"]);
  });

  it("hold no personal data", async () => {
    answered("p", "请打13812345678找___");
    const [question] = await desk.questions(MODEL, 1);
    expect(question?.text).not.toContain("13812345678");
  });
});
