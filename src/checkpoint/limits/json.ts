// JSON files of a checkpoint, read with a size limit and with errors that say which file is wrong.

import { readFileSync, statSync } from "node:fs";

import { AppError, messageOf } from "../../base/index.ts";

/** A parsed JSON object of which nothing but being an object is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object (not null, not an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a UTF-8 text file of at most `maxBytes`.
 * Throws `not_found` when there is no such file, `damaged_file` when it is larger or not UTF-8.
 */
export function readTextFile(path: string, maxBytes: number): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile()) {
    throw new AppError("not_found", `${path} does not exist or is not a file; check the path.`);
  }
  if (stats.size > maxBytes) {
    throw new AppError(
      "damaged_file",
      `${path} has ${stats.size} bytes, more than the limit of ${maxBytes}; ` +
        "it is not what its name says. Download it again from its publisher.",
    );
  }
  return decodeUtf8(readFileSync(path), path);
}

/** Decodes strict UTF-8; throws `damaged_file` that names `what` otherwise. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError("damaged_file", `${what} is not valid UTF-8; download or save it again.`, {
      cause: error,
    });
  }
}

/** Parses a JSON object; throws `damaged_file` that names `what` for anything else. */
export function parseJsonObject(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError(
      "damaged_file",
      `${what} is not valid JSON (${messageOf(error)}); it may be truncated. Download it again.`,
      { cause: error },
    );
  }
  if (isJsonObject(value)) return value;
  const seen = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  throw new AppError("damaged_file", `${what} holds ${seen}, expected a JSON object.`);
}

/** Reads a JSON object from a file; errors as {@link readTextFile} and {@link parseJsonObject}. */
export function readJsonFile(path: string, maxBytes: number): JsonObject {
  return parseJsonObject(readTextFile(path, maxBytes), path);
}
