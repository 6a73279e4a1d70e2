// What every recipe is to the run around it.

import type { Weights } from "../../checkpoint/index.ts";
import type { GateFinding } from "../../wire/index.ts";
import type { TrainingProgressReport } from "../order.ts";
import type { Measures } from "../whole-measuring.ts";

/** How a run is watched and stopped. */
export interface RunControl {
  readonly onProgress: (report: TrainingProgressReport) => void;
  /**
   * Asked after each step; true ends the run with a checkpoint. While it prepares or measures, true
   * ends it with what it had before.
   */
  readonly shouldStop: () => boolean;
}

/** What a recipe makes of an order: what to measure with, and how to train. */
export interface PreparedTraining {
  readonly measures: Measures;
  /** Samples or documents that are learned from. */
  readonly trainingCount: number;
  /** Answers that are learned, which a blank may become from then on. */
  readonly words: readonly string[];
  train(checkpointDirectory: string): Promise<TrainedWeights>;
}

export interface TrainedWeights {
  readonly weights: Weights;
  readonly step: number;
  readonly totalSteps: number;
  readonly seconds: number;
  /** False when stopped before the end. */
  readonly finished: boolean;
  /** Why these weights should not be released, whatever the metrics say. */
  readonly remarks: readonly GateFinding[];
}
