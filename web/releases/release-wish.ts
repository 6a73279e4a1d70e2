// How a release shall go, read from the fields of a form. Knows nothing of the server's settings.

import type { DeploymentRequest } from "../../src/wire/index.ts";

/** Where a release differs from the settings of the server. */
export type ReleaseWish = Omit<DeploymentRequest, "model" | "version">;

/** As they were typed; an empty one leaves it to the settings. */
export interface WishFields {
  /** Percents, as in "5, 20, 50, 100". */
  readonly steps: string;
  readonly seconds: string;
  readonly shadow: boolean;
}

export type WishProblem = Exclude<keyof WishFields, "shadow">;

export type ReadWish = { readonly wish: ReleaseWish } | { readonly problem: WishProblem };

export const NO_WISH: WishFields = { steps: "", seconds: "", shadow: false };

/** The server takes no more: a week. */
const SECONDS_MAX = 604_800;
const STEPS_MAX = 100;

/** What was wished, or the field that cannot be meant. */
export function readWish({ steps, seconds, shadow }: WishFields): ReadWish {
  const percents = percentsIn(steps);
  if (percents === undefined) return { problem: "steps" };
  const interval = numberIn(plain(seconds).trim());
  const isFit = interval !== undefined && interval <= SECONDS_MAX;
  if (seconds.trim() !== "" && !isFit) return { problem: "seconds" };
  return {
    wish: {
      ...(percents.length > 0 && { steps: percents }),
      ...(isFit && { intervalSeconds: interval }),
      ...(shadow && { shadow }),
    },
  };
}

/** Undefined unless they ascend from above 0 to at most 100. */
function percentsIn(text: string): number[] | undefined {
  const words = plain(text)
    .split(/[\s,、;%]+/)
    .filter((word) => word !== "");
  const percents = words.flatMap((word) => numberIn(word) ?? []);
  const isAscending = percents.every((percent, i) => percent > (percents[i - 1] ?? 0));
  const isFit = isAscending && (percents.at(-1) ?? 0) <= 100 && percents.length <= STEPS_MAX;
  return isFit && percents.length === words.length ? percents : undefined;
}

/** Full-width signs, as a Chinese keyboard has them, become those of ASCII. */
function plain(text: string): string {
  return text.normalize("NFKC");
}

function numberIn(word: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(word) ? Number(word) : undefined;
}
