// What a run learns from, as the lines of a sample file: what waits in feedback, and what earlier
// versions learned.

import { AppError } from "../base/index.ts";
import type { FeedbackStore, Registry, SampleContent } from "../registry/index.ts";
import type { TrainingRun } from "../wire/index.ts";
import { keptSamples, replaces } from "./kept-samples.ts";
import type { EarlierLines, RunFiles } from "./run-files.ts";
import type { SuiteQuestions } from "./suite-questions.ts";

export interface Taking {
  readonly run: string;
  /** The most samples that stand on one user's word. */
  readonly perUser: number;
  readonly suites: Pick<SuiteQuestions, "isAsked" | "askedBy">;
}

/**
 * Takes what waits for a model, as lines of a sample file; it is the run's until the store's
 * `markUsed` or `releaseRun`. What a suite asks by now is held instead.
 *
 * @throws AppError `invalid_input` when nothing with a right word waits, with how much waits for
 *   such a sample, and the suites that ask what is held.
 */
export async function takeSamples(
  store: FeedbackStore,
  model: string,
  { run, perUser, suites }: Taking,
): Promise<string[]> {
  const queued = await store.list({ model, states: ["queued"] });
  const asked = queued.filter((sample) => suites.isAsked(sample));
  await store.hold(
    asked.map(({ id }) => id),
    "asked",
  );
  const taken = await store.takeQueue(model, { run, perUser });
  if (taken.length > 0) return taken.map(lineOf);
  const held = await store.list({ model, states: ["held"], hold: "asked" });
  const asking = held.map((sample) => suites.askedBy(sample)).filter((names) => names.length > 0);
  throw nothingWaits(model, { asking, unanswered: await store.countUnanswered({ model }) });
}

interface LeftWaiting {
  /** For each sample that is held for it, the names of the suites that ask it. */
  readonly asking: readonly (readonly string[])[];
  readonly unanswered: number;
}

function nothingWaits(model: string, { asking, unanswered }: LeftWaiting): AppError {
  const names = [...new Set(asking.flat())].toSorted();
  const asked =
    names.length === 0
      ? ""
      : ` Held and not learned: ${asking.length}, asked by ` +
        `${names.length === 1 ? "the suite" : "the suites"} ${names.join(", ")}.`;
  const wrong =
    unanswered === 0
      ? ""
      : ` Of ${unanswered === 1 ? "1 sample" : `${unanswered} samples`} only wrong words are ` +
        "known: they are learned beside one that has a right word.";
  return new AppError(
    "invalid_input",
    `No sample with a right word waits for ${model}.${asked}${wrong} Correct answers on the Fill ` +
      "page, or import a file with `whetstone feedback import`.",
    { details: { model, ...(names.length > 0 && { suites: names }) } },
  );
}

/** What a person should know of samples that a run has just left for the next one. */
export async function notesOnWaiting(
  store: Pick<FeedbackStore, "waiting">,
  model: string,
  perUser: number,
): Promise<string[]> {
  const { ready, later, unanswered } = await store.waiting(model, perUser);
  // A run has just been found for them, so that only the limit can have kept them out of it.
  const count = ready + later + unanswered;
  if (count === 0) return [];
  return [
    `${count} ${count === 1 ? "sample is" : "samples are"} left for the next run: one takes at ` +
      `most ${perUser} on one user's word alone (feedback.samplesPerUser)`,
  ];
}

/** More would make a run long to prepare; each pass repeats some of them. */
const EARLIER_MAX = 500;

/**
 * What earlier versions learned, the newest of it, as lines of a file for `run`, which repeats it:
 * it may begin at a version that has not learned them, and what a run does not show may be
 * forgotten.
 */
export async function takeEarlier(
  registry: Pick<Registry, "feedback" | "learned" | "showModel">,
  model: string,
  run: string,
): Promise<EarlierLines> {
  const most = EARLIER_MAX;
  const kept = await keptSamples(registry, model, most);
  const besides = kept.map(({ at }) => at);
  const learned = await registry.feedback.takeEarlier(model, { run, most, besides });
  const fed = new Map(learned.map((sample) => [sample.text, sample]));
  const others = kept
    .filter((sample) => !replaces(fed.get(sample.text), sample))
    .slice(0, most - learned.length);
  return { fed: learned.map(lineOf), kept: others.map(({ line }) => line).toReversed() };
}

/** What has become of what a run took from feedback. */
export interface Standing {
  /** Nobody has refused what it learns, deleted it, or given it other words since. */
  readonly isAsTaken: boolean;
  /** What it repeats, now without what was refused or deleted; absent when unchanged. */
  readonly fed?: readonly string[];
}

export async function standingOf(
  store: Pick<FeedbackStore, "takenBy" | "repeatedBy">,
  run: Pick<TrainingRun, "id" | "source">,
  files: Pick<RunFiles, "linesOf">,
): Promise<Standing> {
  const { id, source } = run;
  const { samples, fed } = files.linesOf(id);
  const taken = await store.takenBy(id);
  const held = taken.filter((sample) => sample.state === "in-run" && sample.run === id);
  const repeated = await store.repeatedBy(id);
  const now = repeated.filter(({ state }) => state === "used").map(lineOf);
  const isAsTaken = isSame(source === "feedback" ? samples : [], held.map(lineOf));
  return isSame(fed, now) ? { isAsTaken } : { isAsTaken, fed: now };
}

function isSame(lines: readonly string[], others: readonly string[]): boolean {
  return lines.length === others.length && lines.every((line, i) => line === others[i]);
}

/** A sample as a line of a file; the same sample gives the same line. */
export function lineOf(sample: SampleContent): string {
  const { text, answers, rejected, domain, source } = sample;
  const reviewed = sample.isReviewed === true || undefined;
  return JSON.stringify({ text, answers, rejected, domain, source, reviewed });
}
