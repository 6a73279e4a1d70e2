// The sentences about measurements over time.

import type { ProbeResult } from "../../src/wire/index.ts";
import type { Notice } from "./messages.ts";

export interface ProbesMessages {
  readonly title: string;
  readonly start: string;
  readonly loading: string;
  /** `share` of the questions is done, 0..1; undefined until it is known. */
  readonly measuring: (version: string, share: number | undefined) => string;
  readonly failed: (reason: string) => string;
  readonly empty: Notice;
  /** Names of the suites that ship. */
  readonly suites: Readonly<Record<string, string>>;
  readonly kinds: Readonly<Record<ProbeResult["kind"], string>>;
  readonly questions: (count: number) => string;
  readonly curve: (suite: string, count: number) => string;
  /** `names`: as "1 → 2", in the order in which they were measured. */
  readonly versions: (names: string) => string;
  readonly measured: (version: string, when: string) => string;
  readonly top1: string;
  readonly top3: string;
  readonly mrr: string;
  readonly ece: string;
  readonly brier: string;
  readonly flipped: (version: string) => string;
  readonly against: (version: string) => string;
  readonly paired: (test: NonNullable<ProbeResult["paired"]>) => string;
}
