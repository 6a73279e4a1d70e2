// Names of models and versions: "starter-cloze" and "starter-cloze@2".

import { AppError } from "../base/index.ts";

const MODEL_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const VERSION = /^[1-9][0-9]{0,8}$/;

export interface Reference {
  readonly id: string;
  readonly version: string | undefined;
}

/** Splits "id" or "id@V"; throws `invalid_input` for anything that cannot be one. */
export function parseReference(text: string): Reference {
  const at = text.indexOf("@");
  const id = at < 0 ? text : text.slice(0, at);
  const version = at < 0 ? undefined : text.slice(at + 1);
  requireModelId(id);
  if (version !== undefined && !VERSION.test(version)) {
    throw new AppError(
      "invalid_input",
      `The version in ${quoted(text)} is ${quoted(version)}; ` +
        `expected a whole number, as in "${id}@1".`,
    );
  }
  return { id, version };
}

/** Throws `invalid_input` unless `id` may name a model. */
export function requireModelId(id: string): void {
  if (MODEL_ID.test(id)) return;
  throw new AppError(
    "invalid_input",
    `The model id is ${quoted(id)}; expected 1 to 64 of a–z, 0–9, ".", "_" and "-", ` +
      "beginning with a letter or digit.",
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
