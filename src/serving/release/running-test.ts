// One question about a canary, asked anew with everything that it does: evidence that adds up, and
// what it comes to. It knows neither arms nor time.

import { DOUBT_ALPHA, GATE_ALPHA } from "./limits.ts";
import { evidenceOf, proofAt, type Count, type Hypotheses } from "./sequential.ts";

/** doubt: too much to go on without a person · failed: proven. */
export type TestState = "ok" | "doubt" | "failed";

export class RunningTest {
  #evidence = 0;
  #count = 0;
  #events = 0;

  add(isEvent: boolean, hypotheses: Hypotheses): void {
    const events = isEvent ? 1 : 0;
    this.#count += 1;
    this.#events += events;
    this.#evidence += evidenceOf({ count: 1, events }, hypotheses);
  }

  get seen(): Count {
    return { count: this.#count, events: this.#events };
  }

  get share(): number | null {
    return this.#count === 0 ? null : this.#events / this.#count;
  }

  get state(): TestState {
    if (this.#evidence >= proofAt(GATE_ALPHA)) return "failed";
    return this.#evidence >= proofAt(DOUBT_ALPHA) ? "doubt" : "ok";
  }
}
