// config.json → model.

import { AppError } from "../base/index.ts";
import { bert } from "./bert.ts";
import type { RawConfig } from "./config-reader.ts";
import type { MaskedLanguageModel } from "./masked-lm.ts";
import { modernBert } from "./modernbert.ts";

const ARCHITECTURES: Readonly<Record<string, (raw: RawConfig) => MaskedLanguageModel>> = {
  bert,
  modernbert: modernBert,
};

/**
 * The masked language model that a Hugging Face config.json describes.
 *
 * @throws AppError `unsupported_model` for a `model_type` or a field that is not supported.
 */
export function maskedLanguageModel(raw: RawConfig): MaskedLanguageModel {
  const type = String(raw["model_type"]);
  const build = Object.hasOwn(ARCHITECTURES, type) ? ARCHITECTURES[type] : undefined;
  if (build !== undefined) return build(raw);
  const known = Object.keys(ARCHITECTURES).join(", ");
  throw new AppError("unsupported_model", `config.json: model_type "${type}"; known: ${known}`);
}
