import { expect, test } from "vitest";
import { createRandom } from "../../base/index.ts";
import { leaveOneOutMargins } from "./leave-one-out.ts";

const random = createRandom(7);
const noise = (): number => random.next() - 0.5;

/** Two clouds of 20 points each, 12-dimensional, that differ in one direction. */
function twoClouds(): { items: Float32Array[]; labels: string[] } {
  const labels = Array.from({ length: 40 }, (_, i) => (i < 20 ? "a" : "b"));
  const items = labels.map((label) =>
    Float32Array.from({ length: 12 }, (_, k) => noise() + (k === 0 && label === "b" ? 2 : 0)),
  );
  return { items, labels };
}

test("an item whose label the others contradict has the lowest margin", () => {
  const { items, labels } = twoClouds();
  labels[3] = "b";
  const margins = leaveOneOutMargins(items, labels) as number[];
  expect(margins.indexOf(Math.min(...margins))).toBe(3);
  expect(margins[3]).toBeLessThan(-0.2);
  expect(margins.filter((margin) => margin < 0)).toHaveLength(1);
});

test("the margin is that of a regression fitted without the item", () => {
  const { items, labels } = twoClouds();
  // An item that is left out has no say in what it is called: changing its label changes the sign.
  const before = leaveOneOutMargins(items, labels)[5] as number;
  labels[5] = "b";
  const after = leaveOneOutMargins(items, labels)[5] as number;
  expect(after).toBeLessThan(0);
  expect(before).toBeGreaterThan(0);
});

test("nothing is said of a label that occurs once, nor where all have the same", () => {
  const { items, labels } = twoClouds();
  labels[0] = "new";
  expect(leaveOneOutMargins(items, labels)[0]).toBeUndefined();
  const same = leaveOneOutMargins(
    items,
    items.map(() => "a"),
  );
  expect(same.every((margin) => margin === undefined)).toBe(true);
});

test("a dimension that never varies does no harm", () => {
  const { items, labels } = twoClouds();
  const margins = leaveOneOutMargins(
    items.map((item) => Float32Array.from([...item, 3])),
    labels,
  );
  expect(margins.every((margin) => Number.isFinite(margin))).toBe(true);
});
