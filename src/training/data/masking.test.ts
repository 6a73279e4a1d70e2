import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { chooseMasked, type MaskingMix } from "./masking.ts";
import { CONTINUES_WORD } from "./shard.ts";

const WORDS: MaskingMix = { word: 1, span: 0, token: 0 };
const SPANS: MaskingMix = { word: 0, span: 1, token: 0 };
const TOKENS: MaskingMix = { word: 0, span: 0, token: 1 };

/** Tokens of words of these lengths, flagged as a shard flags them. */
function wordsOf(lengths: readonly number[]): Uint16Array {
  return Uint16Array.from(
    lengths.flatMap((length) =>
      Array.from({ length }, (_, i) => (i === 0 ? 7 : 7 | CONTINUES_WORD)),
    ),
  );
}

/** Runs of hidden neighbours as [start, end). */
function runsOf(masked: readonly number[]): (readonly [number, number])[] {
  const starts = masked.filter((i) => !masked.includes(i - 1));
  const ends = masked.filter((i) => !masked.includes(i + 1)).map((i) => i + 1);
  return starts.map((start, i) => [start, ends[i] as number]);
}

const wordLengths = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 30 });
const mixes = fc.constantFrom(WORDS, SPANS, TOKENS, { word: 0.6, span: 0.15, token: 0.25 });
const rates = fc.double({ min: 0.01, max: 1, noNaN: true });

describe("chooseMasked", () => {
  it("gives at least one index, in order, no more than the rate allows unless it is one word", () => {
    fc.assert(
      fc.property(wordLengths, mixes, rates, fc.integer(), (lengths, mix, rate, seed) => {
        const tokens = wordsOf(lengths);
        const masked = chooseMasked(tokens, { mix, rate, random: createRandom(seed) });
        expect(masked.length).toBeGreaterThan(0);
        expect([...new Set(masked)].sort((a, b) => a - b)).toEqual(masked);
        expect(masked.every((i) => i >= 0 && i < tokens.length)).toBe(true);
        const limit = Math.ceil(tokens.length * rate);
        // The first group is hidden whole, however long it is.
        expect(masked.length).toBeLessThanOrEqual(Math.max(limit, 6));
      }),
    );
  });

  it("hides whole words and nothing but whole words", () => {
    fc.assert(
      fc.property(wordLengths, rates, fc.integer(), (lengths, rate, seed) => {
        const tokens = wordsOf(lengths);
        const masked = chooseMasked(tokens, { mix: WORDS, rate, random: createRandom(seed) });
        for (const [start, end] of runsOf(masked)) {
          expect((tokens[start] as number) & CONTINUES_WORD).toBe(0);
          if (end < tokens.length) expect((tokens[end] as number) & CONTINUES_WORD).toBe(0);
        }
      }),
    );
  });

  it("hides the longest words first where it is to", () => {
    const longest: MaskingMix = { word: 0, longest: 1, span: 0, token: 0 };
    const tokens = wordsOf([1, 2, 1, 4, 2, 1, 1]);
    for (let seed = 0; seed < 20; seed++) {
      const masked = chooseMasked(tokens, { mix: longest, rate: 0.3, random: createRandom(seed) });
      expect(masked).toEqual([4, 5, 6, 7]);
    }
  });

  it("cuts a word that would hide a whole sentence", () => {
    const masked = chooseMasked(wordsOf([40]), {
      mix: WORDS,
      rate: 0.15,
      random: createRandom(1),
    });
    expect(masked).toHaveLength(6);
  });

  it("takes spans of one to four tokens whatever the words", () => {
    const tokens = wordsOf(Array.from({ length: 20 }, () => 6));
    const lengths = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      // A budget of one token is filled by one span.
      const masked = chooseMasked(tokens, { mix: SPANS, rate: 0, random: createRandom(seed) });
      expect(runsOf(masked)).toHaveLength(1);
      lengths.add(masked.length);
    }
    expect([...lengths].sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    [WORDS, "words"],
    [SPANS, "spans"],
    [TOKENS, "tokens"],
  ])("hides the rate on average, with %s", (mix) => {
    const random = createRandom(9);
    const tokens = wordsOf(Array.from({ length: 31 }, (_, i) => 1 + (i % 3)));
    let hidden = 0;
    for (let i = 0; i < 2000; i++)
      hidden += chooseMasked(tokens, { mix, rate: 0.15, random }).length;
    expect(hidden / 2000 / tokens.length).toBeCloseTo(0.15, 2);
  });

  it("hides every token sooner or later, and as often", () => {
    const random = createRandom(4);
    const tokens = wordsOf([2, 1, 3, 2, 1, 1, 2]);
    const counts = Array.from(tokens, () => 0);
    for (let i = 0; i < 6000; i++) {
      for (const at of chooseMasked(tokens, { mix: TOKENS, rate: 0.25, random })) counts[at]! += 1;
    }
    for (const count of counts) expect(count / 6000).toBeCloseTo(0.25, 1);
  });

  it("finds nothing to hide in an empty document", () => {
    const random = createRandom(1);
    expect(chooseMasked(new Uint16Array(), { mix: WORDS, rate: 0.5, random })).toEqual([]);
  });
});
