import { describe, expect, it } from "vitest";
import type { TrainingRun, WaitingResponse } from "../../src/wire/index.ts";
import type { EventListener } from "../api/events.ts";
import { RequestFailed } from "../api/failure.ts";
import { createTrainingSession, type TrainingServer } from "./training-session.ts";

const LATER = "2026-01-01T00:00:01.000Z";

function runOf(id: string, state: TrainingRun["state"] = "running"): TrainingRun {
  return {
    id,
    model: "starter-cloze",
    base: "1",
    state,
    source: "feedback",
    sampleCount: 6,
    seed: 1,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    progress: { phase: "starting", done: 0, total: 0 },
    curve: [],
    notes: [],
  };
}

function waitingOf(ready: number): WaitingResponse {
  return { model: "starter-cloze", ready, later: 0, unanswered: 0, samplesPerUser: 50 };
}

function fakeServer(changes: Partial<TrainingServer> = {}) {
  const stored = { runs: [] as TrainingRun[], queued: 6 };
  let listener: EventListener<TrainingRun> | undefined;
  const server: TrainingServer = {
    models: async () => ({ models: [] }),
    runs: async () => ({ runs: stored.runs }),
    waiting: async () => waitingOf(stored.queued),
    start: async () => {
      stored.runs = [runOf("a")];
      stored.queued = 0;
      return runOf("a");
    },
    control: async (id) => runOf(id),
    makeStable: async () => ({}),
    release: async () => {},
    events: (next) => {
      listener = next;
      return () => (listener = undefined);
    },
    ...changes,
  };
  return {
    server,
    stored,
    tell: (run: TrainingRun) => listener?.onChange(run),
    of: () => listener,
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("the training session", () => {
  it("shows what waits, starts a run, and follows it", async () => {
    const { server, stored, tell } = fakeServer();
    const session = createTrainingSession(server);
    const end = session.follow();
    await session.load();
    expect(session.state()).toMatchObject({ waiting: { ready: 6 }, runs: [] });
    await session.start();
    await settled();
    expect(session.state()).toMatchObject({
      waiting: { ready: 0 },
      runs: [{ id: "a", state: "running" }],
    });
    const curve = [{ step: 1, loss: 2 }];
    tell({ ...runOf("a"), curve });
    expect(session.state().runs).toMatchObject([{ curve }]);
    stored.runs = [runOf("a", "finished")];
    tell(runOf("a", "finished"));
    await settled();
    expect(session.state().runs).toMatchObject([{ state: "finished" }]);
    end();
  });

  it("knows that a run is stopping until it has stopped", async () => {
    const { server, stored, tell } = fakeServer();
    const session = createTrainingSession(server);
    session.follow();
    await session.start();
    await session.stop("a");
    expect([...session.state().stopping]).toEqual(["a"]);
    stored.runs = [runOf("a", "stopped")];
    tell(runOf("a", "stopped"));
    expect([...session.state().stopping]).toEqual([]);
  });

  it("keeps why something was not done, until the next thing is", async () => {
    const failure = { kind: "refused", message: "4 samples wait" } as const;
    let isRefused = true;
    const start: TrainingServer["start"] = async () => {
      if (isRefused) throw new RequestFailed(failure);
      return runOf("a");
    };
    const session = createTrainingSession(fakeServer({ start }).server);
    await session.load();
    await session.start();
    expect(session.state()).toMatchObject({ refusal: failure, isActing: false });
    isRefused = false;
    await session.start();
    expect(session.state().refusal).toBeUndefined();
  });

  it("forgets an answer that came after another model was chosen, or after it was left", async () => {
    const answers: (() => void)[] = [];
    const runs: TrainingServer["runs"] = async () => {
      const run = runOf(`asked ${answers.length}`);
      await new Promise<void>((resolve) => answers.push(resolve));
      return { runs: [run] };
    };
    const session = createTrainingSession(fakeServer({ runs }).server);
    const end = session.follow();
    const stale = session.load();
    await settled();
    const fresh = session.choose("another");
    await settled();
    answers[1]?.();
    await fresh;
    answers[0]?.();
    await stale;
    expect(session.state().runs).toMatchObject([{ id: "asked 1" }]);
    const left = session.load();
    await settled();
    end();
    answers[2]?.();
    await left;
    expect(session.state()).toMatchObject({ runs: [{ id: "asked 1" }] });
    expect(session.state().failure).toBeUndefined();
  });

  it("keeps what it was told when an answer was slower", async () => {
    const told = { ...runOf("a"), curve: [{ step: 1, loss: 2 }], updatedAt: LATER };
    const answers: (() => void)[] = [];
    const untilAsked = () => new Promise<void>((resolve) => answers.push(resolve));
    const waiting = async () => {
      await untilAsked();
      return waitingOf(0);
    };
    const start = async () => {
      await untilAsked();
      return runOf("a");
    };
    const { server, stored, tell } = fakeServer({ waiting, start });
    stored.runs = [runOf("a")];
    const session = createTrainingSession(server);
    session.follow();
    tell(runOf("a"));
    await settled();
    tell(told);
    answers[0]?.();
    await settled();
    expect(session.state().waiting).toBeDefined();
    expect(session.state().runs).toEqual([told]);
    const started = session.start();
    answers[1]?.();
    await started;
    expect(session.state().runs).toEqual([told]);
  });

  it("takes an answer that is newer than what it was told", async () => {
    const { server, stored, tell } = fakeServer();
    const session = createTrainingSession(server);
    session.follow();
    tell(runOf("a"));
    await settled();
    stored.runs = [{ ...runOf("a", "finished"), updatedAt: LATER }];
    await session.load();
    expect(session.state().runs).toEqual(stored.runs);
  });

  it("releases what a run made", async () => {
    const asked: object[] = [];
    const release = async (request: object) => void asked.push(request);
    const session = createTrainingSession(fakeServer({ release }).server);
    await session.release(runOf("a"));
    const result = { version: "2" } as NonNullable<TrainingRun["result"]>;
    const run = { ...runOf("a", "finished"), result };
    await session.release(run);
    await session.release(run, { steps: [10] });
    const begun = { model: "starter-cloze", version: "2" };
    expect(asked).toEqual([begun, { ...begun, steps: [10] }]);
  });

  it("asks again when events come back after a gap", async () => {
    const { server, stored, of } = fakeServer();
    const session = createTrainingSession(server);
    session.follow();
    of()?.onReach(false);
    expect(session.state().isCutOff).toBe(true);
    stored.runs = [runOf("b", "finished")];
    of()?.onReach(true);
    await settled();
    expect(session.state()).toMatchObject({ isCutOff: false, runs: [{ id: "b" }] });
  });
});
