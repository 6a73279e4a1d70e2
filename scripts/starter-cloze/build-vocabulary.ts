// Builds the starter's vocabulary from all training text and writes it as transformers reads it.
//
//   node --import tsx scripts/starter-cloze/build-vocabulary.ts --data DIR --out DIR [--size N]

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  bertTokenizerJson,
  buildVocabulary,
  countText,
  createTextCounts,
  SPECIAL_TOKENS,
} from "../../src/tokenizer/index.ts";
import { loadIdioms, loadWordCounts } from "./idioms.ts";
import { loadIdiomSources, loadPoetry, loadProse } from "./sources.ts";

const REQUIRED_IDIOM_COUNT = 12_000;

// People type modern Chinese: its characters shall not lose their places to those of old poems,
// which fill a quarter of the training text. Couplets repeat the poems.
const WEIGHTS: Readonly<Record<string, number>> = {
  histories: 1,
  poetry: 0.3,
  "poetry-couplets": 0,
  "idiom-meaning": 1,
};
const MODERN_WEIGHT = 3;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string" },
    size: { type: "string", default: "7424" },
    "latin-pieces": { type: "string", default: "500" },
  },
});
if (values.data === undefined || values.out === undefined) {
  process.stderr.write("usage: build-vocabulary.ts --data DIR --out DIR [--size N]\n");
  process.exit(2);
}

const prose = loadProse(values.data);
const poetry = loadPoetry(values.data);
const sources = [...prose, ...poetry, ...loadIdiomSources(values.data, prose)];
const counts = createTextCounts();
const plainCounts = createTextCounts();
for (const { name, documents } of sources) {
  const weight = WEIGHTS[name] ?? MODERN_WEIGHT;
  for (const text of documents) {
    if (weight > 0) countText(counts, text, weight);
    countText(plainCounts, text);
  }
}

const wordCounts = loadWordCounts(values.data);
const idioms = loadIdioms(values.data)
  .sort((a, b) => (wordCounts.get(b.idiom) ?? 0) - (wordCounts.get(a.idiom) ?? 0))
  .slice(0, REQUIRED_IDIOM_COUNT);
const textbook = poetry.find(({ name }) => name === "poetry-textbook")?.documents ?? [];

const vocabulary = buildVocabulary({
  counts,
  size: Number(values.size),
  required: [...idioms.map(({ idiom }) => idiom), ...textbook, commonCharacters()].join(""),
  letterMinimum: 45,
  latinPieces: Number(values["latin-pieces"]),
});

const names: Record<string, string> = Object.fromEntries(
  Object.entries(SPECIAL_TOKENS).map(([role, token]) => [`${role}_token`, token]),
);
const config = {
  tokenizer_class: "BertTokenizer",
  do_lower_case: true,
  tokenize_chinese_chars: true,
  strip_accents: null,
  model_max_length: 512,
  ...names,
};
mkdirSync(values.out, { recursive: true });
const write = (name: string, text: string): void =>
  writeFileSync(join(values.out ?? "", name), text);
write("vocab.txt", vocabulary.join("\n") + "\n");
write("tokenizer.json", JSON.stringify(bertTokenizerJson(vocabulary), null, 1) + "\n");
write("tokenizer_config.json", JSON.stringify(config, null, 2) + "\n");

const known = new Set(vocabulary);
let total = 0;
let covered = 0;
for (const [character, count] of plainCounts.characters) {
  total += count;
  if (known.has(character)) covered += count;
}
process.stdout.write(
  JSON.stringify({
    vocabularySize: vocabulary.length,
    distinctCharacters: plainCounts.characters.size,
    characters: total,
    coverage: Number((covered / total).toFixed(6)),
  }) + "\n",
);

/** The 3,755 characters of GB 2312 level 1: rows 16 to 55, 94 a row, the last five unused. */
function commonCharacters(): string {
  const bytes: number[] = [];
  for (let row = 16; row <= 55; row++) {
    for (let column = 1; column <= (row === 55 ? 89 : 94); column++) {
      bytes.push(0xa0 + row, 0xa0 + column);
    }
  }
  return new TextDecoder("gb2312").decode(new Uint8Array(bytes));
}
