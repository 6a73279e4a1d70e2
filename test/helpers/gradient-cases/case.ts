// What a drawn case of one operator is: inputs with (symbolic) shapes, a graph over them, and several
// sets of sizes for the symbols, since one graph must serve all shapes. The same cases are used to
// check gradients in float64 and the engine in float32.

import * as fc from "fast-check";
import { createRandom, shuffle, type Random } from "../../../src/base/index.ts";
import type { Attributes, Dim, GraphBuilder, Shape, Value } from "../../../src/onnx/index.ts";

/** Symbol → size. */
export type Sizes = Readonly<Record<string, number>>;

/** Draws the elements of a tensor of these sizes in row-major order. */
export type Fill = (dims: readonly number[], random: Random, sizes: Sizes) => number[];

export interface CaseInput {
  /** `fixed` is real too, but nobody asks for its gradient. */
  readonly kind: "real" | "fixed" | "whole" | "truth";
  readonly shape: Shape;
  readonly fill: Fill;
}

/** What an operator's arbitrary draws. */
export interface Parts {
  readonly inputs: readonly CaseInput[];
  /** Emits the operator; each real result goes into the loss. */
  readonly build: (b: GraphBuilder, inputs: readonly Value[]) => readonly Value[];
  /** For the counterexample: what the closures hide. */
  readonly note?: string;
}

export interface Case extends Parts {
  readonly op: string;
  /** Sizes for each run of the same graph. */
  readonly runs: readonly Sizes[];
  readonly seed: number;
}

/** Operator → how its cases are drawn. */
export type CaseTable = Readonly<Record<string, fc.Arbitrary<Case>>>;

const SYMBOLS = ["s0", "s1", "s2"] as const;
const SIZE_MAX = 3;

/** Whether axes may have no elements. */
export interface Emptiness {
  readonly empty: boolean;
}

export function caseOf(
  op: string,
  parts: fc.Arbitrary<Parts>,
  { empty }: Emptiness = { empty: true },
): fc.Arbitrary<Case> {
  const size = fc.integer({ min: empty ? 0 : 1, max: SIZE_MAX });
  const sizes = fc.record({ s0: size, s1: size, s2: size });
  const runs = fc.array(sizes, { minLength: 2, maxLength: 2 });
  return fc
    .tuple(parts, runs, fc.integer())
    .map(([part, drawn, seed]) => ({ ...part, op, runs: drawn, seed }));
}

/** An axis: a small number or a symbol. */
export const axisSize = ({ empty }: Emptiness): fc.Arbitrary<Dim> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: SIZE_MAX }) },
    { weight: 5, arbitrary: fc.constantFrom(...SYMBOLS) },
    { weight: empty ? 1 : 0, arbitrary: fc.constant(0) },
  );

export function anyShape(
  ranks: { readonly min?: number; readonly max?: number } = {},
  emptiness: Emptiness = { empty: true },
): fc.Arbitrary<Dim[]> {
  const { min = 0, max = 4 } = ranks;
  return fc.array(axisSize(emptiness), { minLength: min, maxLength: max });
}

/** A shape with one of its axes, which may be written as counted from the end. */
export function shapeAndAxis(
  ranks: { readonly min?: number; readonly max?: number } = {},
  emptiness: Emptiness = { empty: true },
): fc.Arbitrary<{ shape: Dim[]; axis: number; written: number }> {
  return anyShape({ min: 1, ...ranks }, emptiness).chain((shape) =>
    fc
      .tuple(fc.nat(shape.length - 1), fc.boolean())
      .map(([axis, back]) => ({ shape, axis, written: back ? axis - shape.length : axis })),
  );
}

/** `count` shapes that broadcast to one drawn shape: axes of size 1, leading axes left out. */
export function broadcastable(
  count: number,
  emptiness: Emptiness = { empty: true },
): fc.Arbitrary<Shape[]> {
  return anyShape({}, emptiness).chain((whole) => {
    const mask = fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length });
    const one = fc
      .tuple(mask, fc.nat(whole.length))
      .map(([thin, dropped]) =>
        whole.map((dim, axis): Dim => (thin[axis] ? 1 : dim)).slice(dropped),
      );
    // The first keeps every axis, wherever it stands among them.
    return fc
      .tuple(fc.array(one, { minLength: count - 1, maxLength: count - 1 }), fc.nat(count - 1))
      .map(([others, at]) => [...others.slice(0, at), whole, ...others.slice(at)]);
  });
}

/** The sizes of a shape in one run. */
export const dimsOf = (shape: Shape, sizes: Sizes): number[] =>
  shape.map((dim) => (typeof dim === "number" ? dim : (sizes[dim] as number)));

const each =
  (draw: (random: Random) => number): Fill =>
  (dims, random) =>
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => draw(random));

const sign = (random: Random): number => (random.next() < 0.5 ? -1 : 1);

export const anywhere = each((random) => random.normal());
export const positive = each((random) => 0.3 + 2 * random.next());
export const awayFromZero = each((random) => sign(random) * (0.3 + 2 * random.next()));
/** Multiples of 0.6 shifted by `offset`: two with different offsets are never near each other. */
export const onGrid = (offset: number): Fill =>
  each((random) => 0.6 * (random.integer(7) - 3) + offset);
/** No two elements near each other. */
export const distinct: Fill = (dims, random) => {
  const count = dims.reduce((a, b) => a * b, 1);
  const places = Array.from({ length: count }, (_, i) => 0.2 * (i - count / 2));
  return shuffle(places, random);
};
/** Whole numbers in [low(sizes), high(sizes)). */
export const wholeBetween =
  (low: (sizes: Sizes) => number, high: (sizes: Sizes) => number): Fill =>
  (dims, random, sizes) =>
    each((r) => low(sizes) + r.integer(Math.max(1, high(sizes) - low(sizes))))(dims, random, sizes);
/** Indices into an axis, some from the end, some twice. */
export const indicesInto = (dim: Dim): Fill => {
  const size = (sizes: Sizes): number => dimsOf([dim], sizes)[0] as number;
  return wholeBetween((sizes) => -size(sizes), size);
};

export const real = (shape: Shape, fill: Fill = anywhere): CaseInput => ({
  kind: "real",
  shape,
  fill,
});
export const fixed = (shape: Shape): CaseInput => ({ kind: "fixed", shape, fill: anywhere });
export const whole = (shape: Shape, fill: Fill): CaseInput => ({ kind: "whole", shape, fill });
export const truth = (shape: Shape): CaseInput => ({
  kind: "truth",
  shape,
  fill: each((random) => random.integer(2)),
});

/** One node over all inputs. */
export const node =
  (op: string, attributes: Attributes = {}): Parts["build"] =>
  (b, inputs) => [b.emit(op, inputs, attributes)];

/** The elements of every input in one run. */
export function drawInputs(one: Case, run: number): { dims: number[]; values: number[] }[] {
  const random = createRandom(one.seed + run);
  const sizes = one.runs[run] as Sizes;
  return one.inputs.map(({ shape, fill }) => {
    const dims = dimsOf(shape, sizes);
    return { dims, values: fill(dims, random, sizes) };
  });
}
