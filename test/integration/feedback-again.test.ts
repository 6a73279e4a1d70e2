// What one user says of an answer more than once: of its several blanks, and again after a review.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFeedbackDesk, type FeedbackDesk, type Verdict } from "../../src/feedback/index.ts";
import { openRegistry, type FeedbackSample, type Registry } from "../../src/registry/index.ts";

const SEVERAL = "床前明___光，疑是地上___";
let folder: string;
let registry: Registry;
let desk: FeedbackDesk;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-again-"));
  let nowMs = Date.parse("2026-01-01T00:00:00Z");
  registry = await openRegistry(folder, { now: () => new Date(nowMs).toISOString() });
  const clock = { nowMs: () => nowMs++, monotonicMs: () => nowMs };
  desk = await openFeedbackDesk({ store: registry.feedback, clock });
});

afterEach(async () => {
  await desk.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An answer with 日 first and 星 second for each blank. */
function answered(text: string): void {
  const offered = ["日", "星"].map((word, i) => ({ text: word, score: 0.4 - i / 10 }));
  const blanks = text
    .split("___")
    .slice(1)
    .map(() => offered);
  const facts = { model: "m", version: "1", hasTargets: false, userKey: undefined };
  desk.record({ ...facts, id: "p", text, blanks });
}

const say = (verdict: Partial<Verdict>): Promise<FeedbackSample> =>
  desk.submit({ predictionId: "p", verdict: "reject", userKey: "ann", ...verdict });

/** "text right -wrong" of all samples. */
async function samples(): Promise<string[]> {
  const found = await registry.feedback.list();
  return found
    .map(({ text, answers, rejected }) =>
      [text, ...answers, ...rejected.map((word) => `-${word}`)].join(" "),
    )
    .toSorted();
}

describe("what is said of several blanks", () => {
  it.each([[[0, 1]], [[1, 0]]])(
    "stands in each other's sentences, in the order %j",
    async (order) => {
      answered(SEVERAL);
      for (const blank of order) await say({ blank, answer: ["月", "霜"][blank] });
      const expected = ["床前明___光，疑是地上霜 月 -日", "床前明月光，疑是地上___ 霜 -日"];
      expect(await samples()).toEqual(expected);
      await desk.deleteUser("ann");
      expect(await samples()).toEqual([]);
    },
  );

  it("stands in each other's sentences also when it comes at a time", async () => {
    answered(SEVERAL);
    await Promise.all([say({ blank: 0, answer: "月" }), say({ blank: 1, answer: "霜" })]);
    const expected = ["床前明___光，疑是地上霜 月 -日", "床前明月光，疑是地上___ 霜 -日"];
    expect(await samples()).toEqual(expected);
  });

  it("is filed anew with the word that is right in the end", async () => {
    answered(SEVERAL);
    await say({ blank: 1, verdict: "accept", candidate: "星" });
    await say({ blank: 0, verdict: "accept" });
    expect(await samples()).toContain("床前明日光，疑是地上___ 星");
    await say({ blank: 0, answer: "月" });
    expect(await samples()).toEqual([
      "床前明___光，疑是地上星 月 -日",
      "床前明月光，疑是地上___ 星",
    ]);
  });

  it("leaves out a word that is only known to be wrong, while another is offered", async () => {
    answered(SEVERAL);
    await say({ blank: 1, verdict: "accept" });
    await say({ blank: 0 });
    expect(await samples()).toEqual(["床前明___光，疑是地上日 -日", "床前明星光，疑是地上___ 日"]);
  });

  it("is nobody else's: others' sentences stay, and get the model's first words", async () => {
    answered(SEVERAL);
    await say({ blank: 0, verdict: "accept", candidate: "星", userKey: "bob" });
    await say({ blank: 1, answer: "霜" });
    expect(await samples()).toEqual([
      "床前明___光，疑是地上日 星",
      "床前明日光，疑是地上___ 霜 -日",
    ]);
  });
});

describe("a sample that a reviewer has corrected", () => {
  it("stays when the user says it again on a page that is still open", async () => {
    answered("订单一直没___");
    const { id } = await say({});
    const text = "我的订单一直没___";
    await desk.edit(id, { text, answers: ["生效"] });
    for (const again of [{}, { verdict: "accept" }] as const) {
      expect(await say(again)).toMatchObject({ id, text, answers: ["生效"], rejected: ["日"] });
    }
    expect(await samples()).toEqual(["我的订单一直没___ 生效 -日"]);
    expect(await desk.deleteUser("ann")).toMatchObject({ samples: 1 });
  });

  it("stays, and so does one that was refused, when the user corrects another blank", async () => {
    answered(SEVERAL);
    const first = await say({ blank: 0, answer: "月" });
    await desk.edit(first.id, { text: "床前明___光，疑是地上霜" });
    await say({ blank: 1, answer: "露" });
    expect(await samples()).toContain("床前明___光，疑是地上霜 月 -日");
    await desk.reject([first.id]);
    await say({ blank: 1, answer: "霜" });
    expect((await registry.feedback.show(first.id)).sample.state).toBe("rejected");
  });
});
