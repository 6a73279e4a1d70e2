import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { maxDifference } from "../../../test/helpers/model-fixture.ts";
import { adamWStep, clipScale } from "./adamw.ts";

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

  it("clips to the limit only what is above it", () => {
    const gradients = [Float32Array.of(3, 0), Float32Array.of(4)];
    expect(clipScale(gradients, 10)).toEqual({ norm: 5, scale: 1 });
    expect(clipScale(gradients, 1).scale * 5).toBeCloseTo(1, 6);
  });
});
