// AdamW (Loshchilov & Hutter 2017, arXiv 1711.05101) with bias correction, in place.

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
 * One update of `weights`:
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
  const stepSize = rate / (1 - beta1 ** step);
  const secondScale = 1 / (1 - beta2 ** step);
  const keep = 1 - rate * weightDecay;
  for (let i = 0; i < weights.length; i++) {
    const g = (gradient[i] as number) * gradientScale;
    const m = beta1 * (first[i] as number) + (1 - beta1) * g;
    const v = beta2 * (second[i] as number) + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    weights[i] =
      (weights[i] as number) * keep - (stepSize * m) / (Math.sqrt(v * secondScale) + epsilon);
  }
}

/** Σ g² in float64. */
export function squaredNorm(gradient: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i] as number;
    sum += g * g;
  }
  return sum;
}

/** The factor that brings the gradients' common norm down to `limit`; 1 when it is below. */
export function clipScale(gradients: readonly Float32Array[], limit: number): ClipResult {
  const norm = Math.sqrt(gradients.reduce((sum, gradient) => sum + squaredNorm(gradient), 0));
  return { norm, scale: norm > limit ? limit / (norm + 1e-6) : 1 };
}

export interface ClipResult {
  readonly norm: number;
  readonly scale: number;
}
