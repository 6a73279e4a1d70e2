import { describe, expect, it } from "vitest";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import { RunnerLost } from "./batcher.ts";
import { Lanes } from "./lanes.ts";

interface Batch {
  readonly lane: number;
  readonly isRetry: boolean;
  readonly sizes: readonly number[];
  readonly signal: AbortSignal | undefined;
  readonly answer: () => void;
  readonly lose: () => void;
}

/** Replicas that answer when the test says so, and are back at once after a loss; an input is its own size. */
function setUp({ maxWaiting = 10, replicaCount = 1 } = {}): {
  lanes: Lanes<number, string>;
  batches: Batch[];
  /** Held while the replica that is to take them has not opened its model again. */
  retries: { areHeld: boolean };
} {
  const batches: Batch[] = [];
  const retries = { areHeld: false };
  const replicas = Array.from({ length: replicaCount }, () => new Set<number>());
  const lanes = new Lanes<number, string>({
    acquire: (lane, isRetry) => {
      if (isRetry && retries.areHeld) return undefined;
      const taken = replicas
        .toSorted((a, b) => a.size - b.size)
        .find((each) => !each.has(lane) && !(isRetry && each.size > 0));
      if (taken === undefined) return undefined;
      taken.add(lane);
      return (sizes, signal) =>
        new Promise((resolve, reject) => {
          const answer = (): void => {
            taken.delete(lane);
            resolve(sizes.map(String));
          };
          const lose = (): void => {
            taken.clear();
            reject(new RunnerLost("gone"));
          };
          batches.push({ lane, isRetry, sizes, signal, answer, lose });
        });
    },
    sizeOf: (size) => size,
    maxBatchSize: 1000,
    maxWaiting,
    timer: new FakeTimer(),
  });
  return { lanes, batches, retries };
}

const OPTIONS = { deadlineMs: 1000 };

describe("lanes", () => {
  it("let nothing wait for what costs much more", async () => {
    const { lanes, batches } = setUp();
    const answered = [80_000, 5000, 800, 20].map((size) => lanes.submit([size], OPTIONS));
    expect(batches.map(({ sizes }) => sizes)).toEqual([[80_000], [5000], [800], [20]]);
    for (const { answer } of batches) answer();
    expect(await Promise.all(answered)).toEqual([["80000"], ["5000"], ["800"], ["20"]]);
  });

  it("answer a request of short and long texts in its order", async () => {
    const { lanes, batches } = setUp();
    const answered = lanes.submit([5000, 10, 11], OPTIONS);
    expect(batches.map(({ sizes }) => sizes)).toEqual([[5000], [10, 11]]);
    for (const { answer } of batches) answer();
    expect(await answered).toEqual(["5000", "10", "11"]);
    expect(await lanes.submit([], OPTIONS)).toEqual([]);
  });

  it("give up all of a request that one of them refuses", async () => {
    const { lanes, batches } = setUp({ maxWaiting: 1 });
    const others = [5000, 5000].map((size) => lanes.submit([size], OPTIONS));
    for (const other of others) other.catch(() => {});
    await expect(lanes.submit([5000, 10], OPTIONS)).rejects.toMatchObject({ code: "busy" });
    expect(batches.find(({ lane }) => lane === 0)?.signal?.aborted).toBe(true);
    expect(batches.find(({ lane }) => lane > 0)?.signal?.aborted).toBe(false);
  });

  it("try again one after the other what was lost together, before anything else", async () => {
    const { lanes, batches } = setUp();
    const answered = [5000, 10].map((size) => lanes.submit([size], OPTIONS));
    for (const { lose } of batches.splice(0)) lose();
    await settled();
    lanes.pump();
    const late = lanes.submit([800], OPTIONS);
    expect(batches.map(({ sizes, isRetry }) => [sizes, isRetry])).toEqual([[[5000], true]]);
    for (let i = 0; i < 3; i++) {
      batches[i]?.answer();
      await settled();
      lanes.pump();
    }
    expect(batches.slice(1).map(({ sizes, isRetry }) => [sizes, isRetry])).toEqual([
      [[10], true],
      [[800], false],
    ]);
    expect(await Promise.all([...answered, late])).toEqual([["5000"], ["10"], ["800"]]);
  });

  it("send what had to wait for a retry as soon as that is on its way", async () => {
    const { lanes, batches, retries } = setUp({ replicaCount: 2 });
    const answered = [80_000, 800].map((size) => lanes.submit([size], OPTIONS));
    retries.areHeld = true;
    batches[1]?.lose();
    await settled();
    answered.push(lanes.submit([10], OPTIONS));
    expect(batches).toHaveLength(2);
    retries.areHeld = false;
    lanes.pump();
    expect(batches.slice(2).map(({ sizes, isRetry }) => [sizes, isRetry])).toEqual([
      [[800], true],
      [[10], false],
    ]);
    for (const { answer } of batches) answer();
    expect(await Promise.all(answered)).toEqual([["80000"], ["800"], ["10"]]);
  });
});
