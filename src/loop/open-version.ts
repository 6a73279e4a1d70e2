// Opens a version as it will be served, to see whether it works and how long a fill takes. Beside
// it the version that it was made from is asked: what the machine does meanwhile, or another
// machine did, is then no difference between the two. How near its int8 form is to float32 was
// seen when it was staged, and goes into its metrics as `int8`. It opens models, so no server calls
// it.

import { AppError } from "../base/index.ts";
import type { OpenedModel } from "../registry/index.ts";
import type { FillerOptions, FillLatency } from "../tasks/fill-mask/index.ts";

/** Goes into the metrics of a version as `latency`. */
export interface LatencyRecord extends FillLatency {
  readonly threads: number;
  /** Of the numbers that it answers from. */
  readonly precision: FillerOptions["precision"];
  /** Of the version that it was made from, at the same time; null where there is none to open. */
  readonly before: FillLatency | null;
}

/** Errors as `openFiller`, and as a filler's for a model that answers nothing. */
export async function openVersion(
  directory: string,
  { options, parent }: { readonly options: FillerOptions; readonly parent?: string | undefined },
): Promise<OpenedModel> {
  // The task is loaded where something is opened, and the engine by what opens it.
  const { measureLatency, openFiller } = await import("../tasks/fill-mask/index.ts");
  using filler = await openFiller(directory, options);
  using other = parent === undefined ? undefined : await openedIfItCan(parent, options);
  const [own, before = null] = await measureLatency(other ? [filler, other] : [filler]);
  if (own === undefined) return { kind: "fill-mask" };
  const { precision, agreement } = filler;
  const latency: LatencyRecord = { ...own, threads: options.threads, precision, before };
  return { kind: "fill-mask", metrics: { latency, ...(agreement && { int8: agreement }) } };
}

/** Undefined for one that has no weights, or damaged ones: the new one may be good all the same. */
async function openedIfItCan(directory: string, options: FillerOptions) {
  const { openFiller } = await import("../tasks/fill-mask/index.ts");
  try {
    return await openFiller(directory, options);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
