// Sentences of general Chinese that a training run mixes in, so that a version does not forget.

import { join } from "node:path";
import type { Random } from "../../src/base/index.ts";
import { knownIdioms, loadIdioms } from "../starter-cloze/idioms.ts";
import { couplets, type Poem } from "../starter-cloze/poetry.ts";
import { clean, readLines } from "../starter-cloze/read-lines.ts";
import { bare } from "./items.ts";
import { shuffled } from "./shuffle.ts";

/** Sources that may ship: CC0, public, MIT or Unlicense. */
const SOURCES = [
  ["train-wiki-cc0", 600],
  ["train-statutes-public", 200],
  ["train-medical-mit", 100],
  ["train-modern-histories-mit", 200],
  ["train-recipes-unlicense", 100],
] as const;
/** The starter knows the Three Hundred Tang Poems by heart, and has most to forget of them. */
const TANG_POEMS = 1_100;
const POEMS = 500;
const IDIOMS = 1_600;
const EVERYDAY = 800;
const UNPUNCTUATED = "train-recipes-unlicense";

const LENGTH_MIN = 10;
const LENGTH_MAX = 60;
/** Sentences that may open or end alike: the sources repeat themselves. */
const ALIKE_MAX = 3;

const PLAIN = /^[\p{Script=Han}，。、；：？！“”《》]+$/u;

export interface ReplayOptions {
  readonly data: string;
  readonly collections: readonly Poem[];
  /** Everyday sentences that the starter learned from. */
  readonly everyday: readonly string[];
  readonly vocabulary: ReadonlySet<string>;
  readonly random: Random;
  /** Bare texts, none of which may stand in a sentence or hold one. */
  readonly taken: readonly string[];
}

/** 5,200 different sentences, in random order. */
export function replaySentences(options: ReplayOptions): string[] {
  const { data, collections, everyday, random } = options;
  const texts = SOURCES.map(([name, count]) => {
    const lines = readLines(join(data, "cloze", `${name}.txt.gz`)).map(clean);
    const isWhole = (text: string): boolean => name === UNPUNCTUATED || /[。！？]”?$/u.test(text);
    return pick(lines.flatMap(sentences).filter(isWhole), count, options);
  });
  const coupletsOf = (poems: readonly Poem[]): string[] => {
    return poems.flatMap(({ text }) => couplets(text));
  };
  const isTang300 = ({ collection }: Poem): boolean => collection === "tang300";
  const tangPoems = coupletsOf(collections.filter(isTang300));
  const famous = collections.filter((poem) => poem.famous && !isTang300(poem));
  const poems = coupletsOf(famous).filter((couplet) => !tangPoems.includes(couplet));
  const idioms = knownIdioms(loadIdioms(data), data).map(({ idiom }) => idiom);
  const others = [
    ...pick(tangPoems, TANG_POEMS, options),
    ...pick(poems, POEMS, options),
    ...pick(everyday, EVERYDAY, options),
    ...pick(idioms, IDIOMS, options, 4),
  ];
  return shuffled([...texts.flat(), ...others], random);
}

function pick(
  candidates: readonly string[],
  count: number,
  options: ReplayOptions,
  lengthMin = LENGTH_MIN,
): string[] {
  const { random, taken, vocabulary } = options;
  const alike = new Map<string, number>();
  const seen = new Set<string>();
  const picked: string[] = [];
  for (const sentence of shuffled(candidates, random)) {
    if (picked.length === count) break;
    if (!isPlain(sentence, lengthMin) || Array.from(sentence).some((c) => !vocabulary.has(c)))
      continue;
    const key = bare(sentence);
    const forms = [`${key.slice(0, 4)}…`, `…${key.slice(-4)}`];
    if (seen.has(key) || forms.some((form) => (alike.get(form) ?? 0) >= ALIKE_MAX)) continue;
    if (taken.some((text) => key.includes(text) || text.includes(key))) continue;
    seen.add(key);
    for (const form of forms) alike.set(form, (alike.get(form) ?? 0) + 1);
    picked.push(sentence);
  }
  if (picked.length < count) throw new Error(`only ${picked.length} of ${count} sentences`);
  return picked;
}

/** Sentences of a line, without the number of an article or an item before them. */
function sentences(line: string): string[] {
  const text = line.replace(/^(?:第\S{1,8}条 ?|[（(]\S{1,3}[）)])/u, "");
  return text.match(/[^。！？]+[。！？]*”?/gu)?.map((sentence) => sentence.trim()) ?? [];
}

function isPlain(sentence: string, lengthMin: number): boolean {
  const { length } = sentence;
  const balanced = (open: string, close: string): boolean =>
    sentence.split(open).length === sentence.split(close).length;
  return (
    length >= lengthMin &&
    length <= LENGTH_MAX &&
    PLAIN.test(sentence) &&
    /^[\p{Script=Han}“《]/u.test(sentence) &&
    balanced("“", "”") &&
    balanced("《", "》")
  );
}
