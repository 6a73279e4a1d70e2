// From a training that the gate passed to a release, where the settings say so.

import { messageOf, type Logger } from "../base/index.ts";
import type { Releases } from "../serving/index.ts";
import type { TrainingRuns } from "./training-runs.ts";

export interface AutoRelease {
  readonly releases: Pick<Releases, "deploy">;
  /** canary: its first step, then a person decides; full: all steps. */
  readonly auto: "off" | "canary" | "full";
  readonly logger: Logger;
}

/** Begins a release after every finished training whose version was not refused. */
export function followTraining(
  training: Pick<TrainingRuns, "subscribe">,
  { releases, auto, logger }: AutoRelease,
): void {
  if (auto === "off") return;
  training.subscribe(({ state, model, result }) => {
    if (state !== "finished" || result?.gate.passed !== true) return;
    const wish = { model, version: result.version, waits: auto === "canary" };
    releases.deploy(wish, "auto").catch((error: unknown) => {
      logger.warn({ ...wish, error: messageOf(error) }, "a trained version is not released");
    });
  });
}
