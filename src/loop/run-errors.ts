// What is said when a training run cannot be started, stopped or resumed.

import { AppError } from "../base/index.ts";
import type { TrainingRun } from "../wire/index.ts";

export function unknownRun(id: string): AppError {
  return new AppError(
    "not_found",
    `There is no training run ${JSON.stringify(id.slice(0, 80))}; ` +
      "GET /api/training-runs lists them.",
    { details: { id } },
  );
}

/** `run` is undefined while it is being prepared. */
export function trainingUnderWay(model: string, run: string | undefined): AppError {
  return new AppError(
    "conflict",
    `A training of ${model} is under way; wait for its end, or stop it first.`,
    { details: { model, run } },
  );
}

export function notNow(run: TrainingRun, wanted: string, needed: string): AppError {
  return new AppError(
    "conflict",
    `Training run ${run.id} is ${run.state}; only one that is ${needed} can be ${wanted}.`,
    { details: { id: run.id, state: run.state } },
  );
}

export function samplesChanged({ id }: TrainingRun): AppError {
  return new AppError(
    "conflict",
    `Samples that training run ${id} learns were changed or deleted since it was ` +
      "stopped. It is given up, and what it had taken from feedback waits again; start a new run.",
    { details: { id } },
  );
}
