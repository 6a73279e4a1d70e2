// Tokenises the starter's training texts into shards (format: shard.ts) with a manifest, and holds
// out sentences for validation. Needs tokenizer.json from build-vocabulary.ts in --out.
//
//   node --import tsx scripts/starter-cloze/build-corpus.ts --data DIR --out DIR

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRandom } from "../../src/base/index.ts";
import { createTokenizer, createWordEncoder } from "../../src/tokenizer/index.ts";
import { holdsAnyOf } from "./asked.ts";
import { loadIdioms } from "./idioms.ts";
import { writeShard } from "./shard.ts";
import {
  loadDevelopmentTexts,
  loadEveryday,
  loadIdiomSentences,
  loadIdiomsUsed,
  loadIdiomSources,
  loadPoetry,
  loadProse,
  loadThings,
  loadWords,
  type Source,
} from "./sources.ts";

const HELD_OUT_SOURCES = new Set([
  "wiki",
  "dialogue",
  "medical",
  "statutes",
  "histories",
  "translation-zh",
]);
const HELD_OUT_PER_SOURCE = 100;
const SEED = 20_240_601;

const { values } = parseArgs({ options: { data: { type: "string" }, out: { type: "string" } } });
if (values.data === undefined || values.out === undefined) {
  process.stderr.write("usage: build-corpus.ts --data DIR --out DIR\n");
  process.exit(2);
}
const { data, out } = values;

const readJson = (name: string): unknown => JSON.parse(readFileSync(join(out, name), "utf8"));
const tokenizer = createTokenizer(readJson("tokenizer.json"), readJson("tokenizer_config.json"));

const isAsked = holdsAnyOf(loadDevelopmentTexts(data));
const heldOut: { text: string; domain: string }[] = [];
const random = createRandom(SEED);
const prose = loadProse(data)
  .map((source) => withoutRepetitions(source))
  .map((source) => (HELD_OUT_SOURCES.has(source.name) ? holdOut(source) : source));
writeFileSync(
  join(out, "heldout.jsonl"),
  heldOut.map((row) => JSON.stringify(row) + "\n").join(""),
);

const idioms = new Set(
  loadIdioms(data)
    .map(({ idiom }) => idiom)
    .filter((idiom) => idiom.length === 4),
);
const encoder = createWordEncoder(tokenizer, idioms);
const sources = [
  ...prose,
  loadEveryday(),
  loadThings(),
  loadWords(data),
  loadIdiomSentences(data, prose),
  loadIdiomsUsed(),
  ...loadPoetry(data),
  ...loadIdiomSources(data, prose),
];
const rows = sources.map((source) => {
  const { name, licence, documents } = withoutRepetitions(source);
  const { unknownTokens, ...counts } = writeShard(
    { directory: out, name },
    documents,
    encoder,
    tokenizer.special.unk,
  );
  const row = {
    name,
    ...counts,
    unknownRate: Number((unknownTokens / counts.tokens).toFixed(6)),
    licence,
  };
  process.stderr.write(`${JSON.stringify(row)}\n`);
  return row;
});

const manifest = {
  vocabularySize: tokenizer.vocabularySize,
  special: tokenizer.special,
  seed: SEED,
  heldOut: heldOut.length,
  documents: sum(rows.map((row) => row.documents)),
  tokens: sum(rows.map((row) => row.tokens)),
  sources: rows,
};
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
process.stdout.write(
  JSON.stringify({ documents: manifest.documents, tokens: manifest.tokens }) + "\n",
);

/** Nor with what is asked. */
function withoutRepetitions(source: Source): Source {
  const unique = [...new Set(source.documents)].filter((text) => text !== "" && !isAsked(text));
  return { ...source, documents: unique };
}

/** Moves some whole sentences of ordinary length from the source to `heldOut`. */
function holdOut(source: Source): Source {
  const chosen = new Set<string>();
  while (chosen.size < HELD_OUT_PER_SOURCE) {
    const text = source.documents[random.integer(source.documents.length)] ?? "";
    if (text.length < 12 || text.length > 120 || chosen.has(text)) continue;
    chosen.add(text);
    heldOut.push({ text, domain: source.name });
  }
  return { ...source, documents: source.documents.filter((text) => !chosen.has(text)) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
