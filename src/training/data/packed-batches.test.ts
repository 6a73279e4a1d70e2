import { describe, expect, it } from "vitest";
import { PackedBatches, type Phase } from "./packed-batches.ts";
import { Sampler, type Source } from "./sampler.ts";
import { CONTINUES_WORD, TOKEN_MASK } from "./shard.ts";

const SPECIAL = { pad: 0, cls: 2, sep: 3, mask: 4 };
const FIRST_ID = 10;

/** Twenty documents of 1–9 tokens, every second token continuing a word. */
function source(): Source {
  const offsets = [0];
  for (let i = 0; i < 20; i++) offsets.push((offsets.at(-1) ?? 0) + 1 + (i % 9));
  const tokens = Uint16Array.from({ length: offsets.at(-1) ?? 0 }, (_, i) => {
    return (FIRST_ID + i) | (i % 2 === 1 ? CONTINUES_WORD : 0);
  });
  const shard = { name: "a", tokens, offsets: Uint32Array.from(offsets) };
  return { shard, weight: 1, masking: { word: 0.5, span: 0.25, token: 0.25 } };
}

const PHASES: readonly Phase[] = [
  { untilStep: 3, rows: 4, length: 16, maskRate: 0.3 },
  { untilStep: 6, rows: 2, length: 32, maskRate: 0.15 },
];

const batchesOf = (seed = 1) =>
  new PackedBatches(new Sampler([source()], seed), { phases: PHASES, special: SPECIAL, seed });

describe("PackedBatches", () => {
  it("takes the shape of each step's phase, the last one's for ever", () => {
    const batches = batchesOf();
    const shapes = [1, 2, 3, 4, 5, 6, 7, 8].map((step) => {
      const { rows, length } = batches.next(step);
      return `${rows}×${length}`;
    });
    expect(shapes).toEqual(["4×16", "4×16", "4×16", ...Array<string>(5).fill("2×32")]);
  });

  it("frames every document, numbers it within its row, and pads with nothing to attend to", () => {
    const { shard } = source();
    const plain = Array.from(shard.tokens, (token) => token & TOKEN_MASK);
    const documents = new Set(
      Array.from({ length: 20 }, (_, i) => {
        return plain.slice(shard.offsets[i], shard.offsets[i + 1]).join();
      }),
    );
    const batches = batchesOf();
    for (let step = 1; step <= 8; step++) {
      const { rows, length, inputIds, attentionMask, positions, labels } = batches.next(step);
      const restored = Array.from(inputIds, Number);
      for (const [k, at] of positions.entries()) restored[Number(at)] = Number(labels[k]);
      for (let row = 0; row < rows; row++) {
        const ids = restored.slice(row * length, (row + 1) * length);
        const mask = Array.from(attentionMask.slice(row * length, (row + 1) * length), Number);
        const count = Math.max(...mask);
        expect(count).toBeGreaterThan(0);
        let at = 0;
        for (let document = 1; document <= count; document++) {
          const end = mask.lastIndexOf(document) + 1;
          expect(mask.slice(at, end).every((number) => number === document)).toBe(true);
          expect([ids[at], ids[end - 1]]).toEqual([SPECIAL.cls, SPECIAL.sep]);
          expect(documents).toContain(ids.slice(at + 1, end - 1).join());
          at = end;
        }
        expect(ids.slice(at).every((id) => id === SPECIAL.pad)).toBe(true);
        expect(mask.slice(at).every((number) => number === 0)).toBe(true);
      }
    }
  });

  it("hides text only, and asks for what it hid without word flags", () => {
    const batches = batchesOf();
    for (let step = 1; step <= 8; step++) {
      const { inputIds, positions, labels } = batches.next(step);
      const hidden = inputIds.reduce((sum, id) => sum + (id === BigInt(SPECIAL.mask) ? 1 : 0), 0);
      expect(positions).toHaveLength(hidden);
      expect(labels).toHaveLength(hidden);
      for (const [k, at] of positions.entries()) {
        expect(inputIds[Number(at)]).toBe(BigInt(SPECIAL.mask));
        expect(Number(labels[k])).toBeGreaterThanOrEqual(FIRST_ID);
        expect(Number(labels[k])).toBeLessThanOrEqual(TOKEN_MASK);
      }
    }
  });

  it.each([1, 3, 5])("goes on after step %i as if it had never stopped", (stop) => {
    const whole = batchesOf(7);
    const expected = Array.from({ length: 8 }, (_, i) => whole.next(i + 1));
    const before = batchesOf(7);
    const seen = Array.from({ length: stop }, (_, i) => before.next(i + 1));
    const state = JSON.parse(JSON.stringify(before.state())) as ReturnType<typeof before.state>;
    const options = { phases: PHASES, special: SPECIAL, seed: 7 };
    const after = new PackedBatches(new Sampler([source()], 7, state.sampler), options, state);
    for (let step = stop + 1; step <= 8; step++) seen.push(after.next(step));
    expect(seen).toEqual(expected);
  });

  it("refuses a run without phases", () => {
    const options = { phases: [], special: SPECIAL, seed: 1 };
    const batches = new PackedBatches(new Sampler([source()], 1), options);
    expect(() => batches.next(1)).toThrow(/at least one phase/);
  });
});
