// How a training shall go, read from the fields of a form. Knows nothing of the recipes' own values.

import type { LoraTarget, PatchRecipe, TrainingRunRequest } from "../../src/wire/index.ts";

/** Where a training differs from what the recipe does by itself. */
export type RunWish = Omit<TrainingRunRequest, "model" | "samples">;

/** As they were typed; an empty one leaves it to the recipe. */
export interface RunFields {
  readonly recipe: PatchRecipe;
  readonly rank: string;
  readonly alpha: string;
  readonly targets: readonly LoraTarget[];
  readonly epochs: string;
  readonly seed: string;
}

export type RunProblem = Exclude<keyof RunFields, "recipe">;

export type ReadRunWish = { readonly wish: RunWish } | { readonly problem: RunProblem };

export const TARGETS: readonly LoraTarget[] = ["attention", "mlp", "head"];
export const NO_RUN_WISH: RunFields = {
  recipe: "incremental",
  rank: "",
  alpha: "",
  targets: TARGETS,
  epochs: "",
  seed: "",
};

/** The server takes no others. */
const RANK_MAX = 256;
const ALPHA_MAX = 1024;
const EPOCHS_MAX = 10_000;
const SEED_MAX = 2 ** 31;

/** What was wished, or the field that cannot be meant; empty for what the recipe does by itself. */
export function readRunWish(fields: RunFields): ReadRunWish {
  const { recipe, targets } = fields;
  const isLora = recipe === "lora";
  const epochs = wholeNumberIn(fields.epochs, 1, EPOCHS_MAX);
  const seed = wholeNumberIn(fields.seed, 0, SEED_MAX);
  const rank = isLora ? wholeNumberIn(fields.rank, 1, RANK_MAX) : undefined;
  const alpha = isLora ? numberIn(fields.alpha) : undefined;
  if (rank === null) return { problem: "rank" };
  if (alpha === null || alpha === 0 || (alpha ?? 1) > ALPHA_MAX) return { problem: "alpha" };
  if (isLora && targets.length === 0) return { problem: "targets" };
  if (epochs === null) return { problem: "epochs" };
  if (seed === null) return { problem: "seed" };
  const lora = {
    ...(rank !== undefined && { rank }),
    ...(alpha !== undefined && { alpha }),
    ...(targets.length < TARGETS.length && { targets: [...targets] }),
  };
  return {
    wish: {
      ...(isLora && { recipe }),
      ...(isLora && Object.keys(lora).length > 0 && { lora }),
      ...(epochs !== undefined && { epochs }),
      ...(seed !== undefined && { seed }),
    },
  };
}

function wholeNumberIn(text: string, least: number, most: number): number | null | undefined {
  const value = numberIn(text);
  if (value === undefined || value === null) return value;
  return Number.isInteger(value) && value >= least && value <= most ? value : null;
}

/** Undefined for nothing, null for what is no number; full-width digits are digits. */
function numberIn(text: string): number | null | undefined {
  const plain = text.normalize("NFKC").trim();
  if (plain === "") return undefined;
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}
