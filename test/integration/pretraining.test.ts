// Pre-training on shards on disk: a run that was stopped, or died, and was continued takes the same
// course as one that never was, to the last bit.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/index.ts";
import type { Weights } from "../../src/checkpoint/index.ts";
import { pretrain, type PretrainingRecipe, type StepReport } from "../../src/training/index.ts";
import { readModelFixture } from "../helpers/model-fixture.ts";

const fixture = readModelFixture("modernbert-starter-tiny");
const folder = mkdtempSync(path.join(tmpdir(), "whetstone-pretraining-"));
const corpus = path.join(folder, "corpus");
const STEPS = 20;

const RECIPE: PretrainingRecipe = {
  config: fixture.config,
  special: { pad: 0, cls: 2, sep: 3, mask: 4 },
  sources: [
    { name: "sayings", weight: 1, masking: { word: 0, span: 0, token: 1 } },
    { name: "prose", weight: 3, masking: { word: 0.6, span: 0.2, token: 0.2 } },
  ],
  adamw: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01 },
  clipNorm: 1,
  seed: 11,
  schedule: { peakRate: 0.01, warmupSteps: 4, totalSteps: STEPS, decaySteps: 6 },
  phases: [
    { untilStep: 10, rows: 6, length: 24, maskRate: 0.3 },
    { untilStep: STEPS, rows: 3, length: 48, maskRate: 0.2 },
  ],
};

/** Documents that say what comes next: each token is the one before it plus a step. */
function writeShard(directory: string, name: string, lengths: readonly number[]): void {
  const random = createRandom(name.length);
  const offsets = [0];
  const tokens: number[] = [];
  for (const length of lengths) {
    const [start, step] = [random.integer(90), 1 + random.integer(3)];
    for (let i = 0; i < length; i++) {
      const flag = i > 0 && random.next() < 0.5 ? 0x8000 : 0;
      tokens.push((5 + ((start + i * step) % 90)) | flag);
    }
    offsets.push(tokens.length);
  }
  writeFileSync(path.join(directory, `${name}.tokens`), Uint16Array.from(tokens));
  writeFileSync(path.join(directory, `${name}.offsets`), Uint32Array.from(offsets));
}

beforeAll(() => {
  mkdirSync(corpus);
  writeShard(corpus, "sayings", [4, 4, 5, 4, 8, 4]);
  writeShard(corpus, "prose", [30, 12, 70, 9, 18, 25, 40]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the curve says of a step; seconds are not a function of the seed. */
type Point = Omit<StepReport, "seconds">;

interface Run {
  readonly curve: Point[];
  readonly weights: Weights;
  readonly finished: boolean;
}

class Killed extends Error {}

/** Runs on to the step after which it is stopped, or in which it dies. */
async function run(
  name: string,
  {
    stopAt = Infinity,
    dieAt = Infinity,
    recipe = RECIPE,
    threads = 1,
    checkpointEverySeconds = 3600,
    weights,
  }: {
    stopAt?: number;
    dieAt?: number;
    recipe?: PretrainingRecipe;
    threads?: number;
    checkpointEverySeconds?: number;
    weights?: Weights;
  } = {},
): Promise<Run> {
  const curve: Point[] = [];
  let step = 0;
  const result = await pretrain({
    recipe,
    corpusDirectory: corpus,
    runDirectory: path.join(folder, name),
    threads,
    checkpointEverySeconds,
    weights,
    onReport: ({ seconds: _seconds, ...point }) => {
      step = point.step;
      if (step === dieAt) throw new Killed();
      curve.push(point);
    },
    shouldStop: () => step >= stopAt,
  });
  return { curve, weights: result.weights, finished: result.finished };
}

function bitsOf(weights: Weights): Record<string, string> {
  return Object.fromEntries(
    [...weights].map(([name, { data }]) => {
      return [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")];
    }),
  );
}

describe("pretrain", () => {
  let whole: Run;
  beforeAll(async () => {
    whole = await run("whole");
  });

  it("learns", async () => {
    const schedule = { peakRate: 0.02, warmupSteps: 10, totalSteps: 150, decaySteps: 50 };
    const phases = [{ untilStep: 150, rows: 12, length: 24, maskRate: 0.3 }];
    const { curve, finished } = await run("long", { recipe: { ...RECIPE, schedule, phases } });
    expect(finished).toBe(true);
    expect(curve.map(({ step }) => step)).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
    const mean = (points: Point[]): number =>
      points.reduce((sum, { loss }) => sum + loss, 0) / points.length;
    expect(mean(curve.slice(-10))).toBeLessThan(mean(curve.slice(0, 10)) - 1);
  });

  it("takes the same course again from the same seed, with any number of threads", async () => {
    const again = await run("again", { threads: 2 });
    expect(again.curve).toEqual(whole.curve);
    expect(bitsOf(again.weights)).toEqual(bitsOf(whole.weights));
  });

  it("takes another course from another seed", async () => {
    const other = await run("other", { recipe: { ...RECIPE, seed: 12 }, stopAt: 3 });
    expect(other.curve).not.toEqual(whole.curve.slice(0, 3));
  });

  it("goes on where it was stopped, in every phase, to the same weights bit for bit", async () => {
    const parts = [
      await run("stopped", { stopAt: 3 }),
      await run("stopped", { stopAt: 10 }),
      await run("stopped", { stopAt: 14 }),
      await run("stopped"),
    ];
    expect(parts.map(({ finished }) => finished)).toEqual([false, false, false, true]);
    expect(parts.flatMap(({ curve }) => curve)).toEqual(whole.curve);
    expect(bitsOf(parts[3]!.weights)).toEqual(bitsOf(whole.weights));
  });

  it("does again what it had not saved when it died", async () => {
    await run("killed", { stopAt: 5 });
    await expect(run("killed", { dieAt: 9 })).rejects.toThrow(Killed);
    const rest = await run("killed");
    expect(rest.curve).toEqual(whole.curve.slice(5));
    expect(bitsOf(rest.weights)).toEqual(bitsOf(whole.weights));
  });

  it("is not changed by being saved after every step", async () => {
    const saved = await run("saved", { checkpointEverySeconds: 0 });
    expect(saved.curve).toEqual(whole.curve);
    expect(bitsOf(saved.weights)).toEqual(bitsOf(whole.weights));
  });

  it("begins with given weights, and leaves them as they were", async () => {
    const before = bitsOf(fixture.weights);
    const { curve, weights } = await run("given", { weights: fixture.weights, stopAt: 1 });
    expect(curve).toHaveLength(1);
    expect(bitsOf(fixture.weights)).toEqual(before);
    expect(bitsOf(weights)).not.toEqual(before);
  });

  it("continues no run of another seed, or of another mixture of its sources", async () => {
    await run("foreign", { stopAt: 1 });
    const [sayings, prose] = RECIPE.sources;
    const others: PretrainingRecipe[] = [
      { ...RECIPE, seed: 12 },
      { ...RECIPE, sources: [sayings!, { ...prose!, weight: 2 }] },
      { ...RECIPE, sources: [{ ...sayings!, masking: prose!.masking }, prose!] },
    ];
    for (const recipe of others) {
      await expect(run("foreign", { recipe })).rejects.toMatchObject({ code: "conflict" });
    }
  });

  it("continues no run on a text that has changed since", async () => {
    const masking = { word: 1, span: 0, token: 0 };
    const recipe = { ...RECIPE, sources: [{ name: "growing", weight: 1, masking }] };
    writeShard(corpus, "growing", [30, 12, 70]);
    await run("growing", { recipe, stopAt: 1 });
    // Of the same size, cut elsewhere; then with one token that is another.
    writeFileSync(path.join(corpus, "growing.offsets"), Uint32Array.of(0, 12, 42, 112));
    const message = expect.stringContaining("other settings or data") as string;
    await expect(run("growing", { recipe })).rejects.toMatchObject({ code: "conflict", message });
    writeShard(corpus, "growing", [30, 12, 70]);
    const file = path.join(corpus, "growing.tokens");
    const tokens = readFileSync(file);
    writeFileSync(file, tokens.fill(7, 10, 11));
    await expect(run("growing", { recipe })).rejects.toMatchObject({ code: "conflict" });
  });

  it("names a shard that is cut short, or missing", async () => {
    writeShard(corpus, "cut", [4, 4, 4]);
    truncateSync(path.join(corpus, "cut.tokens"), 10);
    const masking = { word: 1, span: 0, token: 0 };
    const withShard = (name: string): PretrainingRecipe => {
      return { ...RECIPE, sources: [{ name, weight: 1, masking }] };
    };
    await expect(run("cut", { recipe: withShard("cut") })).rejects.toMatchObject({
      code: "damaged_file",
      message: expect.stringContaining("offsets end at 12, the token file holds 5") as string,
    });
    await expect(run("missing", { recipe: withShard("missing") })).rejects.toMatchObject({
      code: "io_failed",
      message: expect.stringContaining("missing.tokens") as string,
    });
  });
});

describe("the memory of a run", () => {
  const VARIED_STEPS = 500;
  const GROWTH_MAX = 1.1;
  const GROWTH_BYTES_MAX = 8e6;
  const SAMPLED_EVERY = 10;

  /** Every step has a shape of its own; the first is as large as they get. */
  function variedPhases(): PretrainingRecipe["phases"] {
    const random = createRandom(3);
    return Array.from({ length: VARIED_STEPS }, (_, i) => ({
      untilStep: i + 1,
      rows: i === 0 ? 16 : 1 + random.integer(16),
      length: i === 0 ? 64 : 8 + random.integer(57),
      maskRate: i === 0 ? 0.4 : 0.1 + 0.3 * random.next(),
    }));
  }

  /** Bytes of this process that are not garbage. */
  function createMeter(): () => number {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    return () => {
      collect();
      return process.memoryUsage.rss();
    };
  }

  it("does not grow with its steps, however their shapes vary", async () => {
    const residentBytes = createMeter();
    const samples: number[] = [];
    const shapes = new Set<number>();
    let tokensBefore = 0;
    const schedule = { ...RECIPE.schedule, totalSteps: VARIED_STEPS };
    await pretrain({
      recipe: { ...RECIPE, schedule, phases: variedPhases() },
      corpusDirectory: corpus,
      runDirectory: path.join(folder, "varied"),
      threads: 1,
      checkpointEverySeconds: 3600,
      onReport: ({ step, tokens }) => {
        shapes.add(tokens - tokensBefore);
        tokensBefore = tokens;
        if (step % SAMPLED_EVERY === 0) samples.push(residentBytes());
      },
      shouldStop: () => false,
    });
    expect(shapes.size).toBeGreaterThan(200);
    // The least of several, since a process holds on for a while to what it no longer needs.
    const early = Math.min(...samples.slice(10, 15));
    const late = Math.min(...samples.slice(-5));
    expect(late).toBeLessThan(Math.min(early * GROWTH_MAX, early + GROWTH_BYTES_MAX));
  });
});
