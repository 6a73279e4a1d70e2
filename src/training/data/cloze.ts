// Running text as questions: a word of a document is cut out and asked for.

import { createRandom, type Random } from "../../base/index.ts";
import type { Sample } from "../../tasks/fill-mask/index.ts";
import { words } from "../../tokenizer/index.ts";

/** Characters kept on each side of the blank. */
const CONTEXT = 100;
const CHINESE_WORD = /^\p{Script=Han}{1,4}$/u;
const OTHER_WORD = /^\p{L}+$/u;

/** One question per document that has a word to ask for; the same for the same seed. */
export function clozeOf(documents: readonly string[], seed: number): Sample[] {
  const random = createRandom(seed);
  return documents.flatMap((document) => {
    const sample = questionOf(document, random);
    return sample === undefined ? [] : [sample];
  });
}

function questionOf(document: string, random: Random): Sample | undefined {
  const parts = words(document);
  const chinese = parts.flatMap((word, i) => (CHINESE_WORD.test(word) ? [i] : []));
  const known =
    chinese.length > 0 ? chinese : parts.flatMap((w, i) => (OTHER_WORD.test(w) ? [i] : []));
  const chosen = known[random.integer(Math.max(1, known.length))];
  const answer = chosen === undefined ? undefined : parts[chosen];
  if (answer === undefined) return undefined;
  const before = withoutBlanks(parts.slice(0, chosen).join("")).slice(-CONTEXT);
  const after = withoutBlanks(parts.slice((chosen ?? 0) + 1).join("")).slice(0, CONTEXT);
  return { text: `${before}___${after}`, answers: [answer], rejected: [] };
}

/** What stands for a blank in the text itself must not become one. */
function withoutBlanks(text: string): string {
  return text.replaceAll(/\[(MASK|BLANK)\]|[_＿]{2,}/g, "…");
}
