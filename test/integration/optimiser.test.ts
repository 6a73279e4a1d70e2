// The optimiser on several threads against the same in one.

import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/index.ts";
import { ADAMW_DEFAULTS, adamWStep, clipScale } from "../../src/training/optimisation/adamw.ts";
import { createOptimiser } from "../../src/training/optimisation/optimiser.ts";
import { trainedParameter, type TrainedParameter } from "../../src/training/parameters.ts";
import { startSourceThread } from "../helpers/source-thread.ts";

const entry = new URL("../../src/training/optimisation/helper-thread.main.ts", import.meta.url);
const startThread = (): Worker => startSourceThread(entry);

const SHAPES = [[3, 5], [20_000], [7], [300, 70], [1], [64, 64], [9000, 3]];
const SETTINGS = { adamw: { ...ADAMW_DEFAULTS, weightDecay: 0.1 }, rate: 0.01, clipNorm: 1 };

function parametersOf(): TrainedParameter[] {
  const random = createRandom(5);
  return SHAPES.map((shape, i) => {
    const size = shape.reduce((a, b) => a * b);
    const data = Float32Array.from({ length: size }, () => random.normal());
    return trainedParameter(`p${i}`, { shape, data }, i === 3 ? 0.5 : 1);
  });
}

/** What an engine would leave there. */
function fillGradients(parameters: readonly TrainedParameter[], step: number): void {
  const random = createRandom(100 + step);
  for (const { gradient } of parameters) {
    for (let i = 0; i < gradient.length; i++) gradient[i] = 0.1 * random.normal();
  }
}

function bitsOf(parameters: readonly TrainedParameter[]): string[] {
  return parameters.flatMap(({ weights, moments }) =>
    [weights, moments.first, moments.second].map((array) =>
      Buffer.from(array.buffer).toString("hex"),
    ),
  );
}

/** The norms of three steps, and everything that they leave behind. */
async function threeSteps(threads: number) {
  const parameters = parametersOf();
  using optimiser = createOptimiser(parameters, { threads, elementsMin: 0, startThread });
  const norms: number[] = [];
  for (let step = 1; step <= 3; step++) {
    fillGradients(parameters, step);
    norms.push(await optimiser.step({ ...SETTINGS, step }));
  }
  return { norms, bits: bitsOf(parameters) };
}

describe("createOptimiser", () => {
  it("clips and steps as AdamW does, one parameter after the other", async () => {
    const parameters = parametersOf();
    const norms: number[] = [];
    for (let step = 1; step <= 3; step++) {
      fillGradients(parameters, step);
      const { norm, scale } = clipScale(
        parameters.map(({ gradient }) => gradient),
        SETTINGS.clipNorm,
      );
      norms.push(norm);
      for (const { weights, gradient, moments, decays, rateShare } of parameters) {
        adamWStep(weights, gradient, moments, {
          settings: decays ? SETTINGS.adamw : { ...SETTINGS.adamw, weightDecay: 0 },
          rate: SETTINGS.rate * rateShare,
          step,
          gradientScale: scale,
        });
      }
    }
    expect(await threeSteps(1)).toEqual({ norms, bits: bitsOf(parameters) });
  });

  it.each([2, 3, 12])("gives the same bits on %i threads", async (threads) => {
    expect(await threeSteps(threads)).toEqual(await threeSteps(1));
  });

  it("leaves small models in one thread, where their arrays stay", async () => {
    const parameters = parametersOf();
    const arrays = parameters.map(({ weights }) => weights);
    using optimiser = createOptimiser(parameters, { threads: 4, startThread });
    fillGradients(parameters, 1);
    await optimiser.step({ ...SETTINGS, step: 1 });
    expect(parameters.every(({ weights }, i) => weights === arrays[i])).toBe(true);
  });

  it.each([NaN, Infinity])("takes no step with a gradient of %d", async (value) => {
    const parameters = parametersOf();
    const before = bitsOf(parameters);
    fillGradients(parameters, 1);
    parameters[2]?.gradient.set([value], 3);
    using optimiser = createOptimiser(parameters, { threads: 1 });
    await expect(optimiser.step({ ...SETTINGS, step: 7 })).rejects.toMatchObject({
      code: "training_failed",
      message: expect.stringMatching(/norm became (NaN|Infinity) at step 7/) as string,
    });
    expect(bitsOf(parameters)).toEqual(before);
  });

  it("says so when a thread is lost", async () => {
    const parameters = parametersOf();
    const startBroken = (): Worker => new Worker("process.exit(3)", { eval: true });
    const options = { threads: 2, elementsMin: 0, startThread: startBroken };
    using optimiser = createOptimiser(parameters, options);
    await expect(optimiser.step({ ...SETTINGS, step: 1 })).rejects.toMatchObject({
      code: "training_failed",
      message: expect.stringContaining("exit code 3") as string,
    });
  });
});
