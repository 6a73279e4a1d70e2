// How far measuring a version is, or what goes before it, with a way to stop on the way.

import { AppError } from "../base/index.ts";
import type { RunControl } from "./recipes/recipe.ts";

/**
 * Tells of a phase how much is done. What it gives throws `cancelled` when the run is to stop: half
 * a measurement is none, and of activations those that are there stay.
 */
export function stepReporter(
  phase: "prefix" | "before" | "after",
  { total, control }: { readonly total: number; readonly control: RunControl },
): (done: number) => void {
  return (done) => {
    control.onProgress({ phase, done, total });
    if (control.shouldStop()) {
      const what = phase === "prefix" ? "prepared its texts" : "measured";
      throw new AppError("cancelled", `The training was stopped while it ${what}.`);
    }
  };
}
