// How often a canary that only shadows would have answered as the stable version did.

import type { FillOutput } from "../../tasks/fill-mask/index.ts";

export interface AgreementReport {
  /** Blanks that both filled. */
  readonly compared: number;
  /** The same first candidate. */
  readonly sameFirst: number;
  /** The stable version's first candidate is among the canary's first three. */
  readonly firstInThree: number;
  /** Mean of the canary's first score minus the stable version's. */
  readonly meanScoreDifference: number;
}

/** Whether both put the same word first, in the first blank; undefined where one has none. */
export function isSameFirst(
  stable: readonly FillOutput[],
  canary: readonly FillOutput[],
): boolean | undefined {
  const first = stable[0]?.blanks[0]?.candidates[0];
  const other = canary[0]?.blanks[0]?.candidates[0];
  return first && other && first.text === other.text;
}

export class Agreement {
  #compared = 0;
  #sameFirst = 0;
  #firstInThree = 0;
  #scoreDifference = 0;

  add(stable: readonly FillOutput[], canary: readonly FillOutput[]): void {
    for (const [i, output] of stable.entries()) {
      for (const [blank, { candidates }] of output.blanks.entries()) {
        const [first] = candidates;
        const others = canary[i]?.blanks[blank]?.candidates ?? [];
        const [other] = others;
        if (first === undefined || other === undefined) continue;
        this.#compared += 1;
        this.#scoreDifference += other.score - first.score;
        if (other.text === first.text) this.#sameFirst += 1;
        if (others.slice(0, 3).some(({ text }) => text === first.text)) this.#firstInThree += 1;
      }
    }
  }

  report(): AgreementReport {
    return {
      compared: this.#compared,
      sameFirst: this.#sameFirst,
      firstInThree: this.#firstInThree,
      meanScoreDifference: this.#compared === 0 ? 0 : this.#scoreDifference / this.#compared,
    };
  }
}
