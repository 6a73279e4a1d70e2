// One step of all parameters: clipping by their common norm, then AdamW. It moves 30 bytes of
// memory a weight, so for large models it is shared out to threads; the result is the same to the
// last bit, since a parameter is computed as a whole wherever that happens.

import type { Worker } from "node:worker_threads";
import { AppError } from "../../base/index.ts";
import type { TrainedParameter } from "../parameters.ts";
import { clipScaleOf, squaredNorm } from "./adamw.ts";
import { HelperThread, startBuiltThread } from "./helper-thread.ts";
import { updateParameter, type StepSettings } from "./update.ts";

export interface Optimiser extends Disposable {
  /**
   * Brings the gradients' common norm down to `clipNorm`, updates all weights, and gives the norm
   * before. Throws `training_failed` when that norm is not finite, before any weight has changed,
   * and when a thread is lost; the parameters may be lost then, and are not to be used.
   */
  step(settings: StepSettings & { readonly clipNorm: number }): Promise<number>;
}

/** Below this a step takes 20 ms: less than waiting for a thread may, on a machine that is busy. */
const SHARED_ELEMENTS_MIN = 8_000_000;

/**
 * The optimiser of `parameters`. With several threads and many weights it replaces their arrays at
 * each step: memory moves to another thread and back without being copied, which leaves the old
 * arrays empty. So nobody may keep an array of theirs across a step.
 *
 * @param elementsMin weights from which on the work is shared out
 * @param startThread all is done in this thread when it is undefined
 */
export function createOptimiser(
  parameters: readonly TrainedParameter[],
  {
    threads,
    elementsMin = SHARED_ELEMENTS_MIN,
    startThread = startBuiltThread,
  }: {
    readonly threads: number;
    readonly elementsMin?: number;
    readonly startThread?: (() => Worker) | undefined;
  },
): Optimiser {
  const elements = parameters.reduce((sum, { weights }) => sum + weights.length, 0);
  const isShared = startThread !== undefined && elements >= elementsMin;
  const [own = [], ...others] = isShared ? shareOut(parameters, threads) : [parameters];
  const helpers = isShared ? others.map((share) => new HelperThread(startThread(), share)) : [];
  return {
    async step({ clipNorm, ...settings }) {
      const norms = new Map<TrainedParameter, number>();
      const theirs = helpers.map((helper) => helper.squaredNorms());
      for (const parameter of own) norms.set(parameter, squaredNorm(parameter.gradient));
      for (const [i, found] of (await Promise.all(theirs)).entries()) {
        for (const [k, norm] of found.entries()) {
          norms.set(others[i]?.[k] as TrainedParameter, norm);
        }
      }
      // Added up in the parameters' order, whoever computed what.
      const squares = parameters.map((parameter) => norms.get(parameter) as number);
      const { norm, scale: gradientScale } = clipScaleOf(squares, clipNorm);
      if (!Number.isFinite(norm))
        throw notFinite(`the gradients' norm became ${norm}`, settings.step);
      const update = { ...settings, gradientScale };
      const updates = helpers.map((helper) => helper.update(update));
      for (const parameter of own) updateParameter(parameter, update);
      await Promise.all(updates);
      return norm;
    },
    [Symbol.dispose]: () => {
      for (const helper of helpers) helper[Symbol.dispose]();
    },
  };
}

/** What ends a run in which something became NaN or infinite at `step`, counted from 1. */
export function notFinite(what: string, step: number): AppError {
  return new AppError(
    "training_failed",
    `${what} at step ${step}, which was not taken; train with another seed (--seed) or fewer ` +
      "epochs (--epochs), and where a recipe file has the rate, lower its peakRate",
  );
}

/** As many shares as threads, of like size: the largest first, each to the smallest share. */
function shareOut(
  parameters: readonly TrainedParameter[],
  threads: number,
): readonly (readonly TrainedParameter[])[] {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new AppError("usage", `threads is ${threads}; expected a whole number from 1 on`);
  }
  const shares = Array.from({ length: threads }, () => ({
    size: 0,
    list: [] as TrainedParameter[],
  }));
  for (const parameter of parameters.toSorted((a, b) => b.weights.length - a.weights.length)) {
    const smallest = shares.reduce((a, b) => (b.size < a.size ? b : a));
    smallest.list.push(parameter);
    smallest.size += parameter.weights.length;
  }
  return shares.map(({ list }) => list).filter((list, i) => i === 0 || list.length > 0);
}
