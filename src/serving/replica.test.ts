import { describe, expect, it } from "vitest";
import { silentLogger, type Logger } from "../base/index.ts";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import type { FillInput } from "../tasks/fill-mask/index.ts";
import type { ReplicaListeners } from "./child.ts";
import type { FillResult, FromReplica, ToReplica } from "./protocol.ts";
import { Replica, REPLICA_LIMITS } from "./replica.ts";

/** Processes that say and do what the test wants. */
class FakeChildren {
  readonly all: { readonly sent: ToReplica[]; readonly listeners: ReplicaListeners }[] = [];

  readonly start = (listeners: ReplicaListeners): ReturnType<ReplicaStart> => {
    const sent: ToReplica[] = [];
    this.all.push({ sent, listeners });
    return {
      pid: this.all.length,
      send: (message) => sent.push(message),
      disconnect: () => setImmediate(() => listeners.onExit("exit code 0")),
      kill: () => setImmediate(() => listeners.onExit("signal SIGKILL")),
    };
  };

  get last(): (typeof this.all)[number] {
    const last = this.all.at(-1);
    if (last === undefined) throw new Error("no process was started");
    return last;
  }

  say(message: FromReplica): void {
    this.last.listeners.onMessage(message);
  }

  /** Answers the batch that it got last. */
  answer(result: FillResult = { output: OUTPUT }): void {
    const batch = this.last.sent.findLast((said) => said.kind === "fill");
    this.say({ kind: "filled", id: batch?.id ?? 0, results: [result] });
  }

  async die(): Promise<void> {
    this.last.listeners.onExit("signal SIGSEGV");
    await settled();
  }
}

type ReplicaStart = ConstructorParameters<typeof Replica>[0]["startChild"];

const READY: Extract<FromReplica, { kind: "ready" }> = {
  kind: "ready",
  precision: "fp32",
};
const INPUT = { text: "[MASK]", topK: 1 };
const OUTPUT = { blanks: [{ candidates: [] }] };

interface Wanted {
  readonly warmUp?: readonly FillInput[];
  readonly onChange?: () => void;
  readonly precision?: "fp32" | "int8";
  readonly logger?: Logger;
  readonly isAskedSince?: (sinceMs: number) => boolean;
}

function setUp({
  warmUp = [],
  onChange = () => {},
  precision = "fp32",
  logger = silentLogger,
  isAskedSince = () => false,
}: Wanted = {}): {
  children: FakeChildren;
  replica: Replica;
  timer: FakeTimer;
  losses: string[];
  changes: () => number;
} {
  const children = new FakeChildren();
  const timer = new FakeTimer();
  const losses: string[] = [];
  let changeCount = 0;
  const replica = new Replica({
    startChild: children.start,
    open: { kind: "open", directory: "d", options: { threads: 1, precision } },
    warmUp,
    timer,
    logger,
    isAskedSince,
    onChange: () => {
      changeCount += 1;
      onChange();
    },
    onLoss: (reason) => losses.push(reason),
  });
  return { children, replica, timer, losses, changes: () => changeCount };
}

describe("Replica", () => {
  it("starts a process, tells it what to open, and is free once that is ready", () => {
    const { children, replica, changes } = setUp();
    expect(children.last.sent[0]).toMatchObject({ kind: "open", directory: "d" });
    expect(replica.acquire()).toBeUndefined();
    children.say(READY);
    expect(changes()).toBe(1);
    expect(replica.acquire()).toBeDefined();
  });

  it("warns of a version that answers in other numbers than were asked for", () => {
    const warnings: unknown[][] = [];
    const logger = { ...silentLogger, warn: (...said: unknown[]) => warnings.push(said) };
    const { children, replica } = setUp({ precision: "int8", logger });
    expect(replica.precision).toBeUndefined();
    const agreement = { questions: 9, sameTop1: 0.5, meanDifference: 1, maxDifference: 2 };
    children.say({ ...READY, precision: "fp32", agreement });
    expect(replica.precision).toBe("fp32");
    const [facts, tooFar] = warnings[0] ?? [];
    expect(facts).toEqual({ directory: "d", precision: "fp32", agreement });
    expect(tooFar).toContain("int8 is too far from fp32");
    children.say({ ...READY, precision: "int8" });
    expect(warnings).toHaveLength(1);
    children.say(READY);
    expect(warnings[1]?.[1]).toContain("int8 could not be compared with fp32");
  });

  it("takes a batch of each lane at a time, and nothing beside one that is to be alone", async () => {
    const { children, replica } = setUp();
    children.say(READY);
    const long = replica.acquire(3)?.([INPUT]);
    expect([replica.acquire(3), replica.acquire(0, true)]).toEqual([undefined, undefined]);
    const short = replica.acquire(0)?.([INPUT]);
    expect(replica.busyCount).toBe(2);
    children.answer();
    expect(await short).toEqual([OUTPUT]);
    expect(replica.busyCount).toBe(1);
    const first = children.last.sent.find((said) => said.kind === "fill");
    children.say({ kind: "filled", id: first?.id ?? 0, results: [{ output: OUTPUT }] });
    expect(await long).toEqual([OUTPUT]);
    expect(replica.acquire(0, true)).toBeDefined();
    expect(replica.acquire(3)).toBeUndefined();
  });

  it("loses the batches of all lanes with its process", async () => {
    const { children, replica } = setUp();
    children.say(READY);
    const lost = [replica.acquire(0)?.([INPUT]), replica.acquire(1)?.([INPUT])];
    const settling = Promise.allSettled(lost.map(async (each) => each));
    await children.die();
    const reason = { code: "replica_failed" };
    expect(await settling).toMatchObject([{ reason }, { reason }]);
  });

  it("tells its process of a batch that nobody waits for, and is free when that is given up", () => {
    const { children, replica } = setUp();
    children.say(READY);
    const controller = new AbortController();
    void replica.acquire()?.([INPUT], controller.signal);
    controller.abort();
    const cancel = children.last.sent.at(-1);
    expect(cancel).toMatchObject({ kind: "cancel" });
    expect(replica.acquire()).toBeUndefined();
    children.answer({ error: { code: "cancelled", message: "", details: undefined } });
    expect(replica.acquire()).toBeDefined();
  });

  it("is as patient with a batch as with all that it is in", async () => {
    const { children, replica, timer, losses } = setUp();
    children.say(READY);
    void replica.acquire()?.([INPUT]);
    await timer.pass(1000);
    children.answer();
    // One text takes a second; 20 times that is too long, but not for two that share the engine.
    void replica.acquire(0)?.([INPUT]);
    replica
      .acquire(1)?.([INPUT])
      .catch(() => {});
    const [, first] = children.last.sent.filter((said) => said.kind === "fill");
    children.say({ kind: "filled", id: first?.id ?? 0, results: [{ output: OUTPUT }] });
    await timer.pass(30_000);
    expect(losses).toEqual([]);
    await timer.pass(11_000);
    expect(losses).toEqual(["signal SIGKILL"]);
  });

  it("takes one batch of a lane at a time", async () => {
    const { children, replica } = setUp();
    children.say(READY);
    const answered = replica.acquire()?.([INPUT]);
    expect(replica.acquire()).toBeUndefined();
    const { id } = children.last.sent.at(-1) as Extract<ToReplica, { kind: "fill" }>;
    children.say({ kind: "filled", id, results: [{ output: OUTPUT }] });
    expect(await answered).toEqual([OUTPUT]);
    expect(replica.acquire()).toBeDefined();
  });

  it("turns the errors of single texts back into what they were", async () => {
    const { children, replica } = setUp();
    children.say(READY);
    const answered = replica.acquire()?.([INPUT]);
    const { id } = children.last.sent.at(-1) as Extract<ToReplica, { kind: "fill" }>;
    const error = { code: "no_blank" as const, message: "no blank", details: undefined };
    children.say({ kind: "filled", id, results: [{ error }] });
    expect(await answered).toMatchObject([{ name: "AppError", code: "no_blank", status: 400 }]);
  });

  it("loses the batch of a process that dies, and starts another at once", async () => {
    const { children, replica, timer, losses } = setUp();
    children.say(READY);
    const answered = replica.acquire()?.([INPUT]);
    answered?.catch(() => {});
    await children.die();
    await expect(answered).rejects.toMatchObject({ code: "replica_failed" });
    expect(losses).toEqual(["signal SIGSEGV"]);
    await timer.pass(0);
    expect(children.all).toHaveLength(2);
    children.say(READY);
    expect(replica.acquire()).toBeDefined();
  });

  it("starts again at once as often as processes die that lived long", async () => {
    const { children, timer } = setUp();
    children.say(READY);
    for (let i = 0; i < 3; i++) {
      await timer.pass(REPLICA_LIMITS.heartbeatMs - 1);
      children.say({ kind: "pong", id: 0, memoryBytes: 1 });
    }
    await children.die();
    await timer.pass(0);
    expect(children.all).toHaveLength(2);
    children.say(READY);
    await children.die();
    await timer.pass(0);
    expect(children.all).toHaveLength(3);
    children.say(READY);
    await children.die();
    await timer.pass(199);
    expect(children.all).toHaveLength(3);
    await timer.pass(1);
    expect(children.all).toHaveLength(4);
  });

  it("waits longer after each failed start, and says so after the third", async () => {
    const { children, replica, timer } = setUp();
    const startsAtMs: number[] = [];
    for (let i = 0; i < 5; i++) {
      await children.die();
      const before = children.all.length;
      while (children.all.length === before) await timer.pass(50);
      startsAtMs.push(timer.monotonicMs());
      if (i === 1) expect(replica.failure).toBeUndefined();
    }
    expect(startsAtMs).toEqual([100, 300, 700, 1500, 3100]);
    expect(replica.failure).toMatchObject({ code: "replica_failed" });
    children.say(READY);
    expect(replica.failure).toBeUndefined();
  });

  it("fails at once with the reason when the model cannot be opened", async () => {
    const { children, replica } = setUp();
    const error = { code: "damaged_file" as const, message: "broken", details: undefined };
    children.say({ kind: "refused", error });
    await settled();
    expect(replica.failure).toMatchObject({ code: "damaged_file", message: "broken" });
  });

  it("tries a model again that it could not open, after longer and longer", async () => {
    const { children, timer } = setUp();
    const error = { code: "damaged_file" as const, message: "broken", details: undefined };
    const pausesMs: number[] = [];
    for (let i = 0; i < 6; i++) {
      children.say({ kind: "refused", error });
      await settled();
      const [count, sinceMs] = [children.all.length, timer.monotonicMs()];
      while (children.all.length === count) await timer.pass(1000);
      pausesMs.push(timer.monotonicMs() - sinceMs);
    }
    expect(pausesMs).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it("ends an idle process that does not answer a ping", async () => {
    const { children, timer, losses } = setUp();
    children.say(READY);
    await timer.pass(REPLICA_LIMITS.heartbeatMs);
    await settled();
    expect(losses).toEqual(["signal SIGKILL"]);
  });

  it("pings an idle process again and again, and reports its memory", async () => {
    const { children, replica, timer, losses } = setUp();
    children.say(READY);
    for (let i = 0; i < 3; i++) {
      children.say({ kind: "pong", id: 1, memoryBytes: 100 + i });
      await timer.pass(REPLICA_LIMITS.heartbeatMs);
    }
    expect(children.last.sent.filter(({ kind }) => kind === "ping")).toHaveLength(4);
    expect(replica.memoryBytes).toBe(102);
    expect(losses).toEqual([]);
  });

  it("ends a process that is too long in a batch", async () => {
    const { children, replica, timer } = setUp();
    children.say(READY);
    const answered = replica.acquire()?.([INPUT]);
    answered?.catch(() => {});
    await timer.pass(REPLICA_LIMITS.batchMs);
    await settled();
    await expect(answered).rejects.toMatchObject({ code: "replica_failed" });
  });

  it("ends a process that never gets ready", async () => {
    const { timer, losses } = setUp();
    await timer.pass(REPLICA_LIMITS.startMs);
    await settled();
    expect(losses).toEqual(["signal SIGKILL"]);
  });

  it("lets its process end, and starts none after that", async () => {
    const { children, replica, timer, losses } = setUp();
    children.say(READY);
    await replica.end();
    await timer.pass(60_000);
    expect(children.all).toHaveLength(1);
    expect(losses).toEqual([]);
    expect(timer.alarmCount).toBe(0);
  });

  it("has ended for everybody who ended it", async () => {
    const { children, replica } = setUp();
    children.say(READY);
    let count = 0;
    for (const end of [replica.end(), replica.end()]) void end.then(() => (count += 1));
    await settled();
    await settled();
    expect(count).toBe(2);
  });

  it("ignores what a process of before still says", async () => {
    const { children, replica, timer } = setUp();
    const first = children.last;
    await children.die();
    await timer.pass(1000);
    first.listeners.onMessage(READY);
    first.listeners.onExit("again");
    expect(replica.isReady).toBe(false);
    expect(children.all).toHaveLength(2);
  });

  it("gives up a batch that takes far longer than such batches took", async () => {
    const { children, replica, timer } = setUp();
    children.say(READY);
    const first = replica.acquire()?.([INPUT]);
    await timer.pass(5);
    children.say({ kind: "filled", id: 2, results: [{ output: OUTPUT }] });
    await first;
    const second = replica.acquire()?.([INPUT]);
    second?.catch(() => {});
    await timer.pass(REPLICA_LIMITS.stallMs - 1);
    expect(children.all).toHaveLength(1);
    await timer.pass(1);
    await expect(second).rejects.toThrow("ended");
    expect(children.all).toHaveLength(2);
  });

  it("does not learn how long texts take from those that were refused or given up", async () => {
    const { children, replica, timer, losses } = setUp();
    children.say(READY);
    const controller = new AbortController();
    void replica.acquire()?.([INPUT]);
    await timer.pass(5);
    children.answer({ error: { code: "no_blank", message: "", details: undefined } });
    void replica.acquire()?.([INPUT], controller.signal);
    controller.abort();
    await timer.pass(5);
    children.answer();
    replica
      .acquire()?.([INPUT])
      .catch(() => {});
    await timer.pass(REPLICA_LIMITS.batchMs - 1);
    expect(losses).toEqual([]);
  });

  it("does not answer with scores that are no numbers", async () => {
    const { children, replica } = setUp();
    children.say(READY);
    const answered = replica.acquire()?.([INPUT]);
    const candidate = { text: "岸", score: NaN, sequence: "岸" };
    const output = { blanks: [{ candidates: [candidate] }] };
    children.say({ kind: "filled", id: 2, results: [{ output }] });
    expect(await answered).toMatchObject([{ code: "replica_failed" }]);
  });

  it("looks at the memory of a process that is never idle, every few seconds", async () => {
    const { children, replica, timer } = setUp();
    children.say(READY);
    children.say({ kind: "pong", id: 1, memoryBytes: 100 });
    for (let i = 0; i < 50; i++) {
      void replica.acquire()?.([INPUT]);
      await timer.pass(250);
      children.answer();
    }
    const { sent } = children.last;
    expect(sent.filter(({ kind }) => kind === "ping")).toHaveLength(1 + 2);
    children.say({ kind: "pong", id: 1, memoryBytes: 300 });
    expect(replica.memoryBytes).toBe(300);
  });
});

describe("Running a replica in", () => {
  const warmUp = ["一[MASK]", "二[MASK]", "三[MASK]"].map((text) => ({ text, topK: 1 }));
  const asked = (children: FakeChildren): string[] =>
    children.last.sent.flatMap((said) =>
      said.kind === "fill" ? said.inputs.map(({ text }) => text) : [],
    );

  it("makes it ready by one text and warm by all, one after the other", () => {
    const { children, replica } = setUp({ warmUp });
    children.say(READY);
    expect([asked(children), replica.isReady]).toEqual([["一[MASK]"], false]);
    children.answer();
    expect([replica.isReady, replica.isWarm]).toEqual([true, false]);
    children.answer();
    expect(asked(children)).toHaveLength(3);
    children.answer();
    expect(replica.isWarm).toBe(true);
    expect(asked(children)).toHaveLength(3);
    expect(children.last.sent.at(-1)?.kind).toBe("ping");
  });

  it("lets a request come before the next text, which is one less to ask", () => {
    let ask = (): void => {};
    const { children, replica } = setUp({ warmUp, onChange: () => ask() });
    ask = () => void replica.acquire()?.([INPUT]);
    children.say(READY);
    children.answer();
    children.answer();
    expect(asked(children)).toEqual(["[MASK]", "[MASK]", "[MASK]"]);
    expect(replica.isReady).toBe(true);
  });

  it("takes a sixth of the time while others are asked, and all of it when they are not", async () => {
    let isAsked = true;
    const { children, replica, timer } = setUp({ warmUp, isAskedSince: () => isAsked });
    children.say(READY);
    await timer.pass(100);
    children.answer();
    await timer.pass(499);
    expect(asked(children)).toHaveLength(1);
    await timer.pass(1);
    expect(asked(children)).toHaveLength(2);
    isAsked = false;
    await timer.pass(100);
    children.answer();
    expect(asked(children)).toHaveLength(3);
    children.answer();
    expect(replica.isWarm).toBe(true);
  });

  it("answers requests while it rests, each of which is one text less", async () => {
    const { children, replica, timer } = setUp({ warmUp, isAskedSince: () => true });
    children.say(READY);
    await timer.pass(100);
    children.answer();
    for (let i = 0; i < 2; i++) {
      void replica.acquire()?.([INPUT]);
      children.answer();
    }
    expect(replica.isWarm).toBe(true);
    await timer.pass(1000);
    expect(asked(children)).toEqual(["一[MASK]", "[MASK]", "[MASK]"]);
  });

  it("begins anew with every process", async () => {
    const { children, replica, timer } = setUp({ warmUp });
    children.say(READY);
    for (let i = 0; i < 3; i++) children.answer();
    await children.die();
    expect(replica.isWarm).toBe(false);
    await timer.pass(0);
    children.say(READY);
    expect([asked(children), replica.isReady]).toEqual([["一[MASK]"], false]);
  });

  it("keeps what came instead of an answer", () => {
    const { children, replica } = setUp({ warmUp });
    children.say(READY);
    children.answer({ error: { code: undefined, message: "a bug", details: undefined } });
    expect(replica.warmUpError).toMatchObject({ code: "replica_failed" });
    expect(replica.isReady).toBe(true);
  });

  it("does not ask a second time what has killed a process", async () => {
    const { children, replica, timer, losses } = setUp({ warmUp });
    children.say(READY);
    children.answer();
    await children.die();
    expect(replica.warmUpError).toMatchObject({ code: "replica_failed" });
    await timer.pass(0);
    children.say(READY);
    children.answer();
    expect([asked(children), replica.isWarm]).toEqual([["一[MASK]"], true]);
    expect(losses).toHaveLength(1);
  });

  it("fails when the first text kills every process", async () => {
    const { children, replica, timer } = setUp({ warmUp });
    for (let i = 0; i < 3; i++) {
      children.say(READY);
      await children.die();
      await timer.pass(1000);
    }
    expect(replica.isReady).toBe(false);
    expect(replica.failure).toMatchObject({ code: "replica_failed" });
  });
});
