import { expect, test } from "vitest";
import { createRandom } from "../../base/index.ts";
import { leaveOneOut } from "./leave-one-out.ts";

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

function marginsOf(items: readonly Float32Array[], labels: readonly string[]) {
  return leaveOneOut(
    items,
    labels.map((label) => [label]),
  ).map((finding) => finding?.margin);
}

test("an item whose label the others contradict has the lowest margin", () => {
  const { items, labels } = twoClouds();
  labels[3] = "b";
  const margins = marginsOf(items, labels) as number[];
  expect(margins.indexOf(Math.min(...margins))).toBe(3);
  expect(margins[3]).toBeLessThan(-0.5);
  expect(margins.filter((margin) => margin < 0)).toHaveLength(1);
});

test("the margin is that of a regression fitted without the item", () => {
  const { items, labels } = twoClouds();
  // An item that is left out has no say in what it is called: changing its label changes the sign.
  const before = marginsOf(items, labels)[5] as number;
  labels[5] = "b";
  const after = marginsOf(items, labels)[5] as number;
  expect(after).toBeLessThan(0);
  expect(before).toBeGreaterThan(0);
});

test("nothing is said of a label that occurs once, nor where all have the same", () => {
  const { items, labels } = twoClouds();
  labels[0] = "new";
  expect(marginsOf(items, labels)[0]).toBeUndefined();
  const same = marginsOf(
    items,
    items.map(() => "a"),
  );
  expect(same.every((margin) => margin === undefined)).toBe(true);
});

test("a dimension that never varies does no harm", () => {
  const { items, labels } = twoClouds();
  const margins = marginsOf(
    items.map((item) => Float32Array.from([...item, 3])),
    labels,
  );
  expect(margins.every((margin) => Number.isFinite(margin))).toBe(true);
});

test("one of several labels that the others give is no reason for doubt", () => {
  const { items, labels } = twoClouds();
  const both = labels.map((label, i) => (i === 3 ? ["b", "a"] : [label]));
  expect(leaveOneOut(items, [...both.slice(0, 3), ["b"], ...both.slice(4)])[3]).toMatchObject({
    rival: "a",
  });
  expect(leaveOneOut(items, both)[3]).toBeUndefined();
  const three = both.map((each, i) => (i > 35 ? ["c"] : each));
  expect(leaveOneOut(items, three)[3]?.margin).toBeGreaterThan(0);
});

test("where each label occurs a few times among many, nothing is said with confidence", () => {
  const items = Array.from({ length: 60 }, () => Float32Array.from({ length: 12 }, noise));
  const labels = items.map((_, i) => `label ${i % 20}`);
  const margins = marginsOf(items, labels) as number[];
  expect(margins.filter((margin) => margin < 0).length).toBeGreaterThan(30);
  expect(margins.filter((margin) => margin < -0.5)).toEqual([]);
});
