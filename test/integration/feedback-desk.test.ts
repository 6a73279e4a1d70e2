import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { openFeedbackDesk, type FeedbackDesk } from "../../src/feedback/index.ts";
import { openRegistry, type FeedbackStore, type Registry } from "../../src/registry/index.ts";

const HOUR_MS = 3_600_000;
const MODEL = "starter-cloze";
let folder: string;
let nowMs: number;
let registry: Registry;
let store: FeedbackStore;
let desk: FeedbackDesk;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-feedback-"));
  nowMs = Date.parse("2026-01-01T00:00:00Z");
  registry = await openRegistry(folder, { now: () => new Date(nowMs).toISOString() });
  store = registry.feedback;
  desk = await openDesk();
});

afterEach(async () => {
  await desk.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

function openDesk(options = {}): Promise<FeedbackDesk> {
  // Every look at the clock is a millisecond later, so that what is said has an order.
  const clock = { nowMs: () => nowMs++, monotonicMs: () => nowMs };
  return openFeedbackDesk({ store, clock, ...options });
}

interface Asked {
  readonly id?: string;
  readonly text?: string;
  readonly userKey?: string;
  readonly score?: number;
  readonly words?: readonly string[];
}

/** An answer with 发货 first and 收到 second for each blank. */
function answered(asked: Asked = {}): string {
  const { id = "p1", text = "订单一直没___", userKey, score = 0.4, words } = asked;
  const offered = (words ?? ["发货", "收到"]).map((word, i) => ({
    text: word,
    score: score / (i + 1),
  }));
  const blanks = text.match(/___|\[MASK\]/g)?.map(() => offered) ?? [];
  const hasTargets = words !== undefined;
  desk.record({ id, model: MODEL, version: "1", text, blanks, userKey, hasTargets });
  return id;
}

describe("a verdict", () => {
  it("becomes a sample: the candidate is right, or wrong beside the right word", async () => {
    const predictionId = answered();
    expect(await desk.submit({ predictionId, verdict: "accept" })).toMatchObject({
      model: MODEL,
      text: "订单一直没___",
      answers: ["发货"],
      rejected: [],
      state: "queued",
      hold: null,
      source: "feedback",
    });
    expect(
      await desk.submit({ predictionId, verdict: "reject", candidate: "收到", answer: "生效" }),
    ).toMatchObject({ answers: ["发货", "生效"], rejected: ["收到"] });
  });

  it("is idempotent for one user and candidate, and the last one wins", async () => {
    const predictionId = answered({ userKey: "ann" });
    await desk.submit({ predictionId, verdict: "accept" });
    await desk.submit({ predictionId, verdict: "accept" });
    const last = await desk.submit({ predictionId, verdict: "reject", answer: "生效" });
    expect(last).toMatchObject({ answers: ["生效"], rejected: ["发货"], hold: null, userCount: 1 });
    expect(await store.list()).toHaveLength(1);
    expect((await store.show(last.id)).opinions).toHaveLength(1);
  });

  it("counts for the blank that it names, in a text without other blanks", async () => {
    const predictionId = answered({ text: "床前明[MASK]光，疑是地上[MASK]" });
    const sample = await desk.submit({ predictionId, verdict: "accept", blank: 1 });
    expect(sample.text).toBe("床前明发货光，疑是地上___");
  });

  it("gives the right word to a blank that was left open, the last one of a user", async () => {
    const predictionId = answered({ words: [] });
    const submit = (answer: string) => desk.submit({ predictionId, verdict: "reject", answer });
    expect(await submit("到账")).toMatchObject({ answers: ["到账"], rejected: [], hold: null });
    expect(await submit("生效")).toMatchObject({
      text: "订单一直没___",
      answers: ["生效"],
      rejected: [],
      state: "queued",
    });
  });

  it.each([
    [{}, "no candidates for this blank"],
    [{ verdict: "reject" }, "no candidates for this blank"],
    [{ verdict: "reject", candidate: "发货", answer: "生效" }, "no candidates for this blank"],
    [{ blank: 1, verdict: "reject", answer: "生效" }, "Blank 0 of the prediction was left open"],
  ] as const)("on a blank that was left open is refused as %j", async (part, message) => {
    const predictionId = answered({ text: "一是___，二是___", words: [] });
    const submitting = desk.submit({ predictionId, verdict: "accept", ...part });
    const expected = { message: expect.stringContaining(message) as string };
    await expect(submitting).rejects.toMatchObject({ code: "invalid_input", ...expected });
    expect(await store.list()).toEqual([]);
  });

  it("finds the prediction while it waits, and after it was stored and opened again", async () => {
    const predictionId = answered();
    await desk.close();
    desk = await openDesk();
    expect(await desk.submit({ predictionId, verdict: "accept" })).toMatchObject({
      answers: ["发货"],
    });
  });

  it("is merged with others on the same text, whatever the blank is written like", async () => {
    answered({ id: "p1", userKey: "ann" });
    answered({ id: "p2", userKey: "bob", text: " 订单一直没[MASK] " });
    await desk.submit({ predictionId: "p1", verdict: "accept" });
    const second = await desk.submit({ predictionId: "p2", verdict: "accept", candidate: "收到" });
    expect(second).toMatchObject({ answers: ["发货", "收到"], userCount: 2, hold: null });
    expect(await store.count()).toMatchObject({ queued: 1 });
  });

  it("is held when it contradicts another user, until a reviewer decides", async () => {
    answered({ id: "p1", userKey: "ann" });
    answered({ id: "p2", userKey: "bob" });
    await desk.submit({ predictionId: "p1", verdict: "accept" });
    const { id } = await desk.submit({ predictionId: "p2", verdict: "reject", answer: "生效" });
    expect((await store.show(id)).sample).toMatchObject({ state: "held", hold: "contradiction" });
    const edited = await desk.edit(id, { answers: ["生效"], rejected: ["发货"] });
    expect(edited).toMatchObject({ state: "queued", hold: null, answers: ["生效"] });
    await desk.submit({ predictionId: "p1", verdict: "accept" });
    expect((await store.show(id)).sample).toMatchObject({ state: "queued", answers: ["生效"] });
  });

  it("is held when one user alone turns over what the model was sure of", async () => {
    answered({ id: "p1", userKey: "ann", score: 0.95 });
    answered({ id: "p2", userKey: "bob", score: 0.95 });
    const first = { predictionId: "p1", verdict: "reject", answer: "生效" } as const;
    expect(await desk.submit(first)).toMatchObject({ state: "held", hold: "confident" });
    const second = await desk.submit({ ...first, predictionId: "p2" });
    expect(second).toMatchObject({ state: "queued", hold: null });
  });

  it.each([
    [{ predictionId: "nix" }, "not_found", "24 hours"],
    [{ blank: 1 }, "invalid_input", "no blank 1 in the prediction; expected 0"],
    [{ candidate: "动静" }, "invalid_input", "offered were 发货, 收到"],
    [{ answer: "生效" }, "invalid_input", 'goes with the verdict "reject"'],
    [{ verdict: "reject", answer: "发货" }, "invalid_input", "the rejected candidate itself"],
    [{ verdict: "reject", answer: "一二三四五" }, "invalid_input", "has 5 characters"],
    [{ verdict: "reject", answer: "[MASK]" }, "invalid_input", "has a blank in it"],
    [{ verdict: "reject", answer: " " }, "invalid_input", "is empty"],
  ] as const)("is refused as %j with %s, and nothing is stored", async (part, code, message) => {
    const predictionId = answered();
    const submitting = desk.submit({ predictionId, verdict: "accept", ...part });
    const expected = { code, message: expect.stringContaining(message) as string };
    await expect(submitting).rejects.toMatchObject(expected);
    expect(await store.list()).toEqual([]);
  });

  it("is refused a day after the answer", async () => {
    const predictionId = answered();
    await desk.close();
    nowMs += 25 * HOUR_MS;
    desk = await openDesk();
    const late = desk.submit({ predictionId, verdict: "accept" });
    await expect(late).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("what is stored", () => {
  it("has surrogates for personal data, and no user key", async () => {
    const text = "我叫王小明，电话13812345678，订单没___";
    const predictionId = answered({ text, userKey: "ann@example.com" });
    await desk.close();
    const sample = await desk.submit({ predictionId, verdict: "accept" });
    expect(sample.text).not.toMatch(/13812345678|王小明/);
    expect(sample.text).toHaveLength(text.length);
    await registry.close();
    const bytes = readFileSync(path.join(folder, "whetstone.db"), "latin1");
    registry = await openRegistry(folder);
    store = registry.feedback;
    desk = await openDesk();
    expect(bytes).not.toContain("13812345678");
    expect(bytes).not.toContain("ann@example.com");
    expect(desk.statistics().scrub.replaced.mobile).toBe(0);
  });

  it("has no words of the caller that are personal data", async () => {
    const words = ["王小明", "13812345678"];
    const predictionId = answered({ text: "我叫___，你好", words });
    await desk.close();
    const sample = await desk.submit({ predictionId, verdict: "accept", candidate: words[1] });
    expect(JSON.stringify(sample)).not.toMatch(/王小明|13812345678/);
  });

  it("is nothing at all where the scrub fails, and that is counted", async () => {
    const failing = (): never => {
      throw new AppError("scrub_failed", "broken");
    };
    const predictionId = answered();
    await desk.close();
    desk = await openDesk({ scrubber: { scrub: failing, scrubSample: failing } });
    const submitting = desk.submit({ predictionId, verdict: "accept" });
    await expect(submitting).rejects.toMatchObject({ code: "scrub_failed" });
    answered({ id: "p2" });
    const row = { row: 1, text: "好___", answers: ["的"], rejected: [] };
    const added = await desk.add([row], { model: MODEL, source: "import" });
    expect(added).toMatchObject({ samples: [], added: 0, blocked: [{ row: 1, reason: "broken" }] });
    await desk.close();
    expect(await store.list()).toEqual([]);
    expect(await store.findPrediction("p2")).toBeUndefined();
    expect(desk.statistics().scrub.blocked).toBe(3);
  });

  it("is limited: the oldest predictions go first", async () => {
    desk = await openDesk({ predictionsMax: 2 });
    for (const id of ["a", "b", "c", "d"]) answered({ id });
    await desk.close();
    await desk.forget();
    const found = await Promise.all(["a", "b", "c", "d"].map((id) => store.findPrediction(id)));
    expect(found.map((prediction) => prediction?.id)).toEqual([undefined, undefined, "c", "d"]);
  });
});

describe("somebody who names no user", () => {
  it("is the client whose key it is, and can be deleted as such", async () => {
    for (const [i, client] of ["app", "app", "web", undefined].entries()) {
      const predictionId = answered({ id: `p${i}`, text: `第${i}个___` });
      await desk.submit({ predictionId, verdict: "accept", client });
    }
    const named = answered({ id: "q", text: "有名的___", userKey: "ann" });
    await desk.submit({ predictionId: named, verdict: "accept", client: "app" });
    expect(await store.waiting(MODEL, 1)).toEqual({ ready: 4, later: 1, unanswered: 0 });
    expect(await desk.deleteUser("key:app")).toMatchObject({ samples: 2 });
    expect(await store.count()).toMatchObject({ queued: 3 });
  });
});

describe("imported samples", () => {
  const rows = [
    { row: 1, text: "订单一直没___", answers: ["生效"], rejected: ["发货"] },
    { row: 2, text: "款项已[MASK]", answers: ["到账"], rejected: [], domain: "金融" },
  ];
  const options = { model: MODEL, source: "import" } as const;

  it("wait in the queue, once, however often they are imported", async () => {
    expect((await desk.add(rows, options)).added).toBe(2);
    const { samples, added } = await desk.add(rows, options);
    expect(added).toBe(0);
    expect(samples).toMatchObject([
      { text: "订单一直没___", answers: ["生效"], rejected: ["发货"], userCount: 0 },
      { text: "款项已___", answers: ["到账"], domain: "金融", source: "import" },
    ]);
    expect(await store.count()).toMatchObject({ queued: 2, held: 0 });
  });

  it("are counted by what was replaced in them, for their holder and altogether", async () => {
    const planted = { row: 1, text: "请打13812345678，还没___", answers: ["到"], rejected: [] };
    const first = await desk.add([planted], options);
    const second = await desk.add(rows, options);
    expect([first.replaced.mobile, second.replaced.mobile]).toEqual([1, 0]);
    expect(desk.statistics().scrub.replaced.mobile).toBe(1);
  });

  it("let others go on while they are stored", async () => {
    const many = Array.from({ length: 61 }, (_, row) => {
      return { row, text: `${row}号___`, answers: ["对"], rejected: [] };
    });
    let turns = 0;
    let next = setImmediate(function turn() {
      turns++;
      next = setImmediate(turn);
    });
    const turnsAtFiling: number[] = [];
    const file = store.file.bind(store);
    store.file = (statements, judge) => {
      turnsAtFiling.push(turns);
      return file(statements, judge);
    };
    await desk.add(many, options);
    clearImmediate(next);
    expect(turnsAtFiling.length).toBeGreaterThan(2);
    expect(new Set(turnsAtFiling).size).toBe(turnsAtFiling.length);
  });

  it("are held where a user contradicts them", async () => {
    await desk.add(rows, options);
    const predictionId = answered({ userKey: "ann" });
    const sample = await desk.submit({ predictionId, verdict: "accept" });
    expect(sample).toMatchObject({ state: "held", hold: "contradiction" });
  });
});

describe("a training run", () => {
  const take = (run: string, perUser?: number) => store.takeQueue(MODEL, { run, perUser });

  it("takes what waits, and a version that learned from it is known", async () => {
    const predictionId = answered();
    const { id } = await desk.submit({ predictionId, verdict: "accept" });
    expect(await take("run-1")).toMatchObject([{ id, state: "in-run", run: "run-1" }]);
    expect(await take("run-2")).toEqual([]);
    await store.markUsed("run-1", { model: MODEL, version: "2" });
    const { sample, learnedBy } = await store.show(id);
    expect([sample.state, learnedBy]).toEqual(["used", [{ model: MODEL, version: "2" }]]);
    expect(await take("run-3")).toEqual([]);
  });

  it("gives back what it took when it ends without a version", async () => {
    const predictionId = answered();
    await desk.submit({ predictionId, verdict: "accept" });
    await take("run-1");
    expect(await store.releaseRun("run-1")).toBe(1);
    expect(await take("run-2")).toHaveLength(1);
  });

  it("leaves what has changed meanwhile to the next run", async () => {
    const predictionId = answered();
    const { id } = await desk.submit({ predictionId, verdict: "accept" });
    await take("run-1");
    const changed = await desk.submit({ predictionId, verdict: "reject", answer: "生效" });
    expect(changed).toMatchObject({ state: "in-run", answers: ["生效"] });
    await store.markUsed("run-1", { model: MODEL, version: "2" });
    expect((await store.show(id)).sample.state).toBe("queued");
  });

  it("takes a used sample again only when something new is said of it", async () => {
    answered({ id: "p1", userKey: "ann" });
    answered({ id: "p2", userKey: "bob" });
    await desk.submit({ predictionId: "p1", verdict: "accept" });
    await take("run-1");
    await store.markUsed("run-1", { model: MODEL, version: "2" });
    const same = await desk.submit({ predictionId: "p2", verdict: "accept" });
    expect(same.state).toBe("used");
    const other = await desk.submit({ predictionId: "p2", verdict: "accept", candidate: "收到" });
    expect(other.state).toBe("queued");
  });

  it("holds its suspects, from which nothing was learned", async () => {
    const predictionId = answered();
    const { id } = await desk.submit({ predictionId, verdict: "accept" });
    await take("run-1");
    await store.hold([id], "suspect");
    await store.markUsed("run-1", { model: MODEL, version: "2" });
    const { sample, learnedBy } = await store.show(id);
    expect([sample.state, sample.hold, learnedBy]).toEqual(["held", "suspect", []]);
    expect(await desk.accept([id])).toMatchObject([{ state: "queued", hold: null }]);
  });

  it("takes no more of one user than the cap, and the rest the next time", async () => {
    for (let i = 0; i < 5; i++) {
      const predictionId = answered({ id: `p${i}`, text: `第${i}个___`, userKey: "ann" });
      await desk.submit({ predictionId, verdict: "accept" });
    }
    const { id } = await desk.submit({ predictionId: "p4", verdict: "accept" });
    await desk.accept([id]);
    const other = answered({ id: "q", text: "另一个___", userKey: "bob" });
    await desk.submit({ predictionId: other, verdict: "accept" });
    expect(await store.waiting(MODEL, 2)).toEqual({ ready: 4, later: 2, unanswered: 0 });
    const taken = await take("run-1", 2);
    expect(await store.waiting(MODEL, 2)).toEqual({ ready: 2, later: 0, unanswered: 0 });
    expect(taken.map(({ text }) => text)).toEqual([
      "第0个___",
      "第1个___",
      "第4个___",
      "另一个___",
    ]);
    expect(await take("run-2", 2)).toHaveLength(2);
  });
});

describe("a ✗ without a right word", () => {
  const take = (run: string, perUser?: number) => store.takeQueue(MODEL, { run, perUser });
  const says = async (text: string, verdict: "accept" | "reject", userKey = "ann") => {
    const predictionId = answered({ id: `${text} ${userKey}`, text, userKey });
    return desk.submit({ predictionId, verdict });
  };

  it("waits until a sample with a right word does, and is then taken with it, and used", async () => {
    const { id } = await says("只有错的___", "reject");
    expect(await store.waiting(MODEL, 9)).toEqual({ ready: 0, later: 0, unanswered: 1 });
    expect(await take("run-1")).toEqual([]);
    await says("有对的___", "accept");
    expect(await store.waiting(MODEL, 9)).toEqual({ ready: 2, later: 0, unanswered: 0 });
    const taken = await take("run-2");
    expect(taken).toMatchObject([
      { id, text: "只有错的___", answers: [], rejected: ["发货"], state: "in-run" },
      { text: "有对的___", answers: ["发货"] },
    ]);
    await store.markUsed("run-2", { model: MODEL, version: "2" });
    const { sample, learnedBy } = await store.show(id);
    expect([sample.state, learnedBy]).toEqual(["used", [{ model: MODEL, version: "2" }]]);
    const earlier = await store.takeEarlier(MODEL, { run: "run-3", most: 9 });
    expect(earlier).toContainEqual(expect.objectContaining({ rejected: ["发货"], answers: [] }));
  });

  it("takes the place of no right word under the cap, but counts against it", async () => {
    for (let i = 0; i < 3; i++) await says(`第${i}句错的___`, "reject");
    await says("第一句对的___", "accept");
    await says("别人的错___", "reject", "bob");
    expect(await store.waiting(MODEL, 2)).toEqual({ ready: 3, later: 2, unanswered: 0 });
    expect((await take("run-1", 2)).map(({ text }) => text)).toEqual([
      "第0句错的___",
      "第一句对的___",
      "别人的错___",
    ]);
    expect(await store.waiting(MODEL, 2)).toEqual({ ready: 0, later: 0, unanswered: 2 });
  });

  it("waits anew with the right word that somebody gives, also after it was learned", async () => {
    const { id } = await says("只有错的___", "reject");
    await says("有对的___", "accept");
    await take("run-1");
    await store.markUsed("run-1", { model: MODEL, version: "2" });
    expect(await says("只有错的___", "reject", "bob")).toMatchObject({ id, state: "used" });
    const predictionId = answered({ id: "again", text: "只有错的___", userKey: "eve" });
    const completed = await desk.submit({ predictionId, verdict: "reject", answer: "生效" });
    expect(completed).toMatchObject({ id, state: "queued", answers: ["生效"], rejected: ["发货"] });
    expect(await take("run-2")).toMatchObject([{ id }]);
  });

  it("is held where another user calls the word right, or the model was sure of it", async () => {
    await says("说法不一的___", "accept", "bob");
    expect(await says("说法不一的___", "reject")).toMatchObject({
      state: "held",
      hold: "contradiction",
    });
    const sure = answered({ id: "sure", text: "很有把握的___", userKey: "ann", score: 0.95 });
    const held = await desk.submit({ predictionId: sure, verdict: "reject" });
    expect(held).toMatchObject({ state: "held", hold: "confident" });
    await says("有对的___", "accept");
    expect((await take("run-1")).map(({ text }) => text)).toEqual(["有对的___"]);
  });
});

describe("review", () => {
  it("refuses a sample for good, until a reviewer takes it back", async () => {
    const predictionId = answered();
    const { id } = await desk.submit({ predictionId, verdict: "accept" });
    expect(await desk.reject([id])).toMatchObject([{ state: "rejected" }]);
    const again = await desk.submit({ predictionId, verdict: "accept", candidate: "收到" });
    expect(again.state).toBe("rejected");
    expect(await desk.accept([id])).toMatchObject([{ state: "queued", answers: ["发货", "收到"] }]);
  });

  it("changes nothing when one of several samples is unknown", async () => {
    const predictionId = answered();
    const { id } = await desk.submit({ predictionId, verdict: "accept" });
    await expect(desk.reject([id, "nix"])).rejects.toMatchObject({ code: "not_found" });
    expect((await store.show(id)).sample.state).toBe("queued");
  });

  it("lets a sample that was used wait again under another text", async () => {
    const predictionId = answered();
    const { id } = await desk.submit({ predictionId, verdict: "accept" });
    await store.takeQueue(MODEL, { run: "run-1" });
    await store.markUsed("run-1", { model: MODEL, version: "2" });
    expect(await desk.edit(id, { domain: "电商" })).toMatchObject({ state: "used" });
    expect(await desk.edit(id, { text: "订单还没有___" })).toMatchObject({ state: "queued" });
    expect(await store.takeQueue(MODEL, { run: "run-2" })).toMatchObject([
      { text: "订单还没有___", answers: ["发货"] },
    ]);
  });

  it("does not let two samples have one text", async () => {
    const options = { model: MODEL, source: "import" } as const;
    const row = { row: 1, text: "甲___", answers: ["的"], rejected: [] };
    const { samples } = await desk.add([row, { ...row, text: "乙___" }], options);
    const [first, second] = samples.map(({ id }) => id);
    const editing = desk.edit(second ?? "", { text: "甲___" });
    await expect(editing).rejects.toMatchObject({ code: "conflict", details: { other: first } });
    const bad = desk.edit(second ?? "", { text: "没有空" });
    await expect(bad).rejects.toMatchObject({ code: "invalid_input" });
    const both = desk.edit(second ?? "", { answers: ["的"], rejected: ["的"] });
    await expect(both).rejects.toMatchObject({ code: "invalid_input" });
    const edited = await desk.edit(second ?? "", { text: "丙[MASK]", domain: "电商" });
    expect(edited).toMatchObject({ text: "丙___", domain: "电商", answers: ["的"] });
  });
});

describe("deletion", () => {
  it("of a user takes what the user said and asked, and says who learned from it", async () => {
    answered({ id: "p1", userKey: "ann" });
    answered({ id: "p2", userKey: "bob" });
    answered({ id: "p3", userKey: "ann", text: "另一句___" });
    await desk.submit({ predictionId: "p1", verdict: "accept" });
    await desk.submit({ predictionId: "p2", verdict: "accept", candidate: "收到" });
    const { id } = await desk.submit({ predictionId: "p3", verdict: "accept" });
    await store.takeQueue(MODEL, { run: "run-1" });
    await store.markUsed("run-1", { model: MODEL, version: "2" });
    expect(await desk.deleteUser("ann")).toEqual({
      samples: 1,
      changed: 1,
      predictions: 2,
      learnedBy: [{ model: MODEL, version: "2" }],
      runs: [],
    });
    expect(await store.list()).toMatchObject([{ answers: ["收到"], userCount: 1 }]);
    await expect(store.show(id)).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining(`learned from it: ${MODEL}@2`) as string,
      details: { learnedBy: [{ model: MODEL, version: "2" }] },
    });
    expect(await desk.deleteUser("nobody")).toMatchObject({ samples: 0, predictions: 0 });
  });

  it("of a user takes what is not in the store yet, while another process writes", async () => {
    const add = store.addPredictions.bind(store);
    store.addPredictions = async () => {
      throw new AppError("io_failed", "the database is locked");
    };
    answered({ id: "p1", userKey: "ann" });
    answered({ id: "p2", userKey: "bob" });
    expect(await desk.deleteUser("ann")).toMatchObject({ predictions: 1 });
    store.addPredictions = add;
    await desk.close();
    expect(await store.findPrediction("p1")).toBeUndefined();
    expect(await store.findPrediction("p2")).toBeDefined();
  });

  it("leaves nothing of it in the file", async () => {
    const predictionId = answered({ userKey: "ann", text: "zebra___" });
    await desk.submit({ predictionId, verdict: "accept" });
    await desk.deleteUser("ann");
    await desk.close();
    await registry.close();
    const bytes = readFileSync(path.join(folder, "whetstone.db"), "latin1");
    registry = await openRegistry(folder);
    store = registry.feedback;
    desk = await openDesk();
    expect(bytes).not.toContain("zebra");
  });

  it("of predictions comes after a day, also when nothing is asked", async () => {
    answered({ id: "old" });
    await desk.close();
    const before = nowMs;
    nowMs += 25 * HOUR_MS;
    desk = await openDesk();
    nowMs = before;
    expect(await store.findPrediction("old")).toBeUndefined();
  });

  it("of a sample takes all that was said about it", async () => {
    const predictionId = answered();
    const { id } = await desk.submit({ predictionId, verdict: "accept" });
    expect(await store.deleteSamples([id])).toMatchObject({ samples: 1 });
    await expect(store.show(id)).rejects.toMatchObject({ code: "not_found" });
    await expect(store.deleteSamples([id])).rejects.toMatchObject({ code: "not_found" });
  });
});
