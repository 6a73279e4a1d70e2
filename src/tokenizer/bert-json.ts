// The tokenizer.json of a BERT model made from its vocab.txt, for checkpoints that ship no
// tokenizer.json. Knows the file format only; it never reads text.

import { AppError } from "../base/index.ts";

/** The five tokens of a BERT vocabulary that are not text, by role. */
export const SPECIAL_TOKENS = {
  pad: "[PAD]",
  unk: "[UNK]",
  cls: "[CLS]",
  sep: "[SEP]",
  mask: "[MASK]",
} as const;

export type SpecialRole = keyof typeof SPECIAL_TOKENS;

/** What tokenizer_config.json may say about a BERT tokenizer; absent means the family's default. */
export interface BertOptions {
  /** Default true, as in `BertTokenizer`. */
  readonly lowerCase?: boolean | undefined;
  /** Default: follows `lowerCase`. */
  readonly stripAccents?: boolean | undefined;
  /** Every Han character a word of its own; default true. */
  readonly splitChinese?: boolean | undefined;
}

/** Reads {@link BertOptions} from a parsed tokenizer_config.json; anything else gives defaults. */
export function bertOptionsFromConfig(config: unknown): BertOptions {
  const flag = (name: string): boolean | undefined => {
    if (typeof config !== "object" || config === null) return undefined;
    const value = (config as Record<string, unknown>)[name];
    return typeof value === "boolean" ? value : undefined;
  };
  return {
    lowerCase: flag("do_lower_case"),
    stripAccents: flag("strip_accents"),
    splitChinese: flag("tokenize_chinese_chars"),
  };
}

/** The parsed tokenizer.json of a WordPiece model whose token of id i is `vocabulary[i]`.
 *
 *  Throws `damaged_file` when a special token is missing or a token occurs twice. */
export function bertTokenizerJson(
  vocabulary: readonly string[],
  options: BertOptions = {},
): Record<string, unknown> {
  const ids = idsByToken(vocabulary);
  const idOf = (role: SpecialRole): number => {
    const id = ids[SPECIAL_TOKENS[role]];
    if (id !== undefined) return id;
    throw new AppError(
      "damaged_file",
      `The vocabulary of ${vocabulary.length} lines has no ${SPECIAL_TOKENS[role]}; ` +
        `expected a BERT vocab.txt with one token a line. Check the file.`,
    );
  };
  const roles = Object.keys(SPECIAL_TOKENS) as SpecialRole[];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: roles
      .map((role) => addedToken(idOf(role), SPECIAL_TOKENS[role]))
      .sort((a, b) => a.id - b.id),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: options.splitChinese ?? true,
      strip_accents: options.stripAccents ?? null,
      lowercase: options.lowerCase ?? true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: bertTemplate(idOf("cls"), idOf("sep")),
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: SPECIAL_TOKENS.unk,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: ids,
    },
  };
}

function idsByToken(vocabulary: readonly string[]): Record<string, number> {
  // A null prototype, because "constructor" is a fine token.
  const ids: Record<string, number> = Object.create(null) as Record<string, number>;
  vocabulary.forEach((token, id) => {
    const earlier = ids[token];
    if (earlier !== undefined) {
      throw new AppError(
        "damaged_file",
        `The vocabulary has "${token}" on lines ${earlier + 1} and ${id + 1}; ` +
          `expected each token once. Remove one.`,
      );
    }
    ids[token] = id;
  });
  return ids;
}

function addedToken(id: number, content: string): { id: number } & Record<string, unknown> {
  return {
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  };
}

function bertTemplate(clsId: number, sepId: number): Record<string, unknown> {
  const { cls, sep } = SPECIAL_TOKENS;
  const special = (id: string, type: number): object => ({ SpecialToken: { id, type_id: type } });
  const sequence = (id: string, type: number): object => ({ Sequence: { id, type_id: type } });
  return {
    type: "TemplateProcessing",
    single: [special(cls, 0), sequence("A", 0), special(sep, 0)],
    pair: [special(cls, 0), sequence("A", 0), special(sep, 0), sequence("B", 1), special(sep, 1)],
    special_tokens: {
      [cls]: { id: cls, ids: [clsId], tokens: [cls] },
      [sep]: { id: sep, ids: [sepId], tokens: [sep] },
    },
  };
}
