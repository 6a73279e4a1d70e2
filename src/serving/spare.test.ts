import { describe, expect, it } from "vitest";
import { FakeTimer } from "../../test/helpers/fake-timer.ts";
import type { ReplicaListeners, StartChild } from "./child.ts";
import type { ToReplica } from "./protocol.ts";
import { SpareChild } from "./spare.ts";

const LATER_MS = 10_000;

function setUp() {
  const timer = new FakeTimer();
  const started: ReplicaListeners[] = [];
  const killed: number[] = [];
  const told: string[] = [];
  const startChild: StartChild = (listeners) => {
    const pid = started.push(listeners);
    const send = ({ kind }: ToReplica): void => void told.push(`${pid} ${kind}`);
    return { pid, send, disconnect: () => {}, kill: () => killed.push(pid) };
  };
  const heard: string[] = [];
  const listeners: ReplicaListeners = {
    onMessage: ({ kind }) => heard.push(kind),
    onExit: (reason) => heard.push(reason),
  };
  const opening = { directory: "d", options: { threads: 1, precision: "fp32" } } as const;
  const spare = new SpareChild(startChild, timer, () => opening);
  return { timer, started, killed, told, heard, listeners, spare };
}

describe("a spare process", () => {
  it("is started some time after a version was, and given to the next", async () => {
    const { spare, timer, started, listeners } = setUp();
    expect(spare.start(listeners).pid).toBe(1);
    expect(started).toHaveLength(1);
    await timer.pass(LATER_MS);
    expect(started).toHaveLength(2);
    expect(spare.start(listeners).pid).toBe(2);
    expect(started).toHaveLength(2);
    await timer.pass(LATER_MS);
    expect(started).toHaveLength(3);
  });

  it("rehearses while it waits, unless another has just ended in that", async () => {
    const { spare, timer, started, told, listeners } = setUp();
    spare.start(listeners);
    await timer.pass(LATER_MS);
    expect(told).toEqual(["2 rehearse"]);
    started[1]?.onExit("signal SIGSEGV");
    await timer.pass(LATER_MS);
    expect(started).toHaveLength(3);
    expect(told).toEqual(["2 rehearse"]);
    spare.start(listeners);
    await timer.pass(LATER_MS);
    expect(told).toEqual(["2 rehearse", "4 rehearse"]);
  });

  it("is not waited for when two versions start at once", () => {
    const { spare, listeners } = setUp();
    expect([spare.start(listeners).pid, spare.start(listeners).pid]).toEqual([1, 2]);
  });

  it("tells whoever has it what it says and that it ended", async () => {
    const { spare, timer, started, heard, listeners } = setUp();
    spare.start(listeners);
    await timer.pass(LATER_MS);
    spare.start(listeners);
    started[1]?.onMessage({ kind: "ready", precision: "fp32" });
    started[1]?.onExit("signal SIGKILL");
    expect(heard).toEqual(["ready", "signal SIGKILL"]);
  });

  it("is replaced, and never given away, when it ends while it waits", async () => {
    const { spare, timer, started, heard, listeners } = setUp();
    spare.start(listeners);
    await timer.pass(LATER_MS);
    started[1]?.onExit("signal SIGKILL");
    expect(heard).toEqual([]);
    await timer.pass(LATER_MS);
    expect(started).toHaveLength(3);
    expect(spare.start(listeners).pid).toBe(3);
  });

  it("is ended with the server, and none is started after it", async () => {
    const { spare, timer, started, killed, listeners } = setUp();
    spare.start(listeners);
    await timer.pass(LATER_MS);
    spare.end();
    expect(killed).toEqual([2]);
    started[1]?.onExit("signal SIGKILL");
    await timer.pass(LATER_MS);
    expect(started).toHaveLength(2);
    expect(timer.alarmCount).toBe(0);
  });
});
