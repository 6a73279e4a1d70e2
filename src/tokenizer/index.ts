export {
  bertOptionsFromConfig,
  bertTokenizerJson,
  SPECIAL_TOKENS,
  type BertOptions,
  type SpecialRole,
} from "./bert-json.ts";
export { withKnownWidths } from "./full-width.ts";
export {
  createTokenizer,
  tokenizerFromVocabulary,
  type EncodeOptions,
  type Tokenizer,
} from "./tokenizer.ts";
export {
  buildVocabulary,
  countText,
  createTextCounts,
  type TextCounts,
  type VocabularyOptions,
} from "./vocabulary.ts";
export { createWordEncoder, words, type WordEncoder, type WordTokens } from "./words.ts";
