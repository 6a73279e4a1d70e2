// Time that passes when a test says so. Delayed work runs in order of its time, then of its start.

/** A clock and its alarms; structurally the `Timer` of src/serving. */
export class FakeTimer {
  #nowMs = 0;
  #alarms: { readonly atMs: number; readonly run: () => void }[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const alarm = { atMs: this.#nowMs + delayMs, run };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((each) => each !== alarm);
    };
  }

  /** Alarms that are set and not taken back. */
  get alarmCount(): number {
    return this.#alarms.length;
  }

  /** Lets time pass, and everything that was due happen. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    for (let due = this.#nextBefore(untilMs); due !== undefined; due = this.#nextBefore(untilMs)) {
      this.#nowMs = due.atMs;
      this.#alarms = this.#alarms.filter((each) => each !== due);
      due.run();
      await settled();
    }
    this.#nowMs = untilMs;
    await settled();
  }

  #nextBefore(untilMs: number): { readonly atMs: number; readonly run: () => void } | undefined {
    return this.#alarms.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}

/** Resolves after all promises that can be settled without time passing. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
