// The incremental recipe against PyTorch: the loss of each of 20 steps on a tiny model
// (test/fixtures/make_tuning_fixture.py wrote what is expected).

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

import { systemClock } from "../../src/base/index.ts";
import { ADAMW_DEFAULTS } from "../../src/training/optimisation/adamw.ts";
import { ActivationCache } from "../../src/training/incremental/activation-cache.ts";
import { Prefix } from "../../src/training/incremental/prefix.ts";
import { featuresOf } from "../../src/training/incremental/row-loss.ts";
import type { KeptRow, TuningRow } from "../../src/training/incremental/rows.ts";
import { openTuningStart } from "../../src/training/incremental/start.ts";
import { tuningBatch } from "../../src/training/incremental/tuning-batches.ts";
import { suffixScorer, tuningStep } from "../../src/training/incremental/tuning-step.ts";
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
}

const cacheDirectory = mkdtempSync(path.join(tmpdir(), "tuning-parity-"));
afterAll(() => rmSync(cacheDirectory, { recursive: true }));

it("has PyTorch's loss at every step, within 1e-4", async () => {
  const text = readFileSync(path.join(FIXTURES, "tuning.json"), "utf8");
  const { settings, batches, losses } = JSON.parse(text) as Fixture;
  const modelDirectory = path.join(FIXTURES, "models/bert-tiny");
  const { suffix, parameters, baseWeights } = openTuningStart(modelDirectory, 1);
  const { model, cut } = suffix;
  using prefix = await Prefix.open({ modelDirectory, cut, cacheDirectory, threads: 1 });
  await prefix.fill(
    batches.flatMap(({ rows, kept }) => [...rows, ...kept]),
    () => {},
  );
  const cache = new ActivationCache(cacheDirectory, model.hiddenSize);
  const measuring = { scorer: await suffixScorer(suffix, parameters), cache, model };
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
  for (const [i, expected] of losses.entries()) {
    const { loss } = await trainer.advance();
    expect(Math.abs(loss - expected), `step ${i + 1}: ${loss}`).toBeLessThan(1e-4);
  }
});
