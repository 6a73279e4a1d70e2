// The training that the schedule starts: each model for which enough waits, one after another. What
// becomes of a new version is for those who listen to the runs.

import { messageOf } from "../base/index.ts";
import type { SuiteKnowledge } from "../feedback/index.ts";
import type { FeedbackStore, Registry } from "../registry/index.ts";
import type { TrainingRun } from "../wire/index.ts";
import type { TrainingRuns } from "./training-runs.ts";

export interface ScheduledTrainingOptions {
  readonly registry: Pick<Registry, "listModels"> & {
    readonly feedback: Pick<FeedbackStore, "list">;
  };
  readonly training: Pick<TrainingRuns, "list" | "show" | "start" | "subscribe">;
  /** What they ask is not learned, and does not count. */
  readonly suites: Pick<SuiteKnowledge, "isAsked">;
  /** With fewer new samples that have a right word, a model waits for the next time. */
  readonly minSamples: number;
}

/** Trains what is due; gives what came of it, in a sentence. */
export async function trainWhatWaits(options: ScheduledTrainingOptions): Promise<string> {
  const outcomes: string[] = [];
  for (const { id: model } of await options.registry.listModels()) {
    try {
      const outcome = await trainModel(model, options);
      if (outcome !== undefined) outcomes.push(`${model}: ${outcome}`);
    } catch (error) {
      outcomes.push(`${model}: failed: ${messageOf(error)}`);
    }
  }
  return outcomes.length === 0
    ? "nothing with a right word waits to be learned"
    : outcomes.join("; ");
}

/** Trains a model if that is due; gives what came of it, undefined where nothing waits. */
async function trainModel(
  model: string,
  { registry, training, minSamples, suites }: ScheduledTrainingOptions,
): Promise<string | undefined> {
  const runs = training.list().filter((run) => run.model === model);
  // One that is under way was started by a person, or before the server was started anew.
  const underWay = runs.find(({ state }) => state === "running");
  if (underWay !== undefined) return described(await endOf(training, underWay.id));
  const stopped = runs.find(({ state }) => state === "stopped");
  // Another run would give it up, and train what a person did not want trained.
  if (stopped !== undefined) return `left alone, since run ${stopped.id} is stopped`;
  const { fresh, again } = await countWaiting({ registry, suites }, model);
  if (fresh + again === 0) return undefined;
  if (fresh < minSamples) {
    const others = again === 0 ? "" : ` (${again} wait again, the gate refused what learned them)`;
    return `${fresh} of ${minSamples} new samples with a right word wait${others}`;
  }
  const { id } = await training.start({ model });
  return described(await endOf(training, id));
}

/**
 * How many with a right word wait, anew and again; what only says what is wrong is learned beside
 * them, and starts no training. What a refused version learned is trained with new samples and not
 * by itself: the same samples would come to the same version, each time.
 */
async function countWaiting(
  { registry, suites }: Pick<ScheduledTrainingOptions, "registry" | "suites">,
  model: string,
): Promise<{ readonly fresh: number; readonly again: number }> {
  const queued = await registry.feedback.list({ model, states: ["queued"] });
  const right = queued.filter((each) => each.answers.length > 0 && !suites.isAsked(each));
  const fresh = right.filter(({ run }) => run === undefined).length;
  return { fresh, again: right.length - fresh };
}

/** The run when it is no longer running. */
function endOf(
  training: Pick<TrainingRuns, "show" | "subscribe">,
  id: string,
): Promise<TrainingRun> {
  return new Promise((resolve) => {
    const forget = training.subscribe((run) => {
      if (run.id === id) look(run);
    });
    const look = (run: TrainingRun): void => {
      if (run.state === "running") return;
      forget();
      resolve(run);
    };
    look(training.show(id));
  });
}

function described({ state, result, error }: TrainingRun): string {
  if (result !== undefined) {
    const { version, gate } = result;
    return `version ${version}, ${gate.passed ? "passed by the gate" : "refused by the gate"}`;
  }
  return error === undefined ? `the run was ${state}` : `failed: ${error.message}`;
}
