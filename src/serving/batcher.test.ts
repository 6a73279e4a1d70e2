import { describe, expect, it } from "vitest";
import { AppError } from "../base/index.ts";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import { Batcher, RunnerLost, type BatcherOptions, type Try } from "./batcher.ts";

type Result = string | AppError;

/** Replicas that answer when the test says so; an input is a text whose length is its size. */
class FakeRunners {
  readonly batches: string[][] = [];
  #free: number;
  readonly #open: { resolve: (results: Result[]) => void; reject: (error: unknown) => void }[] = [];

  constructor(count = 1) {
    this.#free = count;
  }

  acquire(): ((inputs: readonly string[]) => Promise<Result[]>) | undefined {
    if (this.#free === 0) return undefined;
    this.#free -= 1;
    return (inputs) => {
      this.batches.push([...inputs]);
      return new Promise((resolve, reject) => this.#open.push({ resolve, reject }));
    };
  }

  /** Answers the oldest batch: each text in capitals, or as `change` says. */
  async answer(change: (text: string) => Result = (text) => text.toUpperCase()): Promise<void> {
    const texts = this.batches[this.batches.length - this.#open.length] ?? [];
    this.#free += 1;
    this.#open.shift()?.resolve(texts.map(change));
    await settled();
  }

  /** Loses the oldest batch; the replica is back at once. */
  async crash(): Promise<void> {
    this.#free += 1;
    this.#open.shift()?.reject(new RunnerLost("gone"));
    await settled();
  }
}

function setUp(options: Partial<BatcherOptions<string, string>> & { runners?: number } = {}): {
  batcher: Batcher<string, string>;
  runners: FakeRunners;
  timer: FakeTimer;
  submit: (...texts: string[]) => Promise<readonly Result[]>;
} {
  const timer = new FakeTimer();
  const runners = new FakeRunners(options.runners);
  const batcher = new Batcher<string, string>({
    acquire: () => runners.acquire(),
    sizeOf: (text) => text.length,
    maxBatchSize: 12,
    maxWaiting: 8,
    timer,
    ...options,
  });
  const submit = (...texts: string[]): Promise<readonly Result[]> => {
    const answered = batcher.submit(texts, { deadlineMs: 1000 });
    answered.catch(() => {});
    return answered;
  };
  return { batcher, runners, timer, submit };
}

describe("Batcher", () => {
  it("sends a request at once when a replica is idle", async () => {
    const { runners, submit } = setUp();
    const answered = submit("a");
    expect(runners.batches).toEqual([["a"]]);
    await runners.answer();
    expect(await answered).toEqual(["A"]);
  });

  it("gathers what comes while the replica is busy and sends it as soon as it is free", async () => {
    const { runners, submit } = setUp();
    const answers = [submit("a"), submit("b"), submit("c"), submit("d")];
    expect(runners.batches).toEqual([["a"]]);
    await runners.answer();
    expect(runners.batches).toEqual([["a"], ["b", "c", "d"]]);
    await runners.answer();
    expect(await Promise.all(answers)).toEqual([["A"], ["B"], ["C"], ["D"]]);
  });

  it("uses every replica that is free", () => {
    const { runners, submit } = setUp({ runners: 2 });
    void submit("a");
    void submit("b");
    expect(runners.batches).toEqual([["a"], ["b"]]);
  });

  it("counts padding: a long text takes fewer with it, and short ones go ahead of one", async () => {
    const { runners, submit } = setUp();
    void submit("x");
    void submit("aaaaaa");
    void submit("bbbbbbb");
    void submit("cc");
    await runners.answer();
    // 2 × 7 is above 12, 2 × 6 is not.
    expect(runners.batches[1]).toEqual(["aaaaaa", "cc"]);
    await runners.answer();
    expect(runners.batches[2]).toEqual(["bbbbbbb"]);
  });

  it("sends a text that is larger than a batch by itself", async () => {
    const { runners, submit } = setUp();
    void submit("a".repeat(50));
    expect(runners.batches[0]).toHaveLength(1);
  });

  it("takes turns, so that a small request is not behind all of a large one", async () => {
    const { runners, submit } = setUp();
    void submit("x");
    void submit("aaaa", "bbbb", "cccc", "dddd", "eeee");
    void submit("ffff");
    await runners.answer();
    expect(runners.batches[1]).toEqual(["aaaa", "ffff", "bbbb"]);
    await runners.answer();
    expect(runners.batches[2]).toEqual(["cccc", "dddd", "eeee"]);
  });

  it("answers the texts of a request in their order, whatever batches they were in", async () => {
    const { runners, submit } = setUp();
    const answered = submit("aaaaaaa", "bb", "ccccccc", "dd");
    for (let i = 0; i < 4; i++) await runners.answer();
    expect(await answered).toEqual(["AAAAAAA", "BB", "CCCCCCC", "DD"]);
  });

  it("puts an error in the place of the text that caused it", async () => {
    const { runners, submit } = setUp();
    void submit("x");
    const answers = [submit("good"), submit("bad")];
    const bad = new AppError("no_blank", "no blank");
    await runners.answer();
    await runners.answer((text) => (text === "bad" ? bad : text));
    expect(await Promise.all(answers)).toEqual([["good"], [bad]]);
  });

  it("refuses with a time to come back when the queue is full", async () => {
    const { batcher, runners, timer, submit } = setUp({ maxWaiting: 3 });
    void submit("x");
    await timer.pass(900);
    await runners.answer();
    void submit("x");
    void submit("a", "b", "c");
    expect(batcher.waitingCount).toBe(3);
    await expect(submit("d")).rejects.toMatchObject({
      code: "busy",
      details: { retryAfterSeconds: 3 },
    });
  });

  it("takes a request larger than the queue when nothing waits", async () => {
    const { runners, submit } = setUp({ maxWaiting: 2 });
    const answered = submit("a", "b", "c");
    await runners.answer();
    expect(await answered).toEqual(["A", "B", "C"]);
  });

  it("tells a caller at its deadline, drops what still waits, and ignores a late answer", async () => {
    const { batcher, runners, timer, submit } = setUp();
    const running = submit("a");
    const waiting = submit("b");
    await timer.pass(1000);
    await expect(running).rejects.toMatchObject({ code: "deadline_exceeded" });
    await expect(waiting).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(batcher.waitingCount).toBe(0);
    await runners.answer();
    expect(runners.batches).toEqual([["a"]]);
  });

  it("drops the texts of a caller that went away", async () => {
    const { batcher, runners, submit } = setUp();
    void submit("a");
    const controller = new AbortController();
    const gone = batcher.submit(["b"], { deadlineMs: 1000, signal: controller.signal });
    const other = submit("c");
    controller.abort();
    await expect(gone).rejects.toMatchObject({ code: "cancelled" });
    await runners.answer();
    expect(runners.batches[1]).toEqual(["c"]);
    await runners.answer();
    expect(await other).toEqual(["C"]);
  });

  it("gives up a batch once nobody waits for any of it", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const { batcher } = setUp({
      acquire: () => (signals.length > 1 ? undefined : (_, signal) => run(signal)),
    });
    const run = (signal?: AbortSignal): Promise<Result[]> => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const [one, other] = [new AbortController(), new AbortController()];
    const submitted = [one, one, other].map(({ signal }) => {
      return batcher.submit(["a"], { deadlineMs: 1000, signal });
    });
    const settling = Promise.allSettled(submitted);
    other.abort();
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, false]);
    one.abort();
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
    expect(await settling).toMatchObject([{}, {}, { reason: { code: "cancelled" } }]);
  });

  it("counts a text that fills several batches as so many in the queue", async () => {
    const { batcher, submit } = setUp({ maxWaiting: 4 });
    void submit("x");
    void submit("a".repeat(25));
    expect(batcher.waitingCount).toBe(1);
    await expect(submit("b", "c")).rejects.toMatchObject({ code: "busy" });
    void submit("d");
    expect(batcher.waitingCount).toBe(2);
  });

  it("does not take a request of a caller that has gone already", async () => {
    const { batcher, runners } = setUp();
    const options = { deadlineMs: 1000, signal: AbortSignal.abort() };
    await expect(batcher.submit(["a"], options)).rejects.toMatchObject({ code: "cancelled" });
    expect(runners.batches).toEqual([]);
  });

  it("answers a batch whose replica died by another try, each text alone", async () => {
    const { batcher, runners, submit } = setUp();
    void submit("x");
    const answers = [submit("a"), submit("b"), submit("c")];
    await runners.answer();
    await runners.crash();
    batcher.pump();
    for (let i = 0; i < 3; i++) await runners.answer();
    expect(runners.batches.slice(2)).toEqual([["a"], ["b"], ["c"]]);
    expect(await Promise.all(answers)).toEqual([["A"], ["B"], ["C"]]);
  });

  it("gives up on a text that kills its replica twice, and on no other", async () => {
    const { runners, submit } = setUp();
    void submit("x");
    const poison = submit("poison");
    const good = submit("good");
    await runners.answer();
    await runners.crash();
    await runners.crash();
    await expect(poison).resolves.toMatchObject([{ code: "replica_failed" }]);
    await runners.answer();
    expect(await good).toEqual(["GOOD"]);
  });

  it("does not try again for a caller whose deadline has passed", async () => {
    const { batcher, runners, timer, submit } = setUp();
    const answered = submit("a");
    await timer.pass(1000);
    await expect(answered).rejects.toMatchObject({ code: "deadline_exceeded" });
    await runners.crash();
    expect(batcher.waitingCount).toBe(0);
    expect(runners.batches).toEqual([["a"]]);
  });

  it("fails everything that waits when told so", async () => {
    const { batcher, runners, submit } = setUp();
    const running = submit("a");
    const waiting = [submit("b"), submit("c", "d")];
    batcher.failAll(new AppError("unavailable", "ending"));
    for (const each of waiting) await expect(each).rejects.toMatchObject({ code: "unavailable" });
    await runners.answer();
    expect(await running).toEqual(["A"]);
  });

  it("fails what a lost replica gives back after it was closed", async () => {
    const { batcher, runners, submit } = setUp();
    const running = submit("a");
    batcher.close(new AppError("unavailable", "ending"));
    running.catch(() => {});
    await runners.crash();
    await expect(running).rejects.toMatchObject({ code: "unavailable" });
    expect(runners.batches).toEqual([["a"]]);
  });

  it("leaves no alarm behind", async () => {
    const { runners, timer, submit } = setUp();
    const answered = submit("a", "b");
    await runners.answer();
    await answered;
    expect(timer.alarmCount).toBe(0);
  });

  it("sends nothing whose deadline has passed, though its alarm is late", async () => {
    let nowMs = 0;
    const late = { monotonicMs: () => nowMs, after: () => () => {} };
    const { batcher, runners } = setUp({ timer: late });
    const submit = (text: string, deadlineMs: number): Promise<readonly Result[]> => {
      const answered = batcher.submit([text], { deadlineMs });
      answered.catch(() => {});
      return answered;
    };
    void submit("a", 10_000);
    const expired = [submit("b", 1000), submit("c", 2000)];
    const other = submit("d", 5000);
    expired.push(submit("e", 1000));
    nowMs = 3000;
    await runners.answer();
    expect(runners.batches).toEqual([["a"], ["d"]]);
    for (const each of expired) {
      await expect(each).rejects.toMatchObject({ code: "deadline_exceeded" });
    }
    await runners.answer();
    expect(await other).toEqual(["D"]);
    expect(batcher.waitingCount).toBe(0);
  });

  it("sends nothing of a caller that has no time left", async () => {
    const { batcher, runners } = setUp();
    const answered = batcher.submit(["a"], { deadlineMs: -0.25 });
    await expect(answered).rejects.toThrow("no answer within 0 ms");
    expect(runners.batches).toEqual([]);
  });
});

describe("A request that is followed", () => {
  it("is told when its texts left the queue, with whom, and when they came back", async () => {
    const { batcher, runners, timer, submit } = setUp();
    const tries: Try[] = [];
    void submit("x");
    const options = { deadlineMs: 1000, onTry: (seen: Try) => tries.push(seen) };
    const answered = batcher.submit(["a", "b"], options);
    void submit("c");
    await timer.pass(5);
    await runners.answer();
    await timer.pass(7);
    await runners.answer((text) => (text === "b" ? new AppError("no_blank", "none") : text));
    await answered;
    const counts = { attempt: 1, textCount: 2, batchTextCount: 3 };
    expect(tries).toEqual([{ queuedMs: 0, sentMs: 5, endMs: 12, ...counts, isError: true }]);
  });

  it("is told of the try that was lost with its replica, and of the second", async () => {
    const { batcher, runners, timer } = setUp();
    const tries: Try[] = [];
    const options = { deadlineMs: 1000, onTry: (seen: Try) => tries.push(seen) };
    const answered = batcher.submit(["a"], options);
    await timer.pass(5);
    await runners.crash();
    await timer.pass(7);
    await runners.answer();
    await answered;
    const counts = { textCount: 1, batchTextCount: 1 };
    expect(tries).toEqual([
      { queuedMs: 0, sentMs: 0, endMs: 5, attempt: 1, ...counts, isError: true },
      { queuedMs: 5, sentMs: 5, endMs: 12, attempt: 2, ...counts, isError: false },
    ]);
  });

  it("is told how long it waited for nothing", async () => {
    const { batcher, timer, submit } = setUp();
    const tries: Try[] = [];
    void submit("x");
    const options = { deadlineMs: 300, onTry: (seen: Try) => tries.push(seen) };
    const answered = batcher.submit(["a"], options);
    answered.catch(() => {});
    await timer.pass(300);
    const counts = { attempt: 1, textCount: 1, batchTextCount: 0 };
    expect(tries).toEqual([
      { queuedMs: 0, sentMs: undefined, endMs: 300, ...counts, isError: true },
    ]);
  });
});
