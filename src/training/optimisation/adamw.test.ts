import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { maxDifference } from "../../../test/helpers/model-fixture.ts";
import { KERNEL_LENGTH_MAX } from "./adamw-kernel.ts";
import { ADAMW_DEFAULTS, adamWStep, clipScale, squaredNorm } from "./adamw.ts";

interface Fixture {
  readonly options: {
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly maxGradientNorm: number;
  };
  readonly parameters: readonly {
    readonly name: string;
    readonly weightDecay: number;
    readonly initial: readonly number[];
  }[];
  readonly steps: readonly {
    readonly learningRate: number;
    readonly gradientNorm: number;
    readonly gradients: Readonly<Record<string, number[]>>;
    readonly parameters: Readonly<Record<string, number[]>>;
    readonly firstMoments: Readonly<Record<string, number[]>>;
    readonly secondMoments: Readonly<Record<string, number[]>>;
  }[];
}

const file = new URL("../../../test/fixtures/adamw.json", import.meta.url);
const fixture = JSON.parse(readFileSync(file, "utf8")) as Fixture;
const { maxGradientNorm, ...betas } = fixture.options;

describe("AdamW", () => {
  it("takes PyTorch's ten steps with clipping and decay", () => {
    const parameters = fixture.parameters.map(({ name, weightDecay, initial }) => ({
      name,
      settings: { ...betas, weightDecay },
      weights: Float32Array.from(initial),
      moments: {
        first: new Float32Array(initial.length),
        second: new Float32Array(initial.length),
      },
    }));
    for (const [i, step] of fixture.steps.entries()) {
      const gradients = parameters.map(({ name }) => Float32Array.from(step.gradients[name] ?? []));
      const { norm, scale } = clipScale(gradients, maxGradientNorm);
      expect(norm).toBeCloseTo(step.gradientNorm, 5);
      for (const [k, { name, settings, weights, moments }] of parameters.entries()) {
        const update = { settings, rate: step.learningRate, step: i + 1, gradientScale: scale };
        adamWStep(weights, gradients[k] as Float32Array, moments, update);
        const at = `${name} after step ${i + 1}`;
        expect(maxDifference(weights, step.parameters[name] ?? []), at).toBeLessThan(1e-6);
        expect(maxDifference(moments.first, step.firstMoments[name] ?? []), at).toBeLessThan(1e-6);
        const seconds = maxDifference(moments.second, step.secondMoments[name] ?? []);
        expect(seconds, at).toBeLessThan(1e-6);
      }
    }
  });

  it("updates every number of arrays of any length as it updates one alone", () => {
    const lengths = [1, 3, 4, 5, KERNEL_LENGTH_MAX - 1, KERNEL_LENGTH_MAX + 6];
    const number = (seed: number, i: number): number => Math.sin(seed + i * 0.7);
    for (const length of lengths) {
      const filled = (seed: number): Float32Array =>
        Float32Array.from({ length }, (_, i) => Math.abs(number(seed, i)));
      const [weights, gradient, first, second] = [filled(1), filled(2), filled(3), filled(4)];
      const update = {
        settings: { ...ADAMW_DEFAULTS, weightDecay: 0.1 },
        rate: 0.01,
        step: 3,
        gradientScale: 0.5,
      };
      const i = length - 1;
      const alone = [weights, gradient, first, second].map((array) => array.slice(i)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      adamWStep(weights, gradient, { first, second }, update);
      adamWStep(alone[0], alone[1], { first: alone[2], second: alone[3] }, update);
      expect([weights[i], first[i], second[i]]).toEqual([alone[0][0], alone[2][0], alone[3][0]]);
      expect(gradient[0]).toBeCloseTo(Math.abs(number(2, 0)), 6);
    }
  });

  it("sums the squares of every gradient", () => {
    const gradient = Float32Array.from({ length: 11 }, (_, i) => i);
    expect(squaredNorm(gradient)).toBe(385);
  });

  it("clips to the limit only what is above it", () => {
    const gradients = [Float32Array.of(3, 0), Float32Array.of(4)];
    expect(clipScale(gradients, 10)).toEqual({ norm: 5, scale: 1 });
    expect(clipScale(gradients, 1).scale * 5).toBeCloseTo(1, 6);
  });
});
