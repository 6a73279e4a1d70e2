export {
  pretrain,
  type PretrainingOptions,
  type PretrainingRecipe,
  type PretrainingResult,
} from "./pretraining.ts";
export type { Phase, StepReport } from "./trainer.ts";
