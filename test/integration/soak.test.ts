// Two minutes of bench/soak.ts, which runs for an hour elsewhere, and how its figures are made.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Held } from "../../bench/harness/held.ts";
import type { Seen } from "../../bench/harness/open-loop.ts";
import {
  failedByMinute,
  figuresOf,
  leaksOf,
  type Soaked,
} from "../../bench/harness/soak-figures.ts";
import { documentOf, resultOf } from "../helpers/run-cli.ts";

const PROGRAM = path.resolve(import.meta.dirname, "../../bench/soak.ts");
/** In two minutes memory still settles; what each swap or request leaves behind comes to more. */
const SHORT_GROWTH_MAX = 1.5;
const isLinux = existsSync("/proc/self/smaps_rollup");

const HELD: Held = { processes: 3, handles: 70, leftovers: ["data/known.tmp"] };

function seen(status: number, version: string | null = "1"): Seen {
  return { status, version, ms: 10, atMs: 0 };
}

function figures(changed: Partial<Soaked>): Record<string, number> {
  const samples = Array.from({ length: 40 }, () => ({ gatewayBytes: 1e8, replicaBytes: 2e8 }));
  const calm = { seen: [seen(200)], samples, before: HELD, after: HELD, swaps: 1, trained: [] };
  return figuresOf({ ...calm, ...changed });
}

describe("the figures of a soak", () => {
  it("are even for a server that holds what it held", () => {
    expect(figures({})).toMatchObject({ failed: 0, memoryRatio: 1, leaks: 0 });
  });

  it("show memory that grows by a little with each sample", () => {
    const growing = Array.from({ length: 40 }, (_, i) => ({
      gatewayBytes: 1e8 + i * 1e6,
      replicaBytes: 2e8,
    }));
    const { memoryRatio, gatewayMemoryRatio, replicaMemoryRatio } = figures({ samples: growing });
    expect(memoryRatio).toBeCloseTo(1.1, 2);
    expect(gatewayMemoryRatio).toBeCloseTo(1.29, 2);
    expect(replicaMemoryRatio).toBe(1);
  });

  it("count a refusal and a silence as failures, like an error", () => {
    const answers = [200, 429, 503, 500, 0].map((status) => seen(status));
    expect(figures({ seen: answers })).toMatchObject({ requests: 5, failed: 4 });
  });

  it("tell in which minutes requests failed", () => {
    const at = (minute: number): Seen => ({ ...seen(429), atMs: minute * 60_000 });
    const counted = failedByMinute([at(0), seen(200), at(2), at(2.5)]);
    expect(counted).toEqual({ "1970-01-01T00:00": 1, "1970-01-01T00:02": 2 });
  });

  it("count a trained version only once it has answered", () => {
    const answers = [seen(200, "3"), seen(503, "4")];
    const counted = figures({ seen: answers, trained: ["3", "4"] });
    expect(counted).toMatchObject({ trainings: 2, trainedAnswering: 1 });
  });

  it("name each process, handle and file that was not there before", () => {
    const after = { processes: 4, handles: 71, leftovers: [...HELD.leftovers, "tmp/new"] };
    const expected = ["4 processes, 3 before", "71 handles, 70 before", "tmp/new"];
    expect(leaksOf(HELD, after)).toEqual(expected);
  });
});

describe.skipIf(!isLinux)("a server that swaps and trains under load", () => {
  it("fails no request and leaves nothing behind", async () => {
    const args = ["--minutes", "2", "--swap-seconds", "20", "--no-save"];
    const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], {
      // Others may take the cores after the load was measured: what waits then is no failure.
      env: { ...process.env, WHETSTONE_QUEUE_MAX_TEXTS: "100000" },
    });
    const result = await resultOf(child);
    expect(result.code, result.stderr).toBe(0);
    const soaked = documentOf(result) as Record<string, number>;
    expect(soaked, result.stderr).toMatchObject({ failed: 0, leaks: 0 });
    expect(soaked["swaps"], result.stderr).toBeGreaterThanOrEqual(4);
    expect(soaked["trainedAnswering"], result.stderr).toBeGreaterThanOrEqual(1);
    expect(soaked["memoryRatio"], result.stderr).toBeLessThanOrEqual(SHORT_GROWTH_MAX);
    process.stderr.write(`two minutes of soak: ${result.stdout}`);
  }, 900_000);
});
