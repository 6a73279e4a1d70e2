// A release: a new version of a model on its way to all traffic, or back.

import type { ReleaseReason, ReleaseState } from "../wire/index.ts";
import type { Doer } from "./types.ts";

/** A version as it was when the release began, so that the way back is exact. */
export interface ArmSnapshot {
  readonly version: string;
  /** SHA-256 of its weights; of a trained version, of its patch. */
  readonly sha256: string;
  /** What its confidence is divided by; null where nothing was fitted, or nothing known of it. */
  readonly temperature: number | null;
}

/** What a canary is held to. */
export interface CanaryLimits {
  /** The most errors a minute, as a share of the requests; the breaker's. */
  readonly errorShareMax: number;
  /** The slowest twentieth of the canary's answers against the stable version's. */
  readonly p95RatioMax: number;
  /** Resident memory against the stable version's. */
  readonly memoryRatioMax: number;
  /** Share of answers that are not half as sure as three quarters of the stable version's. */
  readonly confidenceShareMax: number;
  /**
   * Of pairs of judged answers, one of each arm, that differ: the share in which the canary's has
   * the ✗. 1: whatever people say.
   */
  readonly verdictLossShareMax: number;
  /** Share of what both were asked that has another first candidate. 1: whatever it says. */
  readonly disagreementShareMax: number;
  /** Requests of the canary in a step, probes included, before it can be passed. */
  readonly sampleMin: number;
}

/** `by` and `key` are of who moved it last. */
export interface Release extends Doer {
  readonly id: string;
  readonly model: string;
  readonly state: ReleaseState;
  /** What answers beside the canary, and what a switch-back goes to. */
  readonly stable: ArmSnapshot;
  readonly canary: ArmSnapshot;
  /** The canary's share of the requests now, 0..1. */
  readonly share: number;
  /** Shares that it goes through, ascending; the last is 1. */
  readonly steps: readonly number[];
  /** How long a step lasts at least. */
  readonly intervalMs: number;
  /** The canary is asked beside the stable version, and never answers. */
  readonly isShadow: boolean;
  /** After its first step it waits for a person. */
  readonly waits: boolean;
  /** What its canary is held to. */
  readonly limits: CanaryLimits;
  /** Although the gate had refused the version. */
  readonly isForced: boolean;
  readonly createdAt: string;
  /** Since when it has been in this state and at this share; ISO 8601, UTC. */
  readonly since: string;
  /** Why it was moved last. */
  readonly reason: string;
  /** The same as data; an older program kept the sentence alone. */
  readonly why?: ReleaseReason | undefined;
}
