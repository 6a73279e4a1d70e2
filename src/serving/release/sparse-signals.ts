// What comes rarely and still says which version is the better one: people's verdicts on answers of
// both arms, and whether a shadow, or a canary that is probed, answers as the stable version does.
// It can stop a release, and too little of it holds none up. It runs over all steps, since a step
// has next to nothing of it.

import type { CanaryLimits } from "../../registry/index.ts";
import type { Check } from "./evidence.ts";
import { sparseHypotheses } from "./limits.ts";
import type { Arm } from "./route.ts";
import { RunningTest } from "./running-test.ts";

/** An answer that somebody gave ✓ or ✗. */
export interface JudgedAnswer {
  readonly arm: Arm;
  readonly isGood: boolean;
  /** What the arm was chosen by: the user, or the text where no user was named. */
  readonly unit: string;
}

/** Units that are remembered; whoever has not decided by then decides nothing any more. */
const UNITS_MAX = 10_000;
const UNPAIRED_MAX = 100;

export class SparseSignals {
  readonly #limits: CanaryLimits;
  readonly #verdicts = new RunningTest();
  readonly #agreement = new RunningTest();
  readonly #units = new Set<string>();
  /** Texts of the probes that were compared. */
  readonly #probes = new Set<string>();
  /** Judged answers that have met none of the other arm; all of one arm. */
  readonly #unpaired: JudgedAnswer[] = [];

  constructor(limits: CanaryLimits) {
    this.#limits = limits;
  }

  /**
   * Pairs a judged answer with the newest one of the other arm. Pairs that differ fall on either
   * side equally often while the versions are alike, however strictly people judge and however the
   * traffic is split (the sign test, McNemar 1947). Each unit counts once: one user who likes
   * nothing is one voice, whatever arm has all of his requests.
   */
  judge(answer: JudgedAnswer): void {
    if (this.#units.has(answer.unit) || this.#units.size >= UNITS_MAX) return;
    this.#units.add(answer.unit);
    const other = this.#unpaired.at(-1);
    if (other === undefined || other.arm === answer.arm) {
      this.#unpaired.push(answer);
      if (this.#unpaired.length > UNPAIRED_MAX) this.#unpaired.shift();
      return;
    }
    this.#unpaired.pop();
    if (other.isGood === answer.isGood) return;
    const isLost = (answer.arm === "canary") !== answer.isGood;
    addTo(this.#verdicts, isLost, this.#limits.verdictLossShareMax);
  }

  /** Whether a shadow put the stable version's first candidate first. */
  compare(isSame: boolean): void {
    addTo(this.#agreement, !isSame, this.#limits.disagreementShareMax);
  }

  /**
   * Whether both arms put the same word first in a probe. Each text counts once in a release: a
   * version answers it the same way every time, and this test does not begin anew with a step, so
   * that counting it in each would make one odd answer as many as there are steps.
   */
  compareProbe(text: string, isSame: boolean): void {
    if (this.#probes.has(text)) return;
    this.#probes.add(text);
    this.compare(isSame);
  }

  /** Agreement only where something was compared: beside a shadow, and once there were probes. */
  checks(): readonly Check[] {
    const { verdictLossShareMax, disagreementShareMax } = this.#limits;
    const verdicts = checkOf("verdicts", this.#verdicts, verdictLossShareMax);
    if (this.#agreement.share === null) return [verdicts];
    return [verdicts, checkOf("agreement", this.#agreement, disagreementShareMax)];
  }
}

/** Nothing is above a limit of 1. */
function addTo(test: RunningTest, isEvent: boolean, limit: number): void {
  if (limit < 1) test.add(isEvent, sparseHypotheses(limit));
}

function checkOf(name: Check["name"], { state, share }: RunningTest, limit: number): Check {
  return { name, state, value: share, limit };
}
