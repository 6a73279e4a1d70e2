// A training run as a person sees it: bars for its phases, and Ctrl-C.

import { AppError } from "../base/index.ts";
import type {
  FinishedTraining,
  RunningTraining,
  TrainingOutcome,
  TrainingProgressReport,
} from "../training/index.ts";
import { startProgress, type Progress } from "./progress.ts";
import { formatSeconds } from "./table.ts";
import { say, type Terminal } from "./terminal.ts";

const LABELS = {
  prefix: "frozen layers",
  before: "measuring before",
  training: "training",
  sweep: "how far to go",
  after: "measuring after",
};
/** Of the newest loss in the running mean that is shown. */
const SMOOTHING = 0.1;

/**
 * Shows a run until it ends. The first interruption stops it with a checkpoint, the second at once.
 * Throws `cancelled` for one that a person ended, and what the run throws.
 *
 * @param start starts the run with the listener it is given
 */
export async function watchTraining(
  terminal: Terminal,
  start: (onProgress: (report: TrainingProgressReport) => void) => RunningTraining,
): Promise<FinishedTraining> {
  const view = new TrainingView(terminal);
  const run = start((report) => view.show(report));
  let interruptions = 0;
  const forget = terminal.onInterrupt(() => {
    interruptions++;
    if (interruptions > 1) {
      run.kill();
      return;
    }
    view.end();
    say(terminal, "stopping with a checkpoint; once more ends it at once");
    run.stop();
  });
  try {
    return requireFinished(await run.outcome);
  } catch (error) {
    throw interruptions > 1 ? endedAtOnce(error) : error;
  } finally {
    forget();
    view.end();
  }
}

function requireFinished(outcome: TrainingOutcome): FinishedTraining {
  if (outcome.kind === "finished") return outcome;
  throw new AppError(
    "cancelled",
    `The training was stopped after step ${outcome.step} of ${outcome.totalSteps}. ` +
      "The same command continues it.",
    { details: { step: outcome.step, totalSteps: outcome.totalSteps } },
  );
}

function endedAtOnce(cause: unknown): AppError {
  const what = "The training was ended at once. The same command goes on from its checkpoint.";
  return new AppError("cancelled", what, { cause });
}

class TrainingView {
  readonly #terminal: Terminal;
  #phase: string | undefined;
  #progress: Progress | undefined;
  #loss: number | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(report: TrainingProgressReport): void {
    if (report.phase === "note") {
      this.end();
      say(this.#terminal, report.text);
      return;
    }
    if (this.#phase !== report.phase || this.#progress === undefined) {
      this.end();
      this.#phase = report.phase;
      this.#progress = startProgress(this.#terminal, LABELS[report.phase]);
    }
    this.#progress.update(report.done, report.total, this.#noteOf(report));
  }

  /** Leaves the line of the present phase. */
  end(): void {
    this.#progress?.end();
    this.#progress = undefined;
  }

  #noteOf(report: Exclude<TrainingProgressReport, { phase: "note" }>): string {
    if (report.phase !== "training") return "";
    const { loss, heldOutLoss, secondsLeft } = report;
    this.#loss = this.#loss === undefined ? loss : this.#loss + SMOOTHING * (loss - this.#loss);
    const held = heldOutLoss === undefined ? "" : `  held-out ${heldOutLoss.toFixed(3)}`;
    return `loss ${this.#loss.toFixed(3)}${held}  ${formatSeconds(secondsLeft)} left`;
  }
}
