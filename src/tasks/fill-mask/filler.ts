// Fills the blanks of texts with a masked language model. Several blanks are filled together: the
// surest first, each seeing what was put into the others.

import {
  AppError,
  characterCount,
  TARGET_COUNT_MAX,
  TEXT_LENGTH_MAX,
  TOP_K_MAX,
} from "../../base/index.ts";
import type { Scorer, ServingScorer } from "../../models/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { fillBlanks, findBlanks, type Blank } from "./blanks.ts";
import { topIndices } from "./distribution.ts";
import type { LengthEvidence, LengthModel } from "./length-model.ts";
import type { Lexicon } from "./lexicon.ts";
import { Rounds } from "./rounds.ts";
import { frameOf, rowAround, type Frame } from "./row.ts";
import { Turns } from "./turns.ts";
import type { Candidate, Filler, FillInput, FillOutput } from "./types.ts";
import {
  chooseAmong,
  searchWords,
  wordsByLength,
  type AskBlank,
  type ScoredWord,
  type WordSearch,
  type WordView,
} from "./words.ts";

/** What a filler is made of. */
export interface FillerParts {
  /** Float32 unless it says otherwise. */
  readonly scorer: Scorer & Partial<ServingScorer>;
  readonly tokenizer: Tokenizer;
  /** Words for blanks of open length; made when they are first wanted. */
  readonly lexicon: () => Lexicon;
  readonly lengths: LengthModel;
  /** The longest row in tokens that is shown to the model. */
  readonly windowTokens: number;
  /** The same where words are given to choose among, which each of these judges. */
  readonly choiceWindows: readonly number[];
  /** What scores are divided by; 1 leaves them as they are. */
  readonly temperature: number;
}

/**
 * What the model makes of one open blank at each of the lengths 1–4, for fitting the length model.
 *
 * @throws AppError `no_blank` when the text has none
 */
export async function lengthEvidence(parts: FillerParts, text: string): Promise<LengthEvidence[]> {
  const { frame } = prepare(parts, { text, topK: 1, length: "auto" });
  const rounds = new Rounds(parts.scorer, parts.temperature);
  const ask = askAbout(parts, { frame, blank: 0, fillings: [[]], rounds });
  const search = searchOver(parts, ask);
  const groups = await wordsByLength(search, parts.lexicon(), describeVocabulary(parts.tokenizer));
  return groups.map(({ evidence }) => evidence);
}

const TARGET_TOKENS_MAX = 16;

/** A filler that owns `scorer` from now on. */
export function createFiller(parts: FillerParts): Filler {
  const { tokenizer } = parts;
  const vocabulary = describeVocabulary(tokenizer);
  const unknown = tokenizer.tokenOf(tokenizer.special.unk);
  const turns = new Turns();
  return {
    precision: parts.scorer.precision ?? "fp32",
    agreement: parts.scorer.agreement,
    asRead: (word) => {
      const tokens = tokenizer.tokens(word);
      // Words that the vocabulary lacks are not the same for that.
      return tokens.includes(unknown) ? word : tokens.join(" ");
    },
    async fill(inputs, signal) {
      // Everything is checked before anything runs: an answer is all or nothing.
      const prepared = inputs.map((input, i) => naming(i, () => prepare(parts, input)));
      const rounds = new Rounds(parts.scorer, parts.temperature, { turns, signal });
      return Promise.all(prepared.map((text) => answer({ ...parts, vocabulary }, text, rounds)));
    },
    [Symbol.dispose]: () => parts.scorer[Symbol.dispose](),
  };
}

interface Target {
  readonly text: string;
  readonly ids: readonly number[];
}

/** An input that has passed every check. */
interface Prepared {
  readonly input: FillInput;
  readonly blanks: readonly Blank[];
  readonly frame: Frame;
  readonly targets: readonly Target[] | undefined;
}

/** Adds the index of the text to an error, for requests of several texts. */
function naming<T>(text: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const details = { ...error.details, text };
    throw new AppError(error.code, error.message, { details, cause: error });
  }
}

function prepare({ tokenizer }: FillerParts, input: FillInput): Prepared {
  const { text } = input;
  const length = characterCount(text);
  if (length > TEXT_LENGTH_MAX) {
    throw new AppError(
      "text_too_long",
      `the text has ${length} characters; at most ${TEXT_LENGTH_MAX} are taken`,
      { details: { limitCharacters: TEXT_LENGTH_MAX } },
    );
  }
  if (!Number.isInteger(input.topK) || input.topK < 1 || input.topK > TOP_K_MAX) {
    throw new AppError(
      "invalid_input",
      `topK is ${input.topK}; expected a whole number from 1 to ${TOP_K_MAX}`,
    );
  }
  const targets = input.targets && tokenizeTargets(tokenizer, input.targets);
  // Words longer than one token can only be chosen among where the length is open.
  const long = targets?.find(({ ids }) => ids.length > 1);
  if (long !== undefined && input.length === 1) {
    throw new AppError(
      "invalid_input",
      `target "${long.text}" has ${long.ids.length} tokens, but the blank holds one; ` +
        'use length "auto"',
      { details: { target: long.text, tokens: long.ids.length } },
    );
  }
  const open = long !== undefined;
  const blanks = findBlanks(input).map((blank) => (open ? { ...blank, open } : blank));
  return { input, blanks, frame: frameOf(tokenizer, text, blanks), targets };
}

function tokenizeTargets(tokenizer: Tokenizer, words: readonly string[]): Target[] {
  if (words.length === 0 || words.length > TARGET_COUNT_MAX) {
    throw new AppError(
      "invalid_input",
      `${words.length} targets; expected 1 to ${TARGET_COUNT_MAX} words`,
    );
  }
  const { unk, ...notWords } = tokenizer.special;
  const isNoWord = new Set(Object.values(notWords));
  const unknown = tokenizer.tokenOf(unk);
  return [...new Set(words)].map((text) => {
    const ids = tokenizer.encode(text, { specialTokens: false });
    if (ids.length === 0 || ids.length > TARGET_TOKENS_MAX) {
      throw new AppError(
        "invalid_input",
        `target "${text}" has ${ids.length} tokens; expected 1 to ${TARGET_TOKENS_MAX}`,
      );
    }
    // What stands for nothing in the vocabulary is a word all the same, unless it is called so.
    if (text.includes(unknown) || ids.some((id) => isNoWord.has(id))) {
      throw new AppError(
        "invalid_input",
        `target "${text}" holds a sign of the model that is no word, such as [MASK]; ` +
          "expected words that may stand in the text",
      );
    }
    return { text, ids };
  });
}

/** Which tokens can be shown, and which stand as words of their own. */
interface VocabularyView extends WordView {
  readonly isSpecial: (id: number) => boolean;
}

function describeVocabulary(tokenizer: Tokenizer): VocabularyView {
  const special = new Set(Object.values(tokenizer.special));
  let isWord: readonly boolean[] | undefined;
  const describe = (): readonly boolean[] =>
    Array.from({ length: tokenizer.vocabularySize }, (_, id) => {
      return !special.has(id) && /^[\p{L}\p{N}]+$/u.test(tokenizer.tokenOf(id));
    });
  return {
    // A model may score more than its tokenizer has.
    textOf: (id) => (id < tokenizer.vocabularySize ? textOf(tokenizer, id) : ""),
    // Only blanks of open length want to know.
    isWord: (id) => (isWord ??= describe())[id] ?? false,
    isSpecial: (id) => special.has(id),
  };
}

/** What a token adds to a text: where "##" continues a word, "##e" adds "e". */
function textOf(tokenizer: Tokenizer, id: number): string {
  const token = tokenizer.decode([id]).trim();
  const { continuingPrefix: prefix } = tokenizer;
  if (prefix === undefined || token === prefix || !token.startsWith(prefix)) return token;
  return token.slice(prefix.length);
}

type Parts = FillerParts & { readonly vocabulary: VocabularyView };

/** A blank and nothing around it. */
const EMPTY_FRAME: Frame = { pieces: [[], []] };

/** The candidates of all blanks of one text. */
async function answer(parts: Parts, text: Prepared, rounds: Rounds): Promise<FillOutput> {
  const { input, blanks } = text;
  const { mask } = parts.tokenizer.special;
  // A blank not yet filled shows as one mask, or as two where a word is wanted.
  const fillings = blanks.map(({ open }) => (open ? [mask, mask] : [mask]));
  const ranked = async (blank: number): Promise<ScoredWord[]> => {
    const place = { frame: text.frame, blank, fillings, rounds };
    const ask = askAbout(parts, place);
    const near = parts.choiceWindows.map((tokens) => askAbout(parts, place, tokens));
    const alone = askAbout(parts, { frame: EMPTY_FRAME, blank: 0, fillings: [[]], rounds });
    const open = blanks[blank]?.open ?? false;
    const { targets } = text;
    const { topK } = input;
    const kind = { open, isToken: input.length === 1, isFree: input.words === "any" };
    return rank(parts, { ask, near, alone, ...kind, targets, topK });
  };

  const words = await Promise.all(blanks.map((_, i) => ranked(i)));
  const sureness = words.map((list) => list[0]?.logScore ?? -Infinity);
  const order = topIndices(sureness, blanks.length);
  for (const [turn, blank] of order.entries()) {
    // The surest blank has just been judged as it stands; the others see it filled.
    if (turn > 0) words[blank] = await ranked(blank);
    fillings[blank] = [...(words[blank]?.[0]?.ids ?? [mask])];
  }
  // With all others filled, every blank but the last one is judged once more.
  const earlier = order.slice(0, -1);
  const again = await Promise.all(earlier.map((blank) => ranked(blank)));
  for (const [i, blank] of earlier.entries()) words[blank] = again[i] ?? [];
  const best = words.map((list) => list[0]?.text ?? "");
  return {
    blanks: words.map((list, blank) => ({
      candidates: firstTexts(list, input.topK).map((word): Candidate => {
        const chosen = best.map((other, i) => (i === blank ? word.text : other));
        return {
          text: word.text,
          score: Math.exp(word.logScore),
          sequence: fillBlanks(input.text, blanks, chosen),
          ...asToken(parts.tokenizer, word),
        };
      }),
    })),
  };
}

/** Words as long as they read in no more ways than that. */
function firstTexts(words: readonly ScoredWord[], count: number): readonly ScoredWord[] {
  const texts = new Set<string>();
  const end = words.findIndex(({ text }) => texts.add(text).size > count);
  return end < 0 ? words : words.slice(0, end);
}

/** The one token of a word, if it is one. */
function asToken(
  tokenizer: Tokenizer,
  { ids, text }: ScoredWord,
): Pick<Candidate, "tokenId" | "token"> {
  const [tokenId, ...others] = ids;
  if (tokenId === undefined || others.length > 0) return {};
  // Models score ids that their tokenizer lacks; a target stays as its caller has written it.
  const token = tokenId < tokenizer.vocabularySize ? tokenizer.decode([tokenId]) : text;
  return { tokenId, ...(token !== text && token.endsWith(text) ? { token } : {}) };
}

/** Questions about one blank, the others standing as they are filled at this moment. */
function askAbout(
  { tokenizer, windowTokens }: FillerParts,
  {
    frame,
    blank,
    fillings,
    rounds,
  }: {
    frame: Frame;
    blank: number;
    fillings: readonly (readonly number[])[];
    rounds: Rounds;
  },
  tokensMax = windowTokens,
): AskBlank {
  return (questions) =>
    rounds.ask(
      questions.map(({ filling, columns, tokens }) => {
        const row = rowAround(frame, {
          blank,
          fillings: fillings.map((other, i) => (i === blank ? filling : other)),
          tokenizer,
          tokensMax,
        });
        return { ids: row.ids, columns: columns.map((column) => row.column + column), tokens };
      }),
    );
}

function searchOver({ tokenizer, scorer, lengths }: FillerParts, ask: AskBlank): WordSearch {
  const { mask } = tokenizer.special;
  return { ask, mask, vocabularySize: scorer.vocabularySize, lengths };
}

interface Ranking {
  readonly ask: AskBlank;
  /** The same in each of the windows for choices. */
  readonly near: readonly AskBlank[];
  /** Asks about the same blank without its text. */
  readonly alone: AskBlank;
  readonly open: boolean;
  /** Whether tokens were asked for, so that targets are not weighed against each other. */
  readonly isToken: boolean;
  /** Whether words that no list has are wanted, too. */
  readonly isFree: boolean;
  readonly targets: readonly Target[] | undefined;
  readonly topK: number;
}

/** Words for a blank, the best first; targets that the vocabulary lacks are last, with score 0. */
async function rank(parts: Parts, ranking: Ranking): Promise<ScoredWord[]> {
  const { unk } = parts.tokenizer.special;
  const { targets } = ranking;
  // What the model says of [UNK] is about none of the words that it stands for.
  const unknown = (targets ?? [])
    .filter(({ ids }) => ids.includes(unk))
    .map((target) => ({ ...target, logScore: -Infinity }));
  if (targets === undefined || unknown.length === 0) return rankKnown(parts, ranking);
  const known = targets.filter(({ ids }) => !ids.includes(unk));
  if (known.length === 0) return unknown;
  return [...(await rankKnown(parts, { ...ranking, targets: known })), ...unknown];
}

async function rankKnown(
  parts: Parts,
  { ask, near, alone, open, isToken, isFree, targets, topK }: Ranking,
): Promise<ScoredWord[]> {
  const { vocabulary } = parts;
  const search = searchOver(parts, ask);
  // In any blank, so that what a word scores is of the same kind whatever stands beside it.
  if (targets !== undefined && !isToken) return chooseAmong(search, targets, { near, alone });
  if (open) return searchWords({ ...search, isFree }, parts.lexicon(), vocabulary);

  const { mask } = search;

  const [scores] = (await ask([{ filling: [mask], columns: [0] }])) as [Float32Array];
  const word = (id: number, text: string): ScoredWord => {
    return { ids: [id], text, logScore: scores[id] as number };
  };
  if (targets !== undefined) {
    return targets
      .map(({ ids, text }) => word(ids[0] as number, text))
      .sort((a, b) => b.logScore - a.logScore);
  }
  const allowed = scores.map((score, id) => (vocabulary.isSpecial(id) ? -Infinity : score));
  // One word may be two tokens.
  return topIndices(allowed, 2 * topK).map((id) => word(id, vocabulary.textOf(id)));
}
