// The recipes above a cut against PyTorch: the loss of each of 20 steps on a tiny model
// (test/fixtures/make_tuning_fixture.py wrote what is expected).

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { systemClock } from "../../src/base/index.ts";
import { ADAMW_DEFAULTS } from "../../src/training/optimisation/adamw.ts";
import {
  lowRankAdaptation,
  wholeAdaptation,
  type Adaptation,
} from "../../src/training/incremental/adaptation.ts";
import { ActivationCache } from "../../src/training/incremental/activation-cache.ts";
import { Prefix } from "../../src/training/incremental/prefix.ts";
import { featuresOf } from "../../src/training/incremental/row-loss.ts";
import type { KeptRow, TuningRow } from "../../src/training/incremental/rows.ts";
import { openTuningStart, type TuningStart } from "../../src/training/incremental/start.ts";
import { tuningBatch } from "../../src/training/incremental/tuning-batches.ts";
import { suffixScorer, tuningStep } from "../../src/training/incremental/tuning-step.ts";
import { LORA_TARGETS } from "../../src/wire/index.ts";
import { createTrainer } from "../../src/training/trainer.ts";
import { FIXTURES } from "../helpers/model-fixture.ts";

interface Fixture {
  readonly settings: {
    readonly steps: number;
    readonly warmup: number;
    readonly peakRate: number;
    readonly clipNorm: number;
    readonly keptWeight: number;
  };
  readonly batches: readonly {
    readonly rows: readonly TuningRow[];
    readonly kept: readonly KeptRow[];
  }[];
  readonly losses: readonly number[];
  readonly lora: {
    readonly rank: number;
    readonly alpha: number;
    /** Factors by name, row by row. */
    readonly initial: Readonly<Record<string, readonly (readonly number[])[]>>;
    readonly losses: readonly number[];
  };
}

const text = readFileSync(path.join(FIXTURES, "tuning.json"), "utf8");
const fixture = JSON.parse(text) as Fixture;

const cacheDirectory = mkdtempSync(path.join(tmpdir(), "tuning-parity-"));
afterAll(() => rmSync(cacheDirectory, { recursive: true }));

/** The losses of the fixture's steps. */
async function lossesOf(
  modelDirectory: string,
  start: TuningStart,
  { parameters, suffix }: Adaptation,
): Promise<number[]> {
  const { settings, batches } = fixture;
  const { baseWeights } = start;
  const { model, cut } = suffix;
  using prefix = await Prefix.open({ modelDirectory, cut, cacheDirectory, threads: 1 });
  await prefix.fill(
    batches.flatMap(({ rows, kept }) => [...rows, ...kept]),
    () => {},
  );
  const cache = new ActivationCache(cacheDirectory, model.hiddenSize);
  const measuring = { scorer: await suffixScorer(suffix, start.weights), cache, model };
  const { keptWeight, steps, warmup, peakRate, clipNorm } = settings;
  const ready = await Promise.all(
    batches.map(async ({ rows, kept }) => {
      const options = { cache, hiddenSize: model.hiddenSize, keptWeight };
      return tuningBatch({ rows, kept: await featuresOf(kept, measuring) }, options);
    }),
  );
  measuring.scorer[Symbol.dispose]();
  const bias = [...baseWeights].filter(([name]) => name === model.scoreBiasName);
  using gradients = await tuningStep(suffix, parameters, new Map(bias));
  const trainer = createTrainer(
    {
      schedule: {
        peakRate,
        warmupSteps: warmup,
        totalSteps: steps,
        decaySteps: steps - warmup,
      },
      adamw: ADAMW_DEFAULTS,
      clipNorm,
    },
    {
      parameters,
      gradients,
      batches: { next: (step: number) => ready[(step - 1) % ready.length]! },
      clock: systemClock,
    },
  );
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await trainer.advance()).loss);
  return losses;
}

function expectWithin(losses: readonly number[], expected: readonly number[], most: number): void {
  expect(losses).toHaveLength(expected.length);
  for (const [i, loss] of losses.entries()) {
    const difference = Math.abs(loss - (expected[i] ?? NaN));
    expect(difference, `step ${i + 1}: ${loss}`).toBeLessThan(most);
  }
}

describe("PyTorch's loss at every step, within 1e-4", () => {
  const modelDirectory = path.join(FIXTURES, "models/bert-tiny");

  it("is that of the incremental recipe", async () => {
    const start = openTuningStart(modelDirectory, 1);
    const losses = await lossesOf(modelDirectory, start, wholeAdaptation(start));
    expectWithin(losses, fixture.losses, 1e-4);
  });

  it("is that of LoRA", async () => {
    const { rank, alpha, initial, losses: expected } = fixture.lora;
    const start = openTuningStart(modelDirectory, 1);
    const lora = { rank, alpha, targets: [...LORA_TARGETS] };
    const adaptation = lowRankAdaptation(start, { lora, seed: 1 });
    expect(adaptation.parameters.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(initial).toSorted(),
    );
    for (const { name, weights } of adaptation.parameters) {
      weights.set((initial[name] ?? []).flat());
    }
    expectWithin(await lossesOf(modelDirectory, start, adaptation), expected, 1e-4);
  });
});
