export type {
  FinishedTraining,
  FromTraining,
  Suite,
  ToTraining,
  TrainingOrder,
  TrainingOutcome,
  TrainingProgressReport,
  TrainingRecipe,
  TuningOrder,
  WholeOrder,
} from "./order.ts";
export {
  continuePretraining,
  pretrain,
  type ContinuedPretrainingOptions,
  type PretrainingOptions,
  type PretrainingRecipe,
  type PretrainingResult,
} from "./pretraining.ts";
export type { Phase } from "./data/packed-batches.ts";
export type { GateLimits } from "./gate.ts";
export type { Suspect } from "./incremental/suspects.ts";
export { discardRun, isRunUnfinished, runDirectoryOf } from "./run-directory.ts";
export { runTraining } from "./run-training.ts";
export type { RunControl } from "./recipes/recipe.ts";
export { startTraining, type RunningTraining } from "./start-training.ts";
export type { StepReport } from "./trainer.ts";
