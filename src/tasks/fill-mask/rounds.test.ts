import { describe, expect, it } from "vitest";
import type { Scorer } from "../../models/index.ts";
import { settled } from "../../../test/helpers/fake-timer.ts";
import { Rounds } from "./rounds.ts";
import { Turns } from "./turns.ts";

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

  it("take turns with those of others, one call of the engine each", async () => {
    const { scorer, calls } = fakeScorer();
    const turns = new Turns();
    const [long, short] = [new Rounds(scorer, 1, { turns }), new Rounds(scorer, 1, { turns })];
    const question = { ids: row(20, 1), columns: [0] };
    const asked = long.ask(Array.from({ length: 120 }, () => question));
    while (calls.length === 0) await settled();
    await short.ask([question]);
    expect(calls).toContain(20);
    expect(calls.length).toBeLessThan(6);
    await asked;
    expect(calls.filter((tokens) => tokens === 240)).toHaveLength(10);
  });

  it("are dropped between calls of the engine once nobody waits", async () => {
    const { scorer, calls } = fakeScorer();
    const controller = new AbortController();
    const rounds = new Rounds(scorer, 1, { signal: controller.signal });
    const question = { ids: row(20, 1), columns: [0] };
    const asked = rounds.ask(Array.from({ length: 120 }, () => question));
    asked.catch(() => {});
    while (calls.length === 0) await settled();
    controller.abort();
    await expect(asked).rejects.toMatchObject({ code: "cancelled" });
    expect(calls.length).toBeLessThan(4);
  });
});
