// Everything that an incremental training measures: the version before, the α to choose among, and
// the version after, all through one set of cached activations.

import { AppError, required } from "../../base/index.ts";
import { float16ToFloat32, float32ToFloat16, type Weights } from "../../checkpoint/index.ts";
import {
  createFiller,
  evaluateFiller,
  fillerPartsOver,
  readSettings,
  type FillMaskSettings,
  type FillMetrics,
} from "../../tasks/fill-mask/index.ts";
import type { TuningOrder } from "../order.ts";
import type { TrainedParameter } from "../parameters.ts";
import type { RunControl } from "../recipes/recipe.ts";
import { cachedScorer } from "./cached-scorer.ts";
import { driftReport } from "./drift.ts";
import type { Material } from "./material.ts";
import type { CachedPrefix } from "./prefix-process.ts";
import { eachScored, meanLoss, probeOutcomes, type RowMeasuring } from "./row-loss.ts";
import type { KeptRow, TuningRow } from "./rows.ts";
import type { TuningStart } from "./start.ts";
import { ALPHAS, chooseAlpha, type SweepPoint } from "./sweep.ts";
import { fitTemperature, type ScoredToken } from "./temperature.ts";
import { suffixScorer } from "./tuning-step.ts";

/** Share of the probes that a version may lose, 0..1. */
export const DRIFT_LIMIT = 0.01;
/** Tokens that the temperature is fitted on; each costs a row of the vocabulary's size. */
const KNOWN_MAX = 400;

export interface Parts {
  readonly start: TuningStart;
  readonly material: Material;
  readonly prefix: CachedPrefix;
  readonly control: RunControl;
}

/** What a version can do, as it is remembered between attempts. */
interface Measured {
  readonly metrics: FillMetrics;
  readonly probes: Awaited<ReturnType<typeof probeOutcomes>>;
}

/** Measures the version that a run begins with, the ways it could go, and where it went. */
export function createMeasurer(order: TuningOrder, { start, material, prefix, control }: Parts) {
  const { suffix, parameters, startWeights, baseWeights } = start;
  const withScorer = async <T>(use: (measuring: RowMeasuring) => Promise<T>): Promise<T> => {
    using scorer = await suffixScorer(suffix, parameters);
    return await use({ scorer, cache: prefix.cache, model: suffix.model });
  };
  const fill = async (
    phase: "before" | "after",
    { scorer }: RowMeasuring,
    fillMask: FillMaskSettings,
  ): Promise<FillMetrics> => {
    const scores = cachedScorer(suffix, prefix, scorer);
    using filler = createFiller(fillerPartsOver(order.modelDirectory, scores, fillMask));
    const total = material.heldOut.length;
    return await evaluateFiller(filler, material.heldOut, (done) => {
      control.onProgress({ phase, done, total });
      if (control.shouldStop()) throw stoppedWhileMeasuring();
    });
  };
  const settings = readSettings(order.modelDirectory);

  return {
    before: (): Promise<Measured> =>
      withScorer(async (measuring) => {
        setTo(parameters, (name) => required(startWeights.get(name), name).data);
        const metrics = await fill("before", measuring, settings);
        return { metrics, probes: await probeOutcomes(material.probes, measuring) };
      }),

    /** Leaves the parameters at the chosen α, as a patch can store it. */
    sweep: (trained: Weights, before: Measured) =>
      withScorer(async (measuring) => {
        const points: SweepPoint[] = [];
        for (const alpha of ALPHAS) {
          moveTo(
            parameters,
            differencesAt(alpha, { trained, startWeights, baseWeights }),
            baseWeights,
          );
          points.push(await sweepPoint(alpha, { material, before, measuring }));
          control.onProgress({ phase: "sweep", done: points.length, total: ALPHAS.length });
        }
        const chosen = chooseAlpha(points, DRIFT_LIMIT);
        const differences = differencesAt(chosen.alpha, { trained, startWeights, baseWeights });
        moveTo(parameters, differences, baseWeights);
        const temperature = fitTemperature(await knownTokens(material, measuring));
        return { points, chosen, differences, temperature };
      }),

    after: (temperature: number, before: Measured) =>
      withScorer(async (measuring) => {
        const fillMask = { ...settings, temperature };
        const metrics = await fill("after", measuring, fillMask);
        const probes = await probeOutcomes(material.probes, measuring);
        return { fillMask, metrics, drift: driftReport(material.probes, before.probes, probes) };
      }),
  };
}

async function sweepPoint(
  alpha: number,
  {
    material,
    before,
    measuring,
  }: { material: Material; before: Measured; measuring: RowMeasuring },
): Promise<SweepPoint> {
  const heldOut = material.heldOutRows.map(asQuestion);
  const share = (outcomes: readonly { readonly isRight: boolean }[]): number =>
    outcomes.filter(({ isRight }) => isRight).length / (outcomes.length || 1);
  return {
    alpha,
    heldOutAccuracy: share(await probeOutcomes(heldOut, measuring)),
    heldOutLoss: await meanLoss(material.heldOutRows, measuring),
    probeLoss: share(before.probes) - share(await probeOutcomes(material.probes, measuring)),
  };
}

/** Tokens that nothing was trained to say: the answers held out, and those of probes. */
async function knownTokens(
  { heldOutRows, probes }: Material,
  measuring: RowMeasuring,
): Promise<ScoredToken[]> {
  const tokens: ScoredToken[] = [];
  const questions = [...heldOutRows.map(asQuestion), ...probes].slice(0, KNOWN_MAX);
  await eachScored(questions, measuring, (i, logits) => {
    for (const [k, each] of logits.entries()) {
      tokens.push({ logits: each.slice(), label: questions[i]?.labels[k] ?? 0 });
    }
  });
  return tokens;
}

/** W₀ + α·(W − W₀) less the base, as float16 holds it. */
function differencesAt(
  alpha: number,
  {
    trained,
    startWeights,
    baseWeights,
  }: { trained: Weights; startWeights: Weights; baseWeights: Weights },
): Weights {
  const differences = [...trained].map(([name, { shape, data }]) => {
    const start = required(startWeights.get(name), name).data;
    const base = required(baseWeights.get(name), name).data;
    const difference = data.map((value, i) => {
      const from = start[i] as number;
      return from + alpha * (value - from) - (base[i] as number);
    });
    return [name, { shape, data: float16ToFloat32(float32ToFloat16(difference)) }] as const;
  });
  return new Map(differences);
}

function moveTo(
  parameters: readonly TrainedParameter[],
  differences: Weights,
  baseWeights: Weights,
): void {
  setTo(parameters, (name) => {
    const base = required(baseWeights.get(name), name).data;
    const difference = required(differences.get(name), name).data;
    return base.map((value, i) => value + (difference[i] as number));
  });
}

function setTo(
  parameters: readonly TrainedParameter[],
  valuesOf: (name: string) => Float32Array,
): void {
  for (const { name, weights } of parameters) weights.set(valuesOf(name));
}

function asQuestion({ ids, targets }: TuningRow): KeptRow {
  return {
    ids,
    columns: targets.map(({ column }) => column),
    labels: targets.map(({ label }) => label),
  };
}

function stoppedWhileMeasuring(): AppError {
  return new AppError("cancelled", "The training was stopped while it measured.");
}
