// Reads fields of a config.json with errors that name the field.

import { AppError } from "../base/index.ts";

export type RawConfig = Readonly<Record<string, unknown>>;

const fail = (field: string, seen: unknown, expected: string): AppError =>
  new AppError(
    "unsupported_model",
    `config.json: ${field} is ${JSON.stringify(seen)}; expected ${expected}`,
    { details: { field } },
  );

/** A whole number of at least 1. */
export function countField(raw: RawConfig, field: string, fallback?: number): number {
  const value = raw[field] ?? fallback;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
  throw fail(field, value, "a whole number of at least 1");
}

export function numberField(raw: RawConfig, field: string, fallback: number): number {
  const value = raw[field] ?? fallback;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw fail(field, value, "a number");
}

export function stringField(raw: RawConfig, field: string, fallback: string): string {
  const value = raw[field] ?? fallback;
  if (typeof value === "string") return value;
  throw fail(field, value, "a string");
}

export function flagField(raw: RawConfig, field: string, fallback: boolean): boolean {
  const value = raw[field] ?? fallback;
  if (typeof value === "boolean") return value;
  throw fail(field, value, "true or false");
}
