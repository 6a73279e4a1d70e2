// What a training doubts of feedback, on its way to a reviewer and back.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openFeedbackDesk, type FeedbackDesk } from "../../src/feedback/index.ts";
import { lineOf, takeSamples } from "../../src/loop/feedback-samples.ts";
import { settleRun } from "../../src/loop/settle-run.ts";
import {
  openRegistry,
  type FeedbackStore,
  type Registry,
  type Version,
} from "../../src/registry/index.ts";

const MODEL = "starter-cloze";
let folder: string;
let registry: Registry;
let store: FeedbackStore;
let desk: FeedbackDesk;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-doubts-"));
  let nowMs = Date.parse("2026-01-01T00:00:00Z");
  registry = await openRegistry(folder, { now: () => new Date(nowMs++).toISOString() });
  store = registry.feedback;
  desk = await openFeedbackDesk({ store, clock: { nowMs: () => nowMs++, monotonicMs: () => 0 } });
  const rows = ["甲", "乙", "丙", "丁"].map((name, i) => {
    return { row: i + 1, text: `${name}还没___`, answers: ["生效"], rejected: [] };
  });
  await desk.add(rows, { model: MODEL, source: "import" });
});

afterEach(async () => {
  await desk.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A run that doubts its samples by these margins, left out below −0.5. */
async function runWith(run: string, margins: readonly number[]): Promise<string[]> {
  const suites = { isAsked: () => false, askedBy: () => [] };
  const lines = await takeSamples(store, MODEL, { run, perUser: 10, suites });
  const file = path.join(folder, `${run}.jsonl`);
  writeFileSync(file, lines.join("\n"));
  const rival = { answer: "发货", row: 1 };
  const suspects = margins.flatMap((margin, i) =>
    margin < 0 ? [{ row: i + 1, margin, rival, isLeftOut: margin < -0.5 }] : [],
  );
  const leftOut = suspects.flatMap(({ row, isLeftOut }) => (isLeftOut ? [row] : []));
  const facts = { model: MODEL, version: "2", state: "ready", metrics: { leftOut } } as const;
  await settleRun(registry, { run, version: facts as unknown as Version, file, suspects });
  return lines;
}

it("is listed with the margin and the others' answer, the most doubtful first", async () => {
  await runWith("r1", [0.5, -0.2, -1.5, -0.8]);
  const listed = await store.list({ order: "doubt" });
  expect(listed).toMatchObject([
    { text: "丙还没___", state: "held", hold: "suspect", doubt: { margin: -1.5, rival: "发货" } },
    { text: "丁还没___", state: "held", hold: "suspect", doubt: { margin: -0.8, rival: "发货" } },
    { text: "乙还没___", state: "used", hold: null, doubt: { margin: -0.2, rival: "发货" } },
    { text: "甲还没___", state: "used", hold: null, doubt: undefined },
  ]);
  const doubted = await store.list({ isDoubted: true });
  expect(doubted).toHaveLength(3);
});

it("ends with a reviewer's decision, which the next run knows", async () => {
  await runWith("r1", [0.5, -0.2, -1.5, -0.8]);
  const [first, second, third] = await store.list({ order: "doubt" });
  const decided = await desk.accept([first!.id, third!.id]);
  expect(decided).toMatchObject([
    { state: "queued", hold: null, doubt: undefined },
    { state: "used", doubt: undefined },
  ]);
  await desk.reject([second!.id]);
  expect(await store.list({ isDoubted: true })).toEqual([]);
  const [line, ...others] = await runWith("r2", []);
  expect([JSON.parse(line ?? ""), others]).toMatchObject([
    { text: "丙还没___", reviewed: true },
    [],
  ]);
  // What is reviewed later changes nothing of what a run is known to have taken.
  expect((await store.takenBy("r2")).map(lineOf)).toEqual([line]);
  const [earlier] = await store.takenBy("r1");
  expect(JSON.parse(lineOf(earlier!))).not.toHaveProperty("reviewed");
});

it("has not been learned, though its run is settled again after the decision", async () => {
  await runWith("r1", [0.5, -0.2, -1.5, -0.8]);
  const [first, second] = await store.list({ order: "doubt" });
  await desk.accept([first!.id]);
  await desk.reject([second!.id]);
  const facts = { model: MODEL, version: "2", state: "ready", metrics: { leftOut: [3, 4] } };
  const version = facts as unknown as Version;
  await settleRun(registry, { run: "r1", version, file: path.join(folder, "r1.jsonl") });
  for (const { id } of [first!, second!]) expect((await store.show(id)).learnedBy).toEqual([]);
  expect((await store.show(first!.id)).sample).toMatchObject({ state: "queued" });
});
