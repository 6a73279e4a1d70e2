// How many requests each model is asked, whether a release of it is under way or not.

import { ErrorWindow } from "./window.ts";

const SECONDS = 60;

export class Traffic {
  readonly #minutes = new Map<string, ErrorWindow>();

  add(model: string, nowMs: number): void {
    const minute = this.#minutes.get(model) ?? new ErrorWindow();
    this.#minutes.set(model, minute);
    minute.add(nowMs, false);
  }

  /** Over the last minute. */
  perSecond(model: string, nowMs: number): number {
    return (this.#minutes.get(model)?.lastMinute(nowMs).count ?? 0) / SECONDS;
  }
}
