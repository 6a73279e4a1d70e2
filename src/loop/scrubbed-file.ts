// A file of samples without personal data, as one that may be trained on and kept.

import type { Scrubber } from "../feedback/index.ts";
import { cleanRows } from "./clean-rows.ts";
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
 * @throws AppError `scrub_failed` when no sample is left, and as `readTrainingSamples`.
 */
export async function scrubFile(file: string, scrubber: Scrubber): Promise<ScrubbedFile> {
  const { readTrainingSamples } = await import("../tasks/fill-mask/index.ts");
  const samples = readTrainingSamples(file);
  const { cleaned, blocked } = await cleanRows(samples, (sample) =>
    JSON.stringify(scrubbed(sample, scrubber)),
  );
  const count = samples.length - blocked.length;
  const isSame = cleaned.every(({ sample: { row: _row, ...sample }, line }) => {
    return line === JSON.stringify(sample);
  });
  if (isSame) return { lines: undefined, count, blocked };
  const lines = Array.from({ length: samples.at(-1)?.row ?? 0 }, () => "");
  for (const { sample, line } of cleaned) lines[sample.row - 1] = line ?? "";
  return { lines, count, blocked };
}
