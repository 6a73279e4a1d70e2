// Settings of blank filling that belong to one model, in `fill-mask.json` beside its weights.

import { AppError } from "../../base/index.ts";
import type { LengthModel } from "./length-model.ts";
import { WORD_LENGTH_MAX } from "./lexicon.ts";

export interface FillMaskSettings {
  readonly lengths: LengthModel;
  /** The longest row in tokens that is shown to the model. */
  readonly windowTokens: number;
  /**
   * Windows in which a choice among given words is made, each having the same say; the one above
   * alone when absent. A small model is led astray by what is far, and needs it now and then.
   */
  readonly choiceWindows?: readonly number[] | undefined;
  /** What scores are divided by, so that confidence is true (Guo et al. 2017); default 1. */
  readonly temperature?: number | undefined;
  /** Words that it learned and the shipped list lacks; a blank may become them, too. */
  readonly words?: readonly string[] | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** [CLS], [SEP], a word of four tokens, and something to go by on both sides. */
const WINDOW_TOKENS_MIN = 16;

/**
 * Checks the parsed content of `file`.
 *
 * @throws AppError `damaged_file` naming the field that is missing or wrong.
 */
export function parseFillMaskSettings(json: Fields, file: string): FillMaskSettings {
  const check = <T>(field: string, value: unknown, { is, what }: Expected<T>): T => {
    if (is(value)) return value;
    throw new AppError(
      "damaged_file",
      `${file}: ${field} is ${JSON.stringify(value) ?? "missing"}, expected ${what}; ` +
        "take the file from the model's publisher again, or remove it",
    );
  };
  const lengths = check("lengths", json["lengths"], OBJECT);
  const { choiceWindows, temperature, words } = json;
  return {
    lengths: {
      bias: check("lengths.bias", lengths["bias"], BIASES),
      peakWeight: check("lengths.peakWeight", lengths["peakWeight"], NUMBER),
      massWeight: check("lengths.massWeight", lengths["massWeight"], NUMBER),
    },
    windowTokens: check("windowTokens", json["windowTokens"], WINDOW),
    ...(choiceWindows !== undefined && {
      choiceWindows: check("choiceWindows", choiceWindows, WINDOWS),
    }),
    ...(temperature !== undefined && {
      temperature: check("temperature", temperature, POSITIVE),
    }),
    ...(words !== undefined && { words: check("words", words, WORDS) }),
  };
}

interface Expected<T> {
  readonly is: (value: unknown) => value is T;
  readonly what: string;
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

const OBJECT: Expected<Fields> = {
  is: (value): value is Fields => typeof value === "object" && value !== null,
  what: "an object",
};
const NUMBER: Expected<number> = { is: isNumber, what: "a number" };
const POSITIVE: Expected<number> = {
  is: (value): value is number => isNumber(value) && value > 0,
  what: "a number above 0",
};
const BIASES: Expected<number[]> = {
  is: (value): value is number[] =>
    Array.isArray(value) && value.length === WORD_LENGTH_MAX && value.every(isNumber),
  what: `${WORD_LENGTH_MAX} numbers`,
};
const WORDS: Expected<string[]> = {
  is: (value): value is string[] =>
    Array.isArray(value) && value.every((word) => typeof word === "string"),
  what: "a list of words",
};
const isWindow = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= WINDOW_TOKENS_MIN;
const WINDOW: Expected<number> = {
  is: isWindow,
  what: `a whole number from ${WINDOW_TOKENS_MIN} on`,
};
const WINDOWS: Expected<number[]> = {
  is: (value): value is number[] =>
    Array.isArray(value) && value.length > 0 && value.every(isWindow),
  what: `whole numbers from ${WINDOW_TOKENS_MIN} on`,
};
