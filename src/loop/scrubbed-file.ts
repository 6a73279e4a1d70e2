// A file of samples without personal data, as one that may be trained on and kept.

import { AppError } from "../base/index.ts";
import type { Scrubber } from "../feedback/index.ts";
import { mapInTurns } from "../jobs/index.ts";
import { scrubbed } from "./scrubbed-sample.ts";

export interface ScrubbedFile {
  /** Undefined: nothing in the file is personal, and it may be used as it is. */
  readonly lines: readonly string[] | undefined;
  /** Samples that are left. */
  readonly count: number;
  /** Rows, from 1, of samples that could not be freed of personal data; they are left out. */
  readonly blocked: readonly number[];
}

/**
 * The samples of a file, each in the row that it had, by which a version names those that it left
 * out. The same file gives the same lines.
 *
 * @throws AppError `scrub_failed` when no sample is left, and as `readSamples`.
 */
export async function scrubFile(file: string, scrubber: Scrubber): Promise<ScrubbedFile> {
  const { readSamples } = await import("../tasks/fill-mask/index.ts");
  const samples = readSamples(file);
  const cleaned = await mapInTurns(samples, (inFile) => {
    const { row, ...sample } = inFile;
    const line = cleanLine(() => JSON.stringify(scrubbed(inFile, scrubber)));
    return { row, line, isChanged: line !== JSON.stringify(sample) };
  });
  const blocked = cleaned.flatMap(({ row, line }) => (line === undefined ? [row] : []));
  const count = samples.length - blocked.length;
  if (count === 0) throw nothingLeft(samples.length);
  if (!cleaned.some(({ isChanged }) => isChanged)) return { lines: undefined, count, blocked };
  const lines = Array.from({ length: cleaned.at(-1)?.row ?? 0 }, () => "");
  for (const { row, line } of cleaned) lines[row - 1] = line ?? "";
  return { lines, count, blocked };
}

/** Undefined for a sample that the scrubber blocks. */
function cleanLine(clean: () => string): string | undefined {
  try {
    return clean();
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function nothingLeft(count: number): AppError {
  return new AppError(
    "scrub_failed",
    `None of the ${count} samples could be freed of personal data, so none was learned. ` +
      "Shorten or rewrite them.",
  );
}
