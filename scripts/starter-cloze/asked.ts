// What no training text may hold: the development questions with their blanks filled.

import { bareText } from "../../src/base/index.ts";

/** Texts are found by so many of their first characters; shorter ones are found by all. */
const START = 6;

/** Tells in which documents one of `texts` stands, whatever their spaces and punctuation. */
export function holdsAnyOf(texts: readonly string[]): (document: string) => boolean {
  const byStart = new Map<string, string[]>();
  const lengths = new Set<number>();
  for (const text of texts.map(bareText)) {
    const start = text.slice(0, START);
    if (start === "") continue;
    lengths.add(start.length);
    byStart.set(start, [...(byStart.get(start) ?? []), text]);
  }
  return (document) => {
    const bare = bareText(document);
    for (let at = 0; at < bare.length; at++) {
      for (const length of lengths) {
        const found = byStart.get(bare.slice(at, at + length));
        if (found?.some((text) => bare.startsWith(text, at))) return true;
      }
    }
    return false;
  };
}
