export {
  pretrain,
  type PretrainingOptions,
  type PretrainingRecipe,
  type PretrainingResult,
} from "./pretraining.ts";
export type { Phase } from "./data/packed-batches.ts";
export type { StepReport } from "./trainer.ts";
