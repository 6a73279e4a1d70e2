// Asking versions what nobody asked, to compare both arms in low traffic.

import { AppError, required, type Clock } from "../../base/index.ts";
import type { ResolvedVersion } from "../../registry/index.ts";
import { TYPICAL_INPUTS, type FillInput, type FillOutput } from "../../tasks/fill-mask/index.ts";
import type { Fleet } from "../fleet.ts";
import { isSameFirst } from "./agreement.ts";
import type { Observation, ProbePair } from "./evidence.ts";
import type { Arm } from "./route.ts";

const DEADLINE_MS = 30_000;
/** The blank of a typical text; each has one. */
const BLANK = /\[MASK\]|___/;
const MASK = "[MASK]";
const PUNCTUATION = /\p{P}/u;

/**
 * What is asked, in turn: the typical texts, then each of them with one more character hidden. The
 * texts alone would be too few: a version answers the same text the same way every time, so that
 * asking again proves nothing, and 16 answers prove next to nothing at the level of the gates. The
 * hidden character stands before the blank of the text, since what is compared is the first blank.
 */
export const PROBES: readonly FillInput[] = [...TYPICAL_INPUTS, ...inTurn(TYPICAL_INPUTS)];

/** What an arm said to a probe. */
interface Answer {
  readonly seen: Omit<Observation, "arm">;
  /** None after an error. */
  readonly outputs: readonly FillOutput[];
}

/** The same text to both arms; undefined when one has no time for it, or has ended meanwhile. */
export async function askBoth(
  fleet: Fleet,
  arms: Readonly<Record<Arm, ResolvedVersion>>,
  { turn, clock }: { readonly turn: number; readonly clock: Clock },
): Promise<ProbePair | undefined> {
  const input = required(PROBES[turn % PROBES.length], "a probe");
  const ask = async (arm: Arm): Promise<Answer | undefined> => {
    const startMs = clock.monotonicMs();
    const answerOf = (outputs: readonly FillOutput[]): Answer => {
      const confidence = outputs[0]?.blanks[0]?.candidates[0]?.score;
      const ms = clock.monotonicMs() - startMs;
      return { seen: { isError: outputs.length === 0, ms, confidence }, outputs };
    };
    const live = fleet.find(arms[arm]);
    if (live === undefined) return undefined;
    try {
      const results = await live.submit([input], { deadlineMs: DEADLINE_MS, isFailFast: true });
      return answerOf(results.flatMap((result) => (result instanceof AppError ? [] : [result])));
    } catch (error) {
      if (error instanceof AppError && error.code === "busy") return undefined;
      return answerOf([]);
    }
  };
  // In turns, so that neither arm always comes second.
  const order = turn % 2 === 0 ? (["stable", "canary"] as const) : (["canary", "stable"] as const);
  const first = await ask(order[0]);
  const second = await ask(order[1]);
  if (first === undefined || second === undefined) return undefined;
  const [stable, canary] = order[0] === "stable" ? [first, second] : [second, first];
  const isSame = isSameFirst(stable.outputs, canary.outputs);
  return { text: input.text, stable: stable.seen, canary: canary.seen, isSame };
}

/** Each input with each of its characters hidden; neighbours are of different texts. */
function inTurn(inputs: readonly FillInput[]): readonly FillInput[] {
  const variants = inputs.map(withOneMoreHidden);
  const most = Math.max(...variants.map(({ length }) => length));
  const places = Array.from({ length: most }, (_, place) => place);
  return places.flatMap((place) => variants.flatMap((each) => each[place] ?? []));
}

function withOneMoreHidden(input: FillInput): readonly FillInput[] {
  const [before = "", after = ""] = input.text.split(BLANK);
  const characters = [...before];
  return characters.flatMap((character, place) => {
    if (PUNCTUATION.test(character)) return [];
    const text = [...characters.with(place, MASK), MASK, after].join("");
    return [{ ...input, text }];
  });
}
