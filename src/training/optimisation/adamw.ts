// AdamW (Loshchilov & Hutter 2017, arXiv 1711.05101) with bias correction, in place.

import { adamWKernel, FACTORS, KERNEL_LENGTH_MAX } from "./adamw-kernel.ts";

/** Moments of one parameter, of its size. */
export interface Moments {
  /** Running mean of gradients. */
  readonly first: Float32Array;
  /** Running mean of squared gradients. */
  readonly second: Float32Array;
}

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled: each step shrinks a weight by rate·decay. */
  readonly weightDecay: number;
}

export const ADAMW_DEFAULTS: AdamWSettings = {
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  weightDecay: 0.01,
};

/**
 * One update of `weights`, computed in float32:
 * m ← β₁m + (1−β₁)g   v ← β₂v + (1−β₂)g²   w ← w(1 − ηλ) − η·m̂ / (√v̂ + ε)
 *
 * @param update step counts from 1; `gradientScale` multiplies the gradient first (clipping)
 */
export function adamWStep(
  weights: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  update: {
    readonly settings: AdamWSettings;
    readonly rate: number;
    readonly step: number;
    readonly gradientScale: number;
  },
): void {
  const { beta1, beta2, epsilon, weightDecay } = update.settings;
  const { rate, step, gradientScale } = update;
  const factors: Record<(typeof FACTORS)[number], number> = {
    gradientScale,
    beta1,
    oneLessBeta1: 1 - beta1,
    beta2,
    oneLessBeta2: 1 - beta2,
    keep: 1 - rate * weightDecay,
    stepSize: rate / (1 - beta1 ** step),
    secondScale: 1 / (1 - beta2 ** step),
    epsilon,
  };
  const inOrder = FACTORS.map((name) => factors[name]);
  const kernel = adamWKernel();
  for (let start = 0; start < weights.length; start += KERNEL_LENGTH_MAX) {
    const end = Math.min(start + KERNEL_LENGTH_MAX, weights.length);
    kernel.weights.set(weights.subarray(start, end));
    kernel.gradient.set(gradient.subarray(start, end));
    kernel.first.set(first.subarray(start, end));
    kernel.second.set(second.subarray(start, end));
    kernel.run(end - start, inOrder);
    weights.set(kernel.weights.subarray(0, end - start), start);
    first.set(kernel.first.subarray(0, end - start), start);
    second.set(kernel.second.subarray(0, end - start), start);
  }
}

/** Σ g² in float64, as four sums that do not wait for each other. */
export function squaredNorm(gradient: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const even = gradient.length - (gradient.length % 4);
  for (let i = 0; i < even; i += 4) {
    const w = gradient[i] as number;
    const x = gradient[i + 1] as number;
    const y = gradient[i + 2] as number;
    const z = gradient[i + 3] as number;
    a += w * w;
    b += x * x;
    c += y * y;
    d += z * z;
  }
  for (let i = even; i < gradient.length; i++) {
    const w = gradient[i] as number;
    a += w * w;
  }
  return a + b + (c + d);
}

/** The factor that brings the gradients' common norm down to `limit`; 1 when it is below. */
export function clipScale(gradients: readonly Float32Array[], limit: number): ClipResult {
  return clipScaleOf(gradients.map(squaredNorm), limit);
}

/** As {@link clipScale}, from the gradients' squared norms. */
export function clipScaleOf(squaredNorms: readonly number[], limit: number): ClipResult {
  const norm = Math.sqrt(squaredNorms.reduce((sum, square) => sum + square, 0));
  return { norm, scale: norm > limit ? limit / (norm + 1e-6) : 1 };
}

export interface ClipResult {
  readonly norm: number;
  readonly scale: number;
}
