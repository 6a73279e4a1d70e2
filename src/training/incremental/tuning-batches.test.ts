import { expect, it } from "vitest";
import type { TuningRow } from "./rows.ts";
import { tuningBatch } from "./tuning-batches.ts";

const HIDDEN = 2;
const cache = { read: ({ ids }: { readonly ids: readonly number[] }) => activations(ids.length) };

function activations(tokens: number): Float32Array {
  return new Float32Array(tokens * HIDDEN);
}

const row = (wanted: number, unwanted: number): TuningRow => {
  return { ids: [1, 5, 4, 2], targets: [{ column: 2, label: 7, wanted, unwanted }] };
};
const right = row(1, 0);
const wrong = row(0, 0.5);

/** The sums of what is wanted and unwanted in a batch. */
function weightsOf(rows: readonly TuningRow[]): readonly [wanted: number, unwanted: number] {
  const options = { cache, hiddenSize: HIDDEN, keptWeight: 1 };
  const { wanted, unwanted } = tuningBatch({ rows, kept: [] }, options);
  const sum = (of: Float32Array): number => of.reduce((total, each) => total + each, 0);
  return [sum(wanted), sum(unwanted)];
}

it("weighs a wrong word half as much as a right one", () => {
  expect(weightsOf([right, wrong])).toEqual([1, 0.5]);
  expect(weightsOf([right, right, wrong])).toEqual([1, 0.25]);
});

it("weighs wrong words alone no more than right ones", () => {
  expect(weightsOf([wrong])).toEqual([0, 1]);
  expect(weightsOf([wrong, wrong, wrong, wrong])).toEqual([0, 1]);
  expect(weightsOf([right, ...Array.from({ length: 4 }, () => wrong)])).toEqual([0.5, 1]);
});

it("is no division by nothing where nothing is to be learned", () => {
  expect(weightsOf([])).toEqual([0, 0]);
});
