// Feedback as it is stored: predictions that may still be judged, what people said of them, and the
// samples that come of it. Everything in here has been scrubbed; users are hashes.

import type { HoldReason, SampleSource, SampleState } from "../wire/index.ts";

/** How long a prediction may be judged. */
export const PREDICTION_LIFETIME_MS = 24 * 3_600_000;

/** A word that was offered for a blank; `score` is a probability, 0..1. */
export interface OfferedWord {
  readonly text: string;
  readonly score: number;
}

/** An answer that can still be judged. */
export interface Prediction {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  /** With its blanks. */
  readonly text: string;
  /** Per blank, best first. */
  readonly blanks: readonly (readonly OfferedWord[])[];
  /** Hash of the user key of the fill, where it had one. */
  readonly user: string | undefined;
  readonly createdMs: number;
}

/** Where an opinion comes from when it is not a prediction. */
export const ORIGIN_IMPORT = "import";
export const ORIGIN_REVIEW = "review";

/** Users that are nobody's hash. */
export const USER_ANONYMOUS = "anonymous";
export const USER_IMPORT = "import";
export const USER_REVIEWER = "reviewer";

/** What one user said of one candidate of one blank; the last one of them counts. */
export interface Opinion {
  /** The id of a prediction, or an origin above. */
  readonly origin: string;
  readonly blank: number;
  /** Empty for a blank that was left open. */
  readonly candidate: string;
  readonly user: string;
  readonly verdict: "accept" | "reject";
  /** The right word, where the candidate was rejected and one was given. */
  readonly answer: string | null;
  /** What the model put first, and how sure it was (0..1); null without a prediction. */
  readonly best: string | null;
  readonly bestScore: number | null;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** A moment in the life of a sample: when it came to a state, or what went before all of them. */
export interface SampleEvent {
  readonly state: "received" | "scrubbed" | SampleState;
  readonly hold: HoldReason | null;
  /** The training run that has it or had it last. */
  readonly run: string | undefined;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What all opinions on a sample come to. */
export interface Judgement {
  readonly answers: readonly string[];
  readonly rejected: readonly string[];
  /** Why a reviewer has to look at it. */
  readonly hold: HoldReason | null;
}

/** Weighs what was said of a sample, oldest first. */
export type Judge = (
  opinions: readonly Opinion[],
  about: { readonly model: string; readonly text: string },
) => Judgement;

/** How much the last training doubted a sample, and what its other samples made of it. */
export interface Doubt {
  /** Below 0; in standard deviations of what the others can tell. */
  readonly margin: number;
  /** The answer that they would give. */
  readonly rival: string;
}

/** A text with one blank and what belongs there, or does not: what a run learns from. */
export interface SampleContent {
  readonly text: string;
  readonly answers: readonly string[];
  readonly rejected: readonly string[];
  readonly domain: string | undefined;
  readonly source: SampleSource;
  /** Whether a reviewer has decided on it, by the time when a run takes it. */
  readonly isReviewed?: boolean | undefined;
}

export interface FeedbackSample extends SampleContent {
  readonly id: string;
  readonly model: string;
  readonly state: SampleState;
  readonly hold: HoldReason | null;
  /** Until a reviewer decides on it. */
  readonly doubt: Doubt | undefined;
  /**
   * The training run that has it or had it last. One that waits has one only where it waits again:
   * the gate refused the run's version, which had learned it as it is.
   */
  readonly run: string | undefined;
  /** How many users have said something about it, imports and reviewers left out. */
  readonly userCount: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A sample of a run, with where it stands now and which run had it last. */
export type TakenSample = SampleContent & Pick<FeedbackSample, "state" | "run">;

/** An opinion on its way into the sample of its text, which is made when there is none yet. */
export interface Statement {
  readonly model: string;
  readonly text: string;
  readonly domain?: string | undefined;
  readonly source: SampleSource;
  /** Before it was scrubbed, ISO 8601, UTC; when absent, at the time of the opinion. */
  readonly receivedAt?: string | undefined;
  readonly opinion: Opinion;
}

export interface SampleQuery {
  readonly model?: string | undefined;
  readonly states?: readonly SampleState[] | undefined;
  readonly hold?: HoldReason | undefined;
  readonly source?: SampleSource | undefined;
  readonly domain?: string | undefined;
  /** Whether it has a right word. */
  readonly isAnswered?: boolean | undefined;
  /** Those that a training doubted, and no reviewer has decided on. */
  readonly isDoubted?: true | undefined;
  /** Part of the text. */
  readonly search?: string | undefined;
  /** doubt: the most doubtful first, then by the newest change, as all are otherwise. */
  readonly order?: "doubt" | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** What a reviewer puts in place of all opinions; absent fields stay. */
export interface Revision {
  readonly id: string;
  readonly text?: string | undefined;
  readonly domain?: string | undefined;
  readonly answers: readonly string[];
  readonly rejected: readonly string[];
}

export type SampleCounts = Readonly<Record<SampleState, number>>;

/** A version that learned from a sample. */
export interface Learner {
  readonly model: string;
  readonly version: string;
}

/** What a version has learned, as it learned it. */
export interface Learned {
  readonly version: Learner;
  /** Then the version is none that people are to use, and its samples wait again. */
  readonly isRefused?: boolean | undefined;
}

export interface Deleted {
  readonly samples: number;
  readonly predictions: number;
  /** Samples that stay, since others said something about them too, without what this user said. */
  readonly changed: number;
  /** Versions that learned from what is gone. */
  readonly learnedBy: readonly Learner[];
  /** Runs under way that took some of it: what comes of them will have learned from it, too. */
  readonly runs: readonly string[];
}

/** What waits for training runs of a model, in samples. */
export interface Waiting {
  /** The next run takes them, also those that have only wrong words. */
  readonly ready: number;
  /** They stand on the word of users for whom the next run is full, and wait for a later one. */
  readonly later: number;
  /** They have only wrong words, and no run takes them before there is one with a right word. */
  readonly unanswered: number;
}

export interface QueueOptions {
  /** The training run that takes them. */
  readonly run: string;
  /** The most samples of one user in a run. */
  readonly perUser?: number | undefined;
  readonly limit?: number | undefined;
}
