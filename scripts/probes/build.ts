// Builds the probe suites of the evaluation gate, the golden set and the replay sentences that ship
// in models/. The same inputs give the same files.
//
//   npx tsx scripts/probes/build.ts --data DIR

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { createRandom } from "../../src/base/index.ts";
import { loadCollections } from "../starter-cloze/poetry.ts";
import { readLines } from "../starter-cloze/read-lines.ts";
import { bare, filled, idiomItems, poemItems, writtenItems, type Item } from "./items.ts";
import { replaySentences } from "./replay.ts";
import { shuffled } from "./shuffle.ts";

const SEED = 20_251_125;
const SUITE_MAX = 580;
const GOLDEN_PER_SUITE = 75;
/** From this length on, a question that holds the whole of an item asks the same. */
const SENTENCE_LENGTH = 8;

const { values } = parseArgs({ options: { data: { type: "string" } } });
if (values.data === undefined) {
  process.stderr.write("usage: build.ts --data DIR\n");
  process.exit(2);
}
const { data } = values;
const root = join(import.meta.dirname, "../..");
const random = createRandom(SEED);

const vocabulary = new Set(
  readFileSync(join(root, "models/starter-cloze/vocab.txt"), "utf8").split("\n"),
);
const questions = loadQuestions();
const everyday = loadStarterSentences();
const written = new Set(everyday.map(bare));
const collections = loadCollections(data);

const suites = {
  idiom: idiomItems(data, random),
  poem: poemItems(data, collections, random),
  science: writtenItems("science"),
  everyday: writtenItems("everyday"),
};
const locked = new Set(readLines(join(root, "models/probes/golden.jsonl.gz")));
const golden: Item[] = [];
const probes: Item[] = [];
for (const [name, items] of Object.entries(suites)) {
  const fair = distinct(items.filter(isFair)).slice(0, SUITE_MAX + GOLDEN_PER_SUITE);
  const mixed = shuffled(fair, random);
  // A question that was golden stays so: by the others, recipes have been chosen.
  const others = mixed.filter((item) => !locked.has(line(item)));
  const missing = Math.max(0, GOLDEN_PER_SUITE - (mixed.length - others.length));
  golden.push(...mixed.filter((item) => locked.has(line(item))), ...others.slice(0, missing));
  write(`probes/${name}.jsonl.gz`, others.slice(missing).map(line));
  probes.push(...mixed);
}
write("probes/golden.jsonl.gz", shuffled(golden, random).map(line));

const taken = [...questions, ...probes.map((item) => bare(filled(item)))];
const replay = { data, collections, everyday, vocabulary, random, taken };
write("replay/replay.txt.gz", replaySentences(replay));

/** Bare texts of the questions that results are measured with. */
function loadQuestions(): string[] {
  const development = readdirSync(join(data, "cloze")).filter((name) => /^dev-.*gz$/u.test(name));
  const files = development.toSorted().map((name) => join(data, "cloze", name));
  return [...files, join(root, "bench/suites/famous.jsonl")]
    .flatMap(readLines)
    .map((row) => bare(filled(JSON.parse(row) as Item)));
}

/** Sentences that the starter was trained on besides the shared data. */
function loadStarterSentences(): string[] {
  const folder = join(root, "scripts/starter-cloze");
  const names = readdirSync(folder).filter((name) => /^everyday-.*txt$/u.test(name));
  return names.toSorted().flatMap((name) => readLines(join(folder, name)));
}

function isFair(item: Item): boolean {
  const text = bare(filled(item));
  const isAsked = questions.some(
    (question) =>
      text.includes(question) || (text.length >= SENTENCE_LENGTH && question.includes(text)),
  );
  const isKnown = Array.from(item.answer).every((character) => vocabulary.has(character));
  return isKnown && !isAsked && !written.has(text);
}

function distinct(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [bare(filled(item)), item])).values()];
}

function line(item: Item): string {
  return JSON.stringify(item);
}

function write(name: string, lines: readonly string[]): void {
  const path = join(root, "models", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, gzipSync(lines.map((row) => `${row}\n`).join(""), { level: 9 }));
  process.stdout.write(`${name}: ${lines.length}\n`);
}
