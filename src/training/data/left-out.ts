// Says which samples a run does not learn from, and why.

import type { SampleInFile } from "../../tasks/fill-mask/index.ts";
import type { RunControl } from "../recipes/recipe.ts";

const ROWS_NAMED = 10;

/** One note with the rows of the samples that are not among those that stay; none when all are. */
export function noteLeftOut(
  samples: readonly SampleInFile[],
  staying: readonly SampleInFile[],
  { why, control }: { readonly why: string; readonly control: Pick<RunControl, "onProgress"> },
): void {
  const kept = new Set(staying);
  const rows = samples.filter((sample) => !kept.has(sample)).map(({ row }) => row);
  if (rows.length === 0) return;
  const named = rows.slice(0, ROWS_NAMED).join(", ") + (rows.length > ROWS_NAMED ? ", …" : "");
  const text = `${rows.length} of ${samples.length} samples are left out, ${why}: rows ${named}`;
  control.onProgress({ phase: "note", text });
}
