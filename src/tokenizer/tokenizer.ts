// Text ↔ token ids. The only door to @huggingface/tokenizers; what that library does differently
// from Hugging Face's own tokenizers is repaired here.

import { Tokenizer as UntypedLibrary } from "@huggingface/tokenizers";
import { AppError, messageOf } from "../base/index.ts";
import {
  bertOptionsFromConfig,
  bertTokenizerJson,
  SPECIAL_TOKENS,
  type BertOptions,
  type SpecialRole,
} from "./bert-json.ts";
import { HAN_RANGES, RARE_HAN_RANGES } from "./han.ts";

export interface EncodeOptions {
  /** Put [CLS] before and [SEP] after; default true. */
  readonly specialTokens?: boolean;
}

/** Turns text into ids and back; immutable, so one instance may be shared. */
export interface Tokenizer {
  readonly vocabularySize: number;
  /** Ids of the tokens that are not text; a family without one has undefined there. */
  readonly special: Readonly<Record<SpecialRole, number>>;
  /** What stands before a token that continues a word; undefined where nothing marks one. */
  readonly continuingPrefix: string | undefined;
  /** The ids of `text`; `[MASK]` inside it is the mask id. */
  encode(text: string, options?: EncodeOptions): number[];
  /** The tokens of `text` without [CLS] and [SEP]. */
  tokens(text: string): string[];
  /** Readable text of `ids`, special tokens left out; Han characters are joined without spaces. */
  decode(ids: readonly number[]): string;
  idOf(token: string): number | undefined;
  /** Throws `invalid_input` when no token has this id. */
  tokenOf(id: number): string;
}

type Json = Readonly<Record<string, unknown>>;

/** The part used here. The package's own types import files without endings, which resolves to
 *  nothing under `nodenext`. */
interface Library {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  tokenize(text: string, options: { add_special_tokens: boolean }): string[];
  decode(ids: number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_vocab(withAddedTokens: boolean): ReadonlyMap<string, number>;
}

const HuggingFaceTokenizer = UntypedLibrary as unknown as new (json: Json, config: Json) => Library;

/** A tokenizer from a parsed tokenizer.json and, where there is one, tokenizer_config.json.
 *
 *  Throws `damaged_file` when the file has no model or no special tokens. */
export function createTokenizer(tokenizerJson: unknown, config: unknown = {}): Tokenizer {
  const json = withConfiguredNormalizer(asObject(tokenizerJson, "tokenizer.json"), config);
  const configObject = asObject(config, "tokenizer_config.json");
  const library = openLibrary(json, configObject);
  const special = specialIds(library, configObject);
  const repair = repairFor(json);
  const vocabularySize = library.get_vocab(true).size;

  const tokens = (text: string): string[] =>
    library.tokenize(repair(text), { add_special_tokens: false });
  return {
    vocabularySize,
    special,
    continuingPrefix: continuingPrefixOf(json["model"]),
    tokens,
    encode: (text, { specialTokens = true } = {}) =>
      library.encode(repair(text), { add_special_tokens: specialTokens }).ids,
    decode: (ids) => joinHan(library.decode([...ids], { skip_special_tokens: true })),
    idOf: (token) => library.token_to_id(token),
    tokenOf: (id) => {
      const token = library.id_to_token(id);
      if (token !== undefined) return token;
      throw new AppError(
        "invalid_input",
        `Token id ${id} is outside the vocabulary; expected 0 to ${vocabularySize - 1}.`,
      );
    },
  };
}

/** The tokenizer of a BERT checkpoint that has a vocab.txt only; `vocabulary[i]` has id i.
 *
 *  Throws `damaged_file` when a special token is missing or a token occurs twice. */
export function tokenizerFromVocabulary(
  vocabulary: readonly string[],
  options: BertOptions = {},
): Tokenizer {
  return createTokenizer(bertTokenizerJson(vocabulary, options));
}

function asObject(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new AppError(
    "damaged_file",
    `${name} holds ${value === null ? "null" : typeof value}; expected a JSON object.`,
  );
}

function openLibrary(json: Json, config: Json): Library {
  try {
    // The library reads token names from the config; without them it finds no special tokens.
    const names: Json = Object.fromEntries(
      Object.entries(SPECIAL_TOKENS).map(([role, token]) => [`${role}_token`, token]),
    );
    return new HuggingFaceTokenizer(json, { ...names, ...config });
  } catch (error) {
    throw new AppError(
      "damaged_file",
      `tokenizer.json cannot be used: ${messageOf(error)}. ` +
        `Expected a Hugging Face tokenizer with a model and a normalizer.`,
      { cause: error },
    );
  }
}

/** WordPiece has one; BPE says null or "". */
function continuingPrefixOf(model: unknown): string | undefined {
  const { continuing_subword_prefix: prefix } = model as Json;
  return typeof prefix === "string" && prefix !== "" ? prefix : undefined;
}

/** As `BertTokenizerFast` does: what tokenizer_config.json says wins over tokenizer.json. */
function withConfiguredNormalizer(json: Json, config: unknown): Json {
  const normalizer = json["normalizer"];
  if (!isBertNormalizer(normalizer)) return json;
  const options = bertOptionsFromConfig(config);
  const changes = {
    ...(options.lowerCase === undefined ? {} : { lowercase: options.lowerCase }),
    ...(options.stripAccents === undefined ? {} : { strip_accents: options.stripAccents }),
    ...(options.splitChinese === undefined ? {} : { handle_chinese_chars: options.splitChinese }),
  };
  return { ...json, normalizer: { ...normalizer, ...changes } };
}

function isBertNormalizer(value: unknown): value is Json {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    value.type === "BertNormalizer"
  );
}

function specialIds(library: Library, config: Json): Record<SpecialRole, number> {
  const idOf = (role: SpecialRole): number => {
    const configured = tokenName(config[`${role}_token`]) ?? SPECIAL_TOKENS[role];
    const id = library.token_to_id(configured);
    if (id !== undefined) return id;
    throw new AppError(
      "damaged_file",
      `The tokenizer has no token "${configured}" (${role}); ` +
        `expected a masked language model with ${Object.values(SPECIAL_TOKENS).join(" ")}.`,
    );
  };
  return {
    pad: idOf("pad"),
    unk: idOf("unk"),
    cls: idOf("cls"),
    sep: idOf("sep"),
    mask: idOf("mask"),
  };
}

/** A special token in tokenizer_config.json is a string or `{content: string}`. */
function tokenName(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || !("content" in value)) return undefined;
  return typeof value.content === "string" ? value.content : undefined;
}

const RARE_HAN = new RegExp(`[${RARE_HAN_RANGES}]`, "gu");

/** What @huggingface/tokenizers 0.2.0 leaves undone in its BertNormalizer: it looks for Han
 *  characters in UTF-16 halves and so misses those above U+FFFF, and lower-cases Σ by context. */
function repairFor(json: Json): (text: string) => string {
  const normalizer = json["normalizer"];
  if (!isBertNormalizer(normalizer)) return (text) => text;
  const splitChinese = normalizer["handle_chinese_chars"] !== false;
  const lowerCase = normalizer["lowercase"] === true;
  return (text) => {
    const spaced = splitChinese ? text.replace(RARE_HAN, " $& ") : text;
    return lowerCase ? spaced.replaceAll("Σ", "σ") : spaced;
  };
}

// Full-width punctuation carries its own space.
const WIDE = "[\\u3000-\\u303f\\uff00-\\uff65“”‘’—…·]";
const SPACE_AT_HAN = new RegExp(
  `(?<=[${HAN_RANGES}]) (?=[${HAN_RANGES}])|(?<=${WIDE}) | (?=${WIDE})`,
  "gu",
);

function joinHan(text: string): string {
  return text.replace(SPACE_AT_HAN, "");
}
