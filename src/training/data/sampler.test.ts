import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sampler, type SamplerState, type Source } from "./sampler.ts";
import type { TokenShard } from "./shard.ts";

const MASKING = { word: 1, span: 0, token: 0 };

/** A source whose documents have these lengths; no token occurs twice. */
function sourceOf(name: string, lengths: readonly number[], weight = 1): Source {
  const offsets = [0];
  for (const length of lengths) offsets.push((offsets.at(-1) ?? 0) + length);
  const tokens = Uint16Array.from({ length: offsets.at(-1) ?? 0 }, (_, i) => i);
  const shard: TokenShard = { name, tokens, offsets: Uint32Array.from(offsets) };
  return { shard, weight, masking: MASKING };
}

type DrawnRow = readonly (readonly [name: string, tokens: readonly number[]])[];

const draw = (sampler: Sampler, length: number): DrawnRow =>
  sampler.row(length).map(({ source, tokens }) => [source.shard.name, Array.from(tokens)]);

const lengthLists = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 });

describe("Sampler", () => {
  it("draws every document once in each pass, in another order", () => {
    const source = sourceOf(
      "a",
      Array.from({ length: 30 }, () => 6),
    );
    const sampler = new Sampler([source], 1);
    const pass = (): number[] =>
      // One document of 6 tokens fills a row of 8.
      Array.from({ length: 30 }, () => draw(sampler, 8)[0]?.[1][0] ?? -1);
    const [first, second] = [pass(), pass()];
    const sorted = (list: number[]): number[] => [...list].sort((a, b) => a - b);
    expect(sorted(first)).toEqual(Array.from({ length: 30 }, (_, i) => 6 * i));
    expect(sorted(second)).toEqual(sorted(first));
    expect(second).not.toEqual(first);
    // The next pass begins when it is drawn from.
    expect(sampler.passes()).toEqual({ a: 2 });
  });

  it("packs documents whole, with room for two special tokens each, and fills rows well", () => {
    fc.assert(
      fc.property(lengthLists, fc.integer(), (lengths, seed) => {
        const source = sourceOf("a", lengths);
        const sampler = new Sampler([source], seed);
        const documents = new Set(
          lengths.map((_, i) => {
            const [from, to] = source.shard.offsets.subarray(i, i + 2);
            return source.shard.tokens.slice(from, to).join();
          }),
        );
        const rows = Array.from({ length: 10 }, () => draw(sampler, 30));
        for (const [i, row] of rows.entries()) {
          const used = row.reduce((sum, [, tokens]) => sum + tokens.length + 2, 0);
          expect(used).toBeLessThanOrEqual(30);
          for (const [, tokens] of row) expect(documents).toContain(tokens.join());
          const next = rows[i + 1]?.[0]?.[1].length;
          // A row ends only because the next document does not fit, or nothing would.
          if (next !== undefined && used < 28) expect(used + next + 2).toBeGreaterThan(30);
        }
      }),
    );
  });

  it("shows a window of a document longer than a row, not always the same", () => {
    const sampler = new Sampler([sourceOf("a", [100])], 3);
    const starts = Array.from({ length: 20 }, () => {
      const [[, tokens]] = draw(sampler, 12) as [[string, number[]]];
      expect(tokens).toEqual(Array.from({ length: 10 }, (_, i) => (tokens[0] as number) + i));
      return tokens[0];
    });
    expect(new Set(starts).size).toBeGreaterThan(5);
  });

  it("lets the tokens drawn follow the weights", () => {
    const sources = [
      sourceOf("short", [3, 4, 5], 1),
      sourceOf("long", [40, 50], 2),
      sourceOf("rare", [8], 0.5),
    ];
    const sampler = new Sampler(sources, 5);
    const drawn: Record<string, number> = { short: 0, long: 0, rare: 0 };
    for (let i = 0; i < 400; i++) {
      for (const [name, tokens] of draw(sampler, 64)) {
        drawn[name] = (drawn[name] ?? 0) + tokens.length + 2;
      }
    }
    const total = Object.values(drawn).reduce((a, b) => a + b, 0);
    expect((drawn["short"] ?? 0) / total).toBeCloseTo(1 / 3.5, 2);
    expect((drawn["long"] ?? 0) / total).toBeCloseTo(2 / 3.5, 2);
    expect((drawn["rare"] ?? 0) / total).toBeCloseTo(0.5 / 3.5, 2);
  });

  it("goes on from its state, stored as JSON, as if it had never stopped", () => {
    const rowLengths = fc.array(fc.integer({ min: 4, max: 40 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(lengthLists, { minLength: 1, maxLength: 3 }),
        rowLengths,
        fc.nat(11),
        fc.integer(),
        (shards, rows, stop, seed) => {
          const sources = shards.map((lengths, i) => sourceOf(`s${i}`, lengths, i + 1));
          const whole = new Sampler(sources, seed);
          const expected = rows.map((length) => draw(whole, length));
          const before = new Sampler(sources, seed);
          const seen = rows.slice(0, stop).map((length) => draw(before, length));
          const state = JSON.parse(JSON.stringify(before.state())) as SamplerState;
          const after = new Sampler(sources, seed, state);
          seen.push(...rows.slice(stop).map((length) => draw(after, length)));
          expect(seen).toEqual(expected);
          expect(after.passes()).toEqual(whole.passes());
        },
      ),
    );
  });

  it("draws otherwise with another seed", () => {
    const source = sourceOf(
      "a",
      Array.from({ length: 30 }, () => 6),
    );
    const rows = (seed: number): DrawnRow[] => {
      const sampler = new Sampler([source], seed);
      return Array.from({ length: 5 }, () => draw(sampler, 16));
    };
    expect(rows(1)).toEqual(rows(1));
    expect(rows(1)).not.toEqual(rows(2));
  });
});
