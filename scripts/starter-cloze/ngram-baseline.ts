// What a character 5-gram model makes of two-character words of unknown length: the figure that
// the starter is compared with. Trained on the shards that the starter was trained on.
//
//   node --import tsx scripts/starter-cloze/ngram-baseline.ts --data DIR --corpus DIR [--novel FILE]
//
// Candidates are the words of one to four characters in word-counts.tsv.gz that the training text
// has. All are ranked by a sum of cached parts, the best few hundred by ln P(left, word, right),
// which compares words of different lengths fairly; a bonus per character is tuned on the set
// itself, to the baseline's advantage. "novel" are the questions whose answer was never seen between
// the same three characters; --novel writes them down, to ask a model the same.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { required } from "../../src/base/index.ts";
import { createTokenizer } from "../../src/tokenizer/index.ts";
import { loadWordCounts } from "./idioms.ts";
import { buildNgramModel, ORDER } from "./ngram-model.ts";
import { clean, readLines } from "./read-lines.ts";

// Couplets and bare idioms repeat what is in these.
const SHARDS = [
  "wiki",
  "dialogue",
  "medical",
  "computing",
  "recipes",
  "statutes",
  "histories",
  "translation-zh",
  "poetry",
  "idiom-meaning",
];
const SHORTLIST = 300;
const STRENGTH = 4;
const BONUSES = [0, 0.5, 1, 1.5, 2, 2.5, 3];

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    corpus: { type: "string" },
    novel: { type: "string" },
  },
});
if (values.data === undefined || values.corpus === undefined) {
  process.stderr.write("usage: ngram-baseline.ts --data DIR --corpus DIR [--novel FILE]\n");
  process.exit(2);
}
const { data, corpus } = values;
const readJson = (name: string): unknown => JSON.parse(readFileSync(join(corpus, name), "utf8"));
const tokenizer = createTokenizer(readJson("tokenizer.json"), readJson("tokenizer_config.json"));
const separator = tokenizer.special.sep;
const encode = (text: string): number[] => tokenizer.encode(text, { specialTokens: false });

interface Word {
  readonly text: string;
  readonly ids: readonly number[];
}

interface Context {
  readonly left: readonly number[];
  readonly right: readonly number[];
}

interface Question extends Context {
  readonly answer: string;
}

const lines = readLines(join(data, "cloze", "dev-word.jsonl.gz"));
const questions = lines.map((line): Question => {
  const { text, answer } = JSON.parse(line) as { text: string; answer: string };
  const [left = "", right = ""] = text.split("___");
  const leftIds = [separator, ...encode(clean(left))].slice(1 - ORDER);
  const rightIds = [...encode(clean(right)), separator].slice(0, ORDER - 1);
  return { left: leftIds, right: rightIds, answer };
});

const stream = readStream();
const model = buildNgramModel(stream, tokenizer.vocabularySize, STRENGTH);
const words = [...loadWordCounts(data).keys()]
  .filter((word) => /^[\u4e00-\u9fff]{1,4}$/.test(word))
  .map((text): Word => ({ text, ids: encode(text) }))
  .filter(({ ids }) => model.count(ids) >= 3);
const innerParts = words.map(({ ids }) => model.logProbability(ids, 1));
const novel = questions.map((question) => !isSeen(question));
if (values.novel !== undefined) {
  const asked = lines.filter((_, index) => novel[index]);
  writeFileSync(values.novel, asked.map((line) => `${line}\n`).join(""));
}

process.stdout.write(
  JSON.stringify({
    questions: questions.length,
    novelQuestions: novel.filter(Boolean).length,
    candidates: words.length,
    trainingTokens: stream.length,
    bothSides: evaluate(({ left, right }) => ({ left, right })),
    leftOnly: evaluate(({ left }) => ({ left, right: [] })),
  }) + "\n",
);

interface Figures {
  readonly bonus: number;
  readonly top1: number;
  readonly top5: number;
  readonly novelTop1: number;
  readonly novelTop5: number;
}

/** The figures at the bonus that is best for top-1. */
function evaluate(view: (question: Question) => Context): Figures {
  const ranked = questions.map((question) => rankWords(view(question)));
  const figures = BONUSES.map((bonus): Figures => {
    const ranks = ranked.map((scored, index) =>
      scored
        .map(({ word, score }) => ({ text: word.text, score: score + bonus * word.ids.length }))
        .toSorted((a, b) => b.score - a.score)
        .slice(0, 5)
        .findIndex(({ text }) => text === questions[index]?.answer),
    );
    const novelRanks = ranks.filter((_, index) => novel[index]);
    return {
      bonus,
      top1: share(ranks, (rank) => rank === 0),
      top5: share(ranks, (rank) => rank >= 0),
      novelTop1: share(novelRanks, (rank) => rank === 0),
      novelTop5: share(novelRanks, (rank) => rank >= 0),
    };
  });
  const best = figures.toSorted((a, b) => b.top1 - a.top1 || b.top5 - a.top5)[0];
  return required(best, "figures");
}

/** The best words in a context with ln P(left, word, right), before any bonus. */
function rankWords({ left, right }: Context): { word: Word; score: number }[] {
  const leftPart = cached((id) => model.logProbability([...left, id], left.length));
  const rightPart = cached((id) => model.logProbability([id, ...right], 1));
  const shortlist = words
    .map((word, index) => {
      const ends = leftPart(word.ids[0] ?? 0) + rightPart(word.ids.at(-1) ?? 0);
      return { word, score: ends + (innerParts[index] ?? 0) + word.ids.length };
    })
    .toSorted((a, b) => b.score - a.score)
    .slice(0, SHORTLIST);
  return shortlist.map(({ word }) => ({
    word,
    score: model.logProbability([...left, ...word.ids, ...right], left.length),
  }));
}

/** True when the answer was seen in training between the same characters: a 5-gram is recall then,
 *  since dialogue and law repeat their phrases. */
function isSeen({ left, right, answer }: Question): boolean {
  const ids = encode(answer);
  const windows = [
    [...left.slice(-2), ...ids, ...right.slice(0, 1)],
    [...left.slice(-1), ...ids, ...right.slice(0, 2)],
  ];
  return windows.some((window) => model.count(window) > 0);
}

function share(ranks: readonly number[], hit: (rank: number) => boolean): number {
  return Number((ranks.filter(hit).length / ranks.length).toFixed(4));
}

function cached(score: (id: number) => number): (id: number) => number {
  const scores = new Map<number, number>();
  return (id) => {
    const known = scores.get(id) ?? score(id);
    scores.set(id, known);
    return known;
  };
}

/** The documents of all shards, each followed by [SEP]. */
function readStream(): Uint16Array {
  const shards = SHARDS.map((name) => ({
    tokens: readUnsigned(`${name}.tokens`, Uint16Array),
    offsets: readUnsigned(`${name}.offsets`, Uint32Array),
  }));
  const length = shards.reduce(
    (sum, { tokens, offsets }) => sum + tokens.length + offsets.length,
    1,
  );
  const joined = new Uint16Array(length);
  joined[0] = separator;
  let at = 1;
  for (const { tokens, offsets } of shards) {
    for (let i = 1; i < offsets.length; i++) {
      for (let from = offsets[i - 1] ?? 0; from < (offsets[i] ?? 0); from++) {
        joined[at++] = (tokens[from] ?? 0) & 0x7fff;
      }
      joined[at++] = separator;
    }
  }
  return joined.subarray(0, at);
}

function readUnsigned<T extends Uint16Array | Uint32Array>(
  name: string,
  type: { new (buffer: ArrayBuffer): T },
): T {
  return new type(new Uint8Array(readFileSync(join(corpus, name))).buffer);
}
