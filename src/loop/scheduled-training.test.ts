import { describe, expect, it } from "vitest";
import type { FeedbackSample, Model } from "../registry/index.ts";
import type { TrainingRun } from "../wire/index.ts";
import { trainWhatWaits } from "./scheduled-training.ts";

const RESULT = { version: "2", gate: { passed: true, reasons: [] } };

/** Runs that end when the test says so, over models with as many samples as it says. */
function world(
  waiting: Readonly<Record<string, number>>,
  running: readonly string[] = [],
  { againCount = 0, state = "running" }: { againCount?: number; state?: string } = {},
) {
  let runs = running.map((model) => ({ id: model, model, state }) as TrainingRun);
  const listeners = new Set<(run: TrainingRun) => void>();
  const started: string[] = [];
  const samples = (model = ""): FeedbackSample[] => {
    const right = Array.from({ length: waiting[model] ?? 0 }, () => ({ answers: ["生效"] }));
    const again = Array.from({ length: againCount }, () => ({ answers: ["生效"], run: "r" }));
    const left = [{ answers: [] }, { answers: ["asked"] }];
    return [...right, ...again, ...left] as unknown as FeedbackSample[];
  };
  const outcome = trainWhatWaits({
    registry: {
      listModels: async () => Object.keys(waiting).map((id) => ({ id }) as Model),
      feedback: { list: async (query) => samples(query?.model) },
    },
    training: {
      list: () => runs,
      show: (id) => runs.find((run) => run.id === id)!,
      start: async ({ model = "" }) => {
        started.push(model);
        if (model === "broken") throw new Error("its files are gone");
        const run = { id: model, model, state: "running" } as TrainingRun;
        runs = [...runs, run];
        return run;
      },
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    suites: { isAsked: ({ answers }) => answers.includes("asked") },
    minSamples: 50,
  });
  const end = (id: string, change: Partial<TrainingRun>): void => {
    const ended = { id, model: id, state: "finished", ...change } as TrainingRun;
    runs = runs.map((run) => (run.id === id ? ended : run));
    for (const listener of listeners) listener(ended);
  };
  return { outcome, started, end, listeners };
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a scheduled training", () => {
  it("starts once enough samples with a right word wait, one model after another", async () => {
    const { outcome, started, end, listeners } = world({ a: 50, b: 49, c: 80 });
    await settled();
    expect(started).toEqual(["a"]);
    end("a", { result: RESULT as TrainingRun["result"] & object });
    await settled();
    expect(started).toEqual(["a", "c"]);
    end("c", { state: "failed", error: { code: "internal", message: "it broke" } });
    expect(await outcome).toBe(
      "a: version 2, passed by the gate; b: 49 of 50 new samples with a right word wait; c: failed: it broke",
    );
    expect(listeners.size).toBe(0);
  });

  it("waits for a run that is under way instead of starting another", async () => {
    const { outcome, started, end } = world({ a: 80 }, ["a"]);
    await settled();
    end("a", { state: "stopped" });
    expect(await outcome).toBe("a: the run was stopped");
    expect(started).toEqual([]);
  });

  it("does not start for what a refused version learned, until enough new samples wait", async () => {
    const { outcome, started } = world({ a: 49 }, [], { againCount: 70 });
    expect(await outcome).toBe(
      "a: 49 of 50 new samples with a right word wait (70 wait again, the gate refused what learned them)",
    );
    expect(started).toEqual([]);
  });

  it("leaves a model alone whose run a person has stopped", async () => {
    const { outcome, started } = world({ a: 80 }, ["a"], { state: "stopped" });
    expect(await outcome).toBe("a: left alone, since run a is stopped");
    expect(started).toEqual([]);
  });

  it("goes on with the next model when one cannot be trained", async () => {
    const { outcome, started, end } = world({ broken: 80, c: 80 });
    await settled();
    expect(started).toEqual(["broken", "c"]);
    end("c", { result: RESULT as TrainingRun["result"] & object });
    expect(await outcome).toBe(
      "broken: failed: its files are gone; c: version 2, passed by the gate",
    );
  });

  it("says when nothing waits", async () => {
    expect(await world({ a: 0 }).outcome).toBe("nothing with a right word waits to be learned");
  });
});
