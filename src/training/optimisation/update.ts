// One step of one parameter, in whichever thread.

import type { TrainedParameter } from "../parameters.ts";
import { adamWStep, type AdamWSettings } from "./adamw.ts";

export interface StepSettings {
  readonly adamw: AdamWSettings;
  /** The run's learning rate at this step. */
  readonly rate: number;
  /** Counted from 1. */
  readonly step: number;
}

/** What a thread is told once the common norm is known. */
export interface UpdateSettings extends StepSettings {
  readonly gradientScale: number;
}

/** What a step needs of a parameter. */
export type Updated = Pick<
  TrainedParameter,
  "weights" | "gradient" | "moments" | "decays" | "rateShare"
>;

export function updateParameter(
  { weights, gradient, moments, decays, rateShare }: Updated,
  { adamw, rate, step, gradientScale }: UpdateSettings,
): void {
  adamWStep(weights, gradient, moments, {
    settings: decays ? adamw : { ...adamw, weightDecay: 0 },
    rate: rate * rateShare,
    step,
    gradientScale,
  });
}
