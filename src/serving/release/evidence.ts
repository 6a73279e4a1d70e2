// What speaks against a canary, gathered from the answers of both arms: a breaker for emergencies,
// and one running test for each thing that a gate looks at. Time is handed in. What is counted are
// requests that a version was asked, whole or in part: what comes from memory can neither fail nor
// be late, and is in no count.

import type { CanaryLimits } from "../../registry/index.ts";
import type { CheckName, ReleaseReason } from "../../wire/index.ts";
import {
  BREAKER_ALPHA,
  BREAKER_SAMPLE_MIN,
  confidenceHypotheses,
  errorHypotheses,
  SHARED_CAUSE_ALPHA,
  SLOW,
  slowFrom,
  unsureBelow,
} from "./limits.ts";
import type { Arm } from "./route.ts";
import { RunningTest, type TestState } from "./running-test.ts";
import { tailOf, type Count, type Hypotheses } from "./sequential.ts";
import { SparseSignals } from "./sparse-signals.ts";
import { ErrorWindow, Recent } from "./window.ts";

/** One request as an arm answered it. */
export interface Observation {
  readonly arm: Arm;
  readonly isError: boolean;
  readonly ms: number;
  /** Score of the first candidate, 0..1; undefined after an error, and where it was in memory. */
  readonly confidence: number | undefined;
}

/** A probe as both arms answered it. */
export interface ProbePair extends Readonly<Record<Arm, Omit<Observation, "arm">>> {
  /** What was asked. */
  readonly text: string;
  /** Whether both put the same word first; undefined where one has none. */
  readonly isSame: boolean | undefined;
}

export interface Check {
  readonly name: CheckName;
  readonly state: TestState;
  /** As a share or ratio, in the unit of `limit`; null while nothing is known. */
  readonly value: number | null;
  readonly limit: number;
}

export interface Verdict {
  readonly kind: "passed" | "inconclusive" | "failed";
  readonly why: ReleaseReason;
}

/** New answers of the stable arm before they are looked at. */
const REFERENCE_MIN = 50;
/** Looks, one a second, that memory is judged by: their median, so that no peak decides. */
const MEMORY_LOOKS = 30;

/** What canary answers are judged by, from the stable arm's as of a moment ago. */
interface Reference {
  readonly errors: Hypotheses;
  readonly slowMs: number | undefined;
  readonly unsureBelow: number | undefined;
}

export class Evidence {
  readonly #limits: CanaryLimits;
  readonly #errors = { stable: new ErrorWindow(), canary: new ErrorWindow() };
  /** Of the stable arm, in ms. */
  readonly #latency = new Recent();
  readonly #confidence = new Recent();
  /** Ratios of memory, one a look. */
  readonly #memory = new Recent(MEMORY_LOOKS);
  /** Verdicts and agreement, over the whole release. */
  readonly sparse: SparseSignals;
  #reference: Reference = {
    errors: errorHypotheses({ count: 0, events: 0 }),
    slowMs: undefined,
    unsureBelow: undefined,
  };
  #tests = newTests();
  /** Texts of the probes that have told how sure the canary is, in this step. */
  readonly #probed = new Set<string>();
  /** The stable arm's in this step. */
  #stable = { count: 0, events: 0 };

  constructor(limits: CanaryLimits) {
    this.#limits = limits;
    this.sparse = new SparseSignals(limits);
  }

  /** Requests of the canary in this step, probes included. */
  get sampleCount(): number {
    return this.#tests.errors.seen.count;
  }

  /** Requests and errors of both arms within the last minute. */
  lastMinute(nowMs: number): Readonly<Record<Arm, Count>> {
    const { stable, canary } = this.#errors;
    return { stable: stable.lastMinute(nowMs), canary: canary.lastMinute(nowMs) };
  }

  /** Begins a step: the tests start anew, what is known of the stable arm stays. */
  beginStep(): void {
    this.#tests = newTests();
    this.#probed.clear();
    this.#stable = { count: 0, events: 0 };
  }

  observe({ arm, isError, ms, confidence }: Observation, nowMs: number): void {
    this.#countError(arm, isError, nowMs);
    if (arm === "stable") {
      if (!isError) this.#latency.add(ms);
      if (confidence !== undefined) this.#confidence.add(confidence);
      return;
    }
    const { slowMs, unsureBelow: floor } = this.#reference;
    if (!isError && slowMs !== undefined) this.#tests.latency.add(ms > slowMs, SLOW);
    if (confidence !== undefined && floor !== undefined) {
      this.#tests.confidence.add(confidence < floor, confidenceHypotheses(this.#limits));
    }
  }

  /**
   * A probe that both arms were asked. The stable arm's answer is what the canary's is measured by,
   * and nothing else is: texts of probes say nothing of how long people's take, or how sure they
   * find a version.
   */
  observePair({ text, stable, canary, isSame }: ProbePair, nowMs: number): void {
    this.#countError("stable", stable.isError, nowMs);
    this.#countError("canary", canary.isError, nowMs);
    if (canary.isError || stable.isError) return;
    this.#tests.latency.add(canary.ms > slowFrom(stable.ms, this.#limits), SLOW);
    if (isSame !== undefined) this.sparse.compareProbe(text, isSame);
    this.#compareConfidence(text, stable.confidence, canary.confidence);
  }

  /** Looks at the stable arm, for the answers that come next; to be called every second. */
  settle(nowMs: number): void {
    const errors = errorHypotheses(this.#errors.stable.lastMinute(nowMs));
    this.#reference = { ...this.#reference, errors };
    if (this.#latency.unseenCount < REFERENCE_MIN) return;
    const p95 = this.#latency.quantile(0.95);
    const quartile = this.#confidence.quantile(0.25);
    if (p95 === undefined || quartile === undefined) return;
    const slowMs = slowFrom(p95, this.#limits);
    this.#reference = { errors, slowMs, unsureBelow: unsureBelow(quartile) };
  }

  /** The canary's resident memory against the stable version's, at a look. */
  observeMemory(ratio: number): void {
    this.#memory.add(ratio);
  }

  /** Why the canary must go at once; undefined while it need not. */
  alarm(nowMs: number): ReleaseReason | undefined {
    const minute = this.#errors.canary.lastMinute(nowMs);
    const { errorShareMax } = this.#limits;
    if (minute.count < BREAKER_SAMPLE_MIN) return undefined;
    if (minute.events <= minute.count * errorShareMax) return undefined;
    const stable = this.#errors.stable.lastMinute(nowMs);
    if (tailOf(minute, errorHypotheses(stable).fine) > BREAKER_ALPHA) return undefined;
    if (isShared(minute, stable)) return undefined;
    const { count: requests, events } = minute;
    return { code: "failing", failed: events, requests, allowed: errorShareMax };
  }

  /** What each test says at this moment. */
  checks(): readonly Check[] {
    return [...this.#gates(), ...this.sparse.checks()];
  }

  /** Those that a step has to pass. */
  #gates(): readonly Check[] {
    const { errorShareMax, confidenceShareMax, memoryRatioMax } = this.#limits;
    const { errors, latency, confidence } = this.#tests;
    const isBoth = errors.state === "failed" && isShared(errors.seen, this.#stable);
    const memoryRatio = this.#memory.quantile(0.5);
    const isHeavy = memoryRatio !== undefined && memoryRatio > memoryRatioMax;
    return [
      {
        name: "errors",
        state: isBoth ? "doubt" : errors.state,
        value: errors.share,
        limit: errorShareMax,
      },
      { name: "latency", state: latency.state, value: latency.share, limit: SLOW.fine },
      {
        name: "confidence",
        state: confidence.state,
        value: confidence.share,
        limit: confidenceShareMax,
      },
      {
        name: "memory",
        state: !isHeavy ? "ok" : this.#memory.isFull ? "failed" : "doubt",
        value: memoryRatio ?? null,
        limit: memoryRatioMax,
      },
    ];
  }

  /** Whether something that a step has to pass speaks against the canary, though not enough. */
  get isInDoubt(): boolean {
    return this.#gates().some(({ state }) => state === "doubt");
  }

  /** What the gates say of the step so far; "failed" may be acted upon at any time. */
  verdict(): Verdict {
    const failed = this.checks().find(({ state }) => state === "failed");
    if (failed !== undefined) return { kind: "failed", why: found(failed, true) };
    const { sampleMin } = this.#limits;
    const count = this.sampleCount;
    if (count < sampleMin) {
      return { kind: "inconclusive", why: { code: "too-few", count, needed: sampleMin } };
    }
    const doubt = this.#gates().find(({ state }) => state === "doubt");
    if (doubt !== undefined) return { kind: "inconclusive", why: found(doubt, false) };
    return { kind: "passed", why: { code: "passed", count } };
  }

  /**
   * Whether the canary is far less sure of a probe than the stable arm is of the same. Each text
   * counts once a step: times and faults differ from one try to the next, but a version finds the
   * same text as sure every time, so that asking again is no second sample.
   */
  #compareConfidence(text: string, stable: number | undefined, canary: number | undefined): void {
    if (stable === undefined || canary === undefined || this.#probed.has(text)) return;
    this.#probed.add(text);
    const isUnsure = canary < unsureBelow(stable);
    this.#tests.confidence.add(isUnsure, confidenceHypotheses(this.#limits));
  }

  #countError(arm: Arm, isError: boolean, nowMs: number): void {
    this.#errors[arm].add(nowMs, isError);
    if (arm === "canary") {
      this.#tests.errors.add(isError, this.#reference.errors);
      return;
    }
    this.#stable.count += 1;
    if (isError) this.#stable.events += 1;
  }
}

/** Whether both arms may suffer from the same: errors fall on the canary as its requests do. */
function isShared(canary: Count, stable: Count): boolean {
  // Next to nothing on the stable arm: it could not tell.
  if (stable.count < canary.count / 10) return false;
  const all = { count: canary.events + stable.events, events: canary.events };
  return tailOf(all, canary.count / (canary.count + stable.count)) > SHARED_CAUSE_ALPHA;
}

function newTests(): Record<"errors" | "latency" | "confidence", RunningTest> {
  return { errors: new RunningTest(), latency: new RunningTest(), confidence: new RunningTest() };
}

function found({ name, value, limit }: Check, isProven: boolean): ReleaseReason {
  return { code: name, value: value ?? 0, limit, isProven };
}
