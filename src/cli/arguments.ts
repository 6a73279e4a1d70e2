// Values of arguments as the commands want them; each throws AppErrors that say what is expected.

import { AppError } from "../base/index.ts";
import { parseReference } from "../registry/index.ts";

const QUOTED_MAX = 60;

/** A whole number between two limits, both included. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new AppError("usage", `Expected a whole number from ${least} to ${most}.`);
  };
}

/** A number above 0 and not above `most`. */
export function positiveNumber(most: number): (text: string) => number {
  return (text) => {
    const value = decimal(text);
    if (value > 0 && value <= most) return value;
    throw new AppError("usage", `Expected a number above 0 and at most ${most}.`);
  };
}

/** A share from 0 to 1, both included. */
export function share(text: string): number {
  const value = decimal(text);
  if (value >= 0 && value <= 1) return value;
  throw new AppError("usage", "Expected a number from 0 to 1, as in 0.5.");
}

/** NaN for what is no number in digits. */
function decimal(text: string): number {
  return /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : NaN;
}

/** Words separated by commas, Chinese ones included. */
export function wordList(text: string): readonly string[] {
  const words = text
    .split(/[,，]/)
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (words.length > 0) return words;
  throw new AppError("usage", "Expected words separated by commas, as in 岸,水.");
}

/** "id" or "id@V", unchanged once it is known to be one. */
export function reference(text: string): string {
  parseReference(text);
  return text;
}

/** "id@V", unchanged. */
export function versionReference(text: string): string {
  if (parseReference(text).version !== undefined) return text;
  throw new AppError("invalid_input", `Expected a version, as in "${text}@1".`);
}

/** An id without a version. */
export function modelId(text: string): string {
  const { id, version } = parseReference(text);
  if (version === undefined) return id;
  throw new AppError("invalid_input", `Expected a model without a version: "${id}".`);
}

/** A text in quotes, cut when it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text);
}
