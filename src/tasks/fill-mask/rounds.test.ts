import { describe, expect, it } from "vitest";
import type { Scorer } from "../../models/index.ts";
import { Rounds } from "./rounds.ts";

const V = 5;

/** Scores tell row and column apart: logit of token v = (id in that column)·v. */
function fakeScorer() {
  const calls: number[] = [];
  const scorer: Scorer = {
    vocabularySize: V,
    sequenceMax: 400,
    score(rows, positions, reused) {
      calls.push(rows.reduce((sum, row) => sum + row.length, 0));
      const values = rows.flatMap((row, i) =>
        (positions[i] ?? []).flatMap((column) =>
          Array.from({ length: V }, (_, v) => (row[column] as number) * v),
        ),
      );
      const fits = reused !== undefined && reused.length >= values.length;
      const logits = fits ? reused.subarray(0, values.length) : new Float32Array(values.length);
      logits.set(values);
      return Promise.resolve(logits);
    },
    [Symbol.dispose]: () => {},
  };
  return { scorer, calls };
}

const row = (length: number, id: number): number[] => Array.from({ length }, () => id);

describe("questions asked side by side", () => {
  it("keep their answers while the scorer's memory is written to again", async () => {
    const { scorer } = fakeScorer();
    const rounds = new Rounds(scorer, 1);
    const asked = await rounds.ask([
      { ids: row(3, 2), columns: [0, 1] },
      { ids: row(3, 2), columns: [0, 1], tokens: [3] },
    ]);
    const before = asked.map((answer) => answer.slice());
    await rounds.ask([{ ids: row(3, 0.5), columns: [0, 2] }]);
    expect(asked.map(({ length }) => length)).toEqual([2 * V, 2]);
    expect(asked).toEqual(before);
  });

  it("are told only the tokens they ask for, as the whole answer has them", async () => {
    const { scorer } = fakeScorer();
    const rounds = new Rounds(scorer, 1);
    const ids = [1, 2, 3];
    const [whole, some] = await rounds.ask([
      { ids, columns: [0, 2] },
      { ids, columns: [0, 2], tokens: [4, 1] },
    ]);
    const expected = [4, 1, V + 4, V + 1].map((at) => whole?.[at]);
    expect([...(some ?? [])]).toEqual(expected);
  });

  it("share calls of the engine up to a number of tokens", async () => {
    const { scorer, calls } = fakeScorer();
    const rounds = new Rounds(scorer, 1);
    const questions = Array.from({ length: 30 }, () => ({ ids: row(20, 1), columns: [0] }));
    expect(await rounds.ask(questions)).toHaveLength(30);
    expect(calls).toEqual([240, 240, 120]);
  });
});
