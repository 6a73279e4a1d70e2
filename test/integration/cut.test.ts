// A model cut in two: prefix and suffix together say what the whole says, the loss of an incremental
// training is what its formula says, and its gradients are its slopes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  openHuggingFaceDirectory,
  type Tensor32,
  type Weights,
} from "../../src/checkpoint/index.ts";
import { createScorer, maskedLanguageModel } from "../../src/models/index.ts";
import type { GradientStep } from "../../src/training/masked-lm-step.ts";
import {
  weightsFor,
  trainedParameter,
  type TrainedParameter,
} from "../../src/training/parameters.ts";
import { ActivationCache } from "../../src/training/incremental/activation-cache.ts";
import { lowRankAdaptation, wholeAdaptation } from "../../src/training/incremental/adaptation.ts";
import { openTuningStart } from "../../src/training/incremental/start.ts";
import { LORA_TARGETS } from "../../src/wire/index.ts";
import { tuningPlan } from "../../src/training/incremental/plan.ts";
import { Prefix } from "../../src/training/incremental/prefix.ts";
import { featuresOf } from "../../src/training/incremental/row-loss.ts";
import type { KeptRow, TuningRow } from "../../src/training/incremental/rows.ts";
import {
  paddedRows,
  tuningBatch,
  type TuningBatch,
} from "../../src/training/incremental/tuning-batches.ts";
import { suffixScorer, tuningStep } from "../../src/training/incremental/tuning-step.ts";

const MODELS = path.resolve(import.meta.dirname, "../fixtures/models");
const LEARNED: TuningRow[] = [
  {
    ids: [2, 11, 4, 13, 3],
    targets: [{ column: 2, label: 12, wanted: 1, unwanted: 0 }],
  },
  {
    ids: [2, 21, 22, 4, 4, 23, 24, 3],
    targets: [
      { column: 3, label: 15, wanted: 0.5, unwanted: 0 },
      { column: 4, label: 16, wanted: 0.5, unwanted: 0.25 },
    ],
  },
];
const KEPT: KeptRow[] = [{ ids: [2, 4, 31, 32, 4, 33, 3], columns: [1, 4], labels: [30, 34] }];

describe.each(["bert-tiny", "modernbert-tiny"])("%s cut in two", (name) => {
  const directory = path.join(MODELS, name);
  let cacheDirectory: string;
  beforeEach(() => (cacheDirectory = mkdtempSync(path.join(tmpdir(), "cut-"))));
  afterEach(() => rmSync(cacheDirectory, { recursive: true }));

  async function opened() {
    using source = openHuggingFaceDirectory(directory);
    const model = maskedLanguageModel(source.config);
    const weights = weightsFor(model, source.readWeights());
    const untouched = weightsFor(model, weights);
    const { cut, rateShares } = tuningPlan(model);
    const parameters = [...rateShares].map(([each, share]) =>
      trainedParameter(each, weights.get(each) as Tensor32, share),
    );
    const frozen = new Map([...weights].filter(([each]) => each === model.decoderName));
    const threads = 1;
    using prefix = await Prefix.open({ modelDirectory: directory, cut, cacheDirectory, threads });
    await prefix.fill([...LEARNED, ...KEPT], () => {});
    const cache = new ActivationCache(cacheDirectory, model.hiddenSize);
    using scorer = await suffixScorer({ model, cut, frozen, threads }, parameters);
    const kept = await featuresOf(KEPT, { scorer, cache, model });
    const batch = tuningBatch(
      { rows: LEARNED, kept },
      { cache, hiddenSize: model.hiddenSize, keptWeight: 0.7 },
    );
    return {
      config: source.config,
      model,
      weights,
      untouched,
      cut,
      parameters,
      frozen,
      cache,
      batch,
    };
  }

  it("gives a row the same activations, to the last bit, whatever rows come with it", async () => {
    const rows = [
      ...LEARNED,
      ...KEPT,
      ...[5, 6, 7, 8, 9].map((id) => ({ ids: [2, id, 4, id, 3] })),
    ];
    const found: Float32Array[][] = [];
    for (const each of [rows, ...rows.map((row) => [row])]) {
      const fresh = path.join(cacheDirectory, String(found.length));
      const source = { modelDirectory: directory, cut: 1, cacheDirectory: fresh, threads: 1 };
      using prefix = await Prefix.open(source);
      await prefix.fill(each, () => {});
      const cache = new ActivationCache(fresh, 32);
      found.push(each.map((row) => cache.read(row)));
    }
    const [together, ...alone] = found;
    expect(alone.flat()).toEqual(together);
  });

  it("scores from cached activations what the whole model scores", async () => {
    const { config, model, weights, cut, parameters, frozen, cache } = await opened();
    using whole = await createScorer(config, weights, { threads: 1, precision: "fp32" });
    using suffix = await suffixScorer({ model, cut, frozen, threads: 1 }, parameters);
    const rows = LEARNED.map(({ ids }) => ids);
    const columns = LEARNED.map(({ targets }) => targets.map(({ column }) => column));
    const expected = await whole.score(rows, columns);
    const padded = paddedRows(LEARNED, cache, model.hiddenSize);
    const flat = columns.flatMap((each, i) => each.map((column) => i * padded.length + column));
    const positions = BigInt64Array.from(flat, BigInt);
    const seen = await suffix.score({ ...padded, positions });
    for (const [i, value] of expected.entries()) expect(seen[i]).toBeCloseTo(value, 4);
  });

  /** The loss by its formula, in float64, from the suffix's own scores. */
  async function expectedLoss(parts: Awaited<ReturnType<typeof opened>>): Promise<number> {
    const { config, model, untouched, cut, parameters, frozen, batch } = parts;
    using suffix = await suffixScorer({ model, cut, frozen, threads: 1 }, parameters);
    using before = await createScorer(config, untouched, { threads: 1, precision: "fp32" });
    const now = logSoftmax(await suffix.score(batch), model.vocabularySize);
    const old = logSoftmax(
      await before.score(
        KEPT.map(({ ids }) => ids),
        KEPT.map(({ columns }) => columns),
      ),
      model.vocabularySize,
    );
    let loss = 0;
    for (const [i, label] of batch.labels.entries()) {
      const p = now[i]?.[Number(label)] ?? NaN;
      loss -= (batch.wanted[i] ?? NaN) * p;
      loss -= (batch.unwanted[i] ?? NaN) * Math.log(1.0001 - Math.exp(p));
    }
    for (const [k, row] of batch.keptRows.entries()) {
      for (const [v, p] of (old[k] ?? []).entries()) {
        const divergence = Math.exp(p) * (p - (now[Number(row)]?.[v] ?? NaN));
        loss += (batch.keptWeights[k] ?? NaN) * divergence;
      }
    }
    return loss;
  }

  it("loses what the formula says, and nothing for kept rows before it learns", async () => {
    const parts = await opened();
    const { model, cut, frozen, parameters, untouched, batch } = parts;
    const bias = model.scoreBiasName ?? "";
    const before = new Map([[bias, copyOf(untouched, bias)]]);
    using step = await tuningStep({ model, cut, frozen, threads: 1 }, parameters, before);
    const first = await step.run(batch);
    expect(first).toBeCloseTo(await expectedLoss(parts), 4);
    const onlyKept: TuningBatch = { ...batch, wanted: zeros(batch), unwanted: zeros(batch) };
    expect(await step.run(onlyKept)).toBeCloseTo(0, 5);
    for (const { weights: own } of parameters) for (const i of own.keys()) own[i]! += 0.03;
    expect(await step.run(batch)).toBeCloseTo(await expectedLoss(parts), 3);
    expect(await step.run(onlyKept)).toBeGreaterThan(1e-4);
  });

  it("has gradients that are the slopes of the loss", async () => {
    const { model, cut, frozen, parameters, batch } = await opened();
    using step = await tuningStep({ model, cut, frozen, threads: 1 }, parameters, new Map());
    expect(await expectSlopes(step, parameters, batch)).toBeGreaterThan(10);
  });

  it("has such gradients for low-rank factors, too, once both are there", async () => {
    const { batch } = await opened();
    const lora = { rank: 2, alpha: 4, targets: [...LORA_TARGETS] };
    const start = openTuningStart(directory, 1);
    const { parameters, suffix } = lowRankAdaptation(start, { lora, seed: 1 });
    for (const { weights } of parameters) for (const i of weights.keys()) weights[i]! += 0.05;
    using step = await tuningStep(suffix, parameters, new Map());
    expect(await expectSlopes(step, parameters, batch)).toBeGreaterThan(6);
  });

  it("scores with factors merged into the weights what the step computes beside them", async () => {
    const { batch } = await opened();
    const lora = { rank: 2, alpha: 4, targets: [...LORA_TARGETS] };
    const start = openTuningStart(directory, 1);
    const adaptation = lowRankAdaptation(start, { lora, seed: 1 });
    for (const { weights } of adaptation.parameters) {
      for (const i of weights.keys()) weights[i]! += 0.05;
    }
    adaptation.show();
    using merged = await tuningStep(start.suffix, wholeAdaptation(start).parameters, new Map());
    using beside = await tuningStep(adaptation.suffix, adaptation.parameters, new Map());
    expect(await beside.run(batch)).toBeCloseTo(await merged.run(batch), 3);
  });
});

/** Checks each parameter with a gradient worth the name; gives how many those are. */
async function expectSlopes(
  step: GradientStep<TuningBatch>,
  parameters: readonly TrainedParameter[],
  batch: TuningBatch,
): Promise<number> {
  let checked = 0;
  await step.run(batch);
  const gradients = parameters.map(({ gradient }) => gradient.slice());
  for (const [i, { weights, name: parameter }] of parameters.entries()) {
    const gradient = gradients[i] as Float32Array;
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    if (norm < 1e-4) continue;
    // Along its own gradient a parameter's slope is the gradient's norm.
    const size = 2e-3;
    const original = weights.slice();
    const lossAt = async (sign: number): Promise<number> => {
      for (const k of weights.keys()) {
        weights[k] = (original[k] as number) + (sign * size * (gradient[k] as number)) / norm;
      }
      return step.run(batch);
    };
    const slope = ((await lossAt(1)) - (await lossAt(-1))) / (2 * size);
    weights.set(original);
    expect(slope / norm, parameter).toBeCloseTo(1, 1);
    checked++;
  }
  return checked;
}

function zeros(batch: TuningBatch): Float32Array {
  return new Float32Array(batch.positions.length);
}

function copyOf(weights: Weights, name: string) {
  const tensor = weights.get(name);
  return { shape: tensor?.shape ?? [], data: tensor?.data.slice() ?? new Float32Array(0) };
}

function logSoftmax(logits: Float32Array, size: number): number[][] {
  return Array.from({ length: logits.length / size }, (_, row) => {
    const values = [...logits.subarray(row * size, (row + 1) * size)];
    const highest = Math.max(...values);
    const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
    return values.map((value) => value - highest - total);
  });
}
