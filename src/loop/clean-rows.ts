// Samples without personal data, row by row: one that cannot be freed of it holds up no other.

import { AppError } from "../base/index.ts";
import { mapInTurns } from "../jobs/index.ts";

interface InRow {
  /** In a file or a request, from 1. */
  readonly row: number;
}

export interface CleanedRows<Sample extends InRow> {
  /** In the same order; a line is undefined where its row is blocked. */
  readonly cleaned: readonly { readonly sample: Sample; readonly line: string | undefined }[];
  /** Rows of samples that could not be freed of personal data. */
  readonly blocked: readonly number[];
}

/** Of these in a message. */
const ROWS_SHOWN = 30;

/**
 * What `clean`, which throws as the scrubber does, makes of each sample.
 *
 * @throws AppError `scrub_failed` when no sample is left.
 */
export async function cleanRows<Sample extends InRow>(
  samples: readonly Sample[],
  clean: (sample: Sample) => string,
): Promise<CleanedRows<Sample>> {
  const cleaned = await mapInTurns(samples, (sample) => {
    return { sample, line: cleanLine(() => clean(sample)) };
  });
  const blocked = cleaned.flatMap(({ sample, line }) => (line === undefined ? [sample.row] : []));
  if (blocked.length === samples.length) throw nothingLeft(samples.length);
  return { cleaned, blocked };
}

/** What a person should know of the rows that are left out. */
export function notesOnBlocked(rows: readonly number[]): string[] {
  if (rows.length === 0) return [];
  const are = rows.length === 1 ? "sample is" : "samples are";
  return [
    `${rows.length} ${are} left out for personal data that cannot be replaced: ${listed(rows)}`,
  ];
}

/** "row 2", "rows 2, 5" */
export function listed(rows: readonly number[]): string {
  const more = rows.length > ROWS_SHOWN ? ", …" : "";
  return `${rows.length === 1 ? "row" : "rows"} ${rows.slice(0, ROWS_SHOWN).join(", ")}${more}`;
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
    `None of the ${count} samples could be freed of personal data, so none was taken. ` +
      "Shorten or rewrite them.",
  );
}
