// Probe questions: from sentences with a marked answer, from idioms and from couplets.

import { loadTextbook, type Poem } from "../starter-cloze/poetry.ts";
import { couplets, loadFamousLines, restorePopularLines } from "../starter-cloze/poetry.ts";
import { commonIdioms, loadIdioms } from "../starter-cloze/idioms.ts";
import { readLines } from "../starter-cloze/read-lines.ts";
import type { Random } from "../../src/base/index.ts";

export interface Item {
  readonly text: string;
  readonly answer: string;
  readonly domain: string;
}

const HAN_ONLY = /^\p{Script=Han}+$/u;

/** In the list of idioms, but plain words, book titles or nothing to ask a customer about. */
const UNWANTED = new Set(
  "摸金校尉 下回分解 垂帘听政 白色恐怖 血肉横飞 丧权辱国 卖国求荣 九五之尊 十字路口".split(" "),
);

/** The sentence of an item, its blank filled. */
export function filled({ text, answer }: Item): string {
  return text.replace(/\[MASK\]|___/u, answer);
}

/** A text without punctuation and white space, to compare by. */
export function bare(text: string): string {
  return text.replace(/[\p{P}\p{S}\s]+/gu, "");
}

/** Items of a file with sentences like `太阳从{东}方升起。`. */
export function writtenItems(domain: string): Item[] {
  return readLines(`${import.meta.dirname}/${domain}.txt`).map((line) => {
    const [whole = "", answer = ""] = /\{([^{}]{1,4})\}/u.exec(line) ?? [];
    if (answer === "") throw new Error(`${domain}.txt: no {answer} in "${line}"`);
    return { text: line.replace(whole, answer.length === 1 ? "[MASK]" : "___"), answer, domain };
  });
}

/** Idioms in sentences, then common ones bare: one character is open that no other idiom has. */
export function idiomItems(data: string, random: Random): Item[] {
  const sentences = writtenItems("idiom");
  const used = sentences.map(filled).join("\n");
  const all = loadIdioms(data).filter(({ idiom }) => idiom.length === 4);
  const fitting = new Map<string, Set<string>>();
  for (const { idiom } of all) {
    for (const pattern of openings(idiom)) {
      fitting.set(pattern, (fitting.get(pattern) ?? new Set()).add(idiom));
    }
  }
  const items = commonIdioms(all, data, [])
    .map(({ idiom }) => idiom)
    .filter((idiom) => HAN_ONLY.test(idiom) && !UNWANTED.has(idiom) && !used.includes(idiom))
    .flatMap((idiom): Item[] => {
      const determined = openings(idiom).filter((pattern) => fitting.get(pattern)?.size === 1);
      const text = determined[random.integer(Math.max(1, determined.length))];
      if (text === undefined) return [];
      return [{ text, answer: idiom.charAt(text.indexOf("[")), domain: "idiom" }];
    });
  return [...sentences, ...items];
}

/** An idiom with each of its characters open in turn. */
function openings(idiom: string): string[] {
  return Array.from(idiom, (_, at) => `${idiom.slice(0, at)}[MASK]${idiom.slice(at + 1)}`);
}

/** Couplets in the order in which people know them: textbook, quoted, the three hundred. */
export function poemItems(data: string, collections: readonly Poem[], random: Random): Item[] {
  const textbook = loadTextbook(data);
  const restore = restorePopularLines(textbook);
  const known = collections.filter(({ collection }) => collection === "tang300");
  const lines = [...textbook, ...loadFamousLines(), ...known.map(({ text }) => restore(text))];
  const seen = new Set<string>();
  const items: Item[] = [];
  for (const line of lines.flatMap(couplets)) {
    const clauses = line.split(/[，。！？；、：]+/u).filter((clause) => clause !== "");
    const isFair = clauses.length === 2 && clauses.every((clause) => HAN_ONLY.test(clause));
    if (!isFair || line.length > 24 || clauses.some((clause) => seen.has(clause))) continue;
    for (const clause of clauses) seen.add(clause);
    const [first = "", second = ""] = clauses;
    const at = random.integer(first.length + second.length);
    const place = at < first.length ? at : at + 1;
    const text = `${line.slice(0, place)}[MASK]${line.slice(place + 1)}`;
    items.push({ text, answer: line.charAt(place), domain: "poem" });
  }
  return items;
}
