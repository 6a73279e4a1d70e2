// What a version makes of the samples held out, with progress and a way to stop.

import { AppError } from "../base/index.ts";
import {
  evaluateFiller,
  type Filler,
  type FillMetrics,
  type Sample,
} from "../tasks/fill-mask/index.ts";
import type { RunControl } from "./recipes/recipe.ts";

/** Throws `cancelled` when it is stopped on the way: half a measurement is none. */
export function measureHeldOut(
  filler: Filler,
  heldOut: readonly Sample[],
  { phase, control }: { readonly phase: "before" | "after"; readonly control: RunControl },
): Promise<FillMetrics> {
  const total = heldOut.length;
  return evaluateFiller(filler, heldOut, (done) => {
    control.onProgress({ phase, done, total });
    if (control.shouldStop()) {
      throw new AppError("cancelled", "The training was stopped while it measured.");
    }
  });
}
