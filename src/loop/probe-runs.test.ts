import { describe, expect, it } from "vitest";
import { AppError, silentLogger } from "../base/index.ts";
import type { UnreadSuite } from "./measure-suites.ts";
import { ProbeRuns } from "./probe-runs.ts";
import type { ProbeOutcome } from "./start-probe.ts";

/** Measurements that end when the test says so, of models `a`, `b` and `c`. */
function setUp() {
  const started: string[] = [];
  let end = (_outcome: ProbeOutcome): void => {};
  const runs = new ProbeRuns({
    registry: {
      dataDirectory: "/data",
      resolve: async (id: string) => {
        if (!"abc".includes(id)) throw new AppError("unknown_model", `There is no model "${id}".`);
        return { id, version: "1", directory: `/data/${id}` };
      },
      probes: {} as never,
    },
    startProbe: ({ reference }) => {
      started.push(reference);
      const outcome = new Promise<ProbeOutcome>((resolve) => (end = resolve));
      return { outcome, kill: () => end({ kind: "failed", code: "internal", message: "killed" }) };
    },
    probe: { filler: { threads: 1, precision: "fp32" }, shipped: {} as never },
    clock: { nowMs: () => 0 },
    logger: silentLogger,
  });
  const measured = async (leftOut: UnreadSuite[] = []): Promise<void> => {
    const at = "2026-01-01T00:00:00.000Z";
    const run = {
      id: "1",
      model: "a",
      version: "1",
      trigger: "schedule",
      at,
      results: [],
    } as const;
    end({ kind: "measured", run, leftOut });
    await new Promise((resolve) => setImmediate(resolve));
  };
  const failed = async (message: string): Promise<void> => {
    end({ kind: "failed", code: "internal", message });
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { runs, started, measured, failed };
}

describe("the scheduled measurements of all models", () => {
  it("wait for the one that a person started, and then all take place", async () => {
    const { runs, started, measured } = setUp();
    await runs.start("b", "http");
    const all = runs.measureAll(["a", "b"]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toEqual(["b@1"]);
    for (let i = 0; i < 3; i++) await measured();
    expect(started).toEqual(["b@1", "a@1", "b@1"]);
    expect(await all).toBe("a@1: 0 of 0 questions right; b@1: 0 of 0 questions right");
  });

  it("go on where one model fails or is gone, and say which", async () => {
    const { runs, started, measured, failed } = setUp();
    const all = runs.measureAll(["a", "x", "c"]);
    await new Promise((resolve) => setImmediate(resolve));
    await failed("it broke");
    const message = "mine.jsonl, row 1: not JSON";
    await measured([{ suite: "mine", code: "bad_row", message }]);
    expect(started).toEqual(["a@1", "c@1"]);
    expect(runs.status()).toEqual({ current: null, failure: { code: "bad_row", message } });
    expect(await all).toBe(
      'a@1: failed: it broke; x: failed: There is no model "x".; ' +
        "c@1: 0 of 0 questions right, left out: mine.jsonl, row 1: not JSON",
    );
  });

  it("start nothing more once the server closes", async () => {
    const { runs, started } = setUp();
    const all = runs.measureAll(["a", "b"]);
    await new Promise((resolve) => setImmediate(resolve));
    runs.close();
    expect(await all).toBe("a@1: failed: killed");
    expect(started).toEqual(["a@1"]);
  });
});
