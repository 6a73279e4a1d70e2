// Cases of operators that pick elements by index. Indices are drawn from small ranges, so that the
// same element is often picked twice.

import * as fc from "fast-check";
import { shuffle, type Random } from "../../../src/base/index.ts";
import type { Dim, Shape } from "../../../src/onnx/index.ts";
import {
  anyShape,
  caseOf,
  dimsOf,
  distinct,
  indicesInto,
  node,
  real,
  shapeAndAxis,
  whole,
  type CaseTable,
  type Fill,
  type Parts,
  type Sizes,
} from "./case.ts";

const NOT_EMPTY = { empty: false };

const gather = fc
  .tuple(shapeAndAxis({ max: 3 }, NOT_EMPTY), anyShape({ max: 2 }))
  .map(([{ shape, axis, written }, picked]): Parts => ({
    inputs: [real(shape), whole(picked, indicesInto(shape[axis] as Dim))],
    build: node("Gather", { axis: written }),
    note: `axis ${written}`,
  }));

/** Index shapes may be shorter than the data on every axis but the one that is indexed. */
const gatherElements = fc
  .tuple(shapeAndAxis({ max: 3 }, NOT_EMPTY), fc.integer({ min: 0, max: 4 }), fc.boolean())
  .map(([{ shape, axis, written }, count, thin]): Parts => {
    const picked = shape.map((dim, i): Dim => (i === axis ? count : thin ? 1 : dim));
    return {
      inputs: [real(shape), whole(picked, indicesInto(shape[axis] as Dim))],
      build: node("GatherElements", { axis: written }),
      note: `axis ${written}`,
    };
  });

/** Tuples [.., k] into the first k axes. */
const tuplesInto =
  (axes: Shape): Fill =>
  (dims, random, sizes) => {
    const bounds = dimsOf(axes, sizes);
    const count = dims.reduce((a, b) => a * b, 1);
    return Array.from({ length: count }, (_, i) => {
      const size = bounds[i % bounds.length] as number;
      return random.integer(2 * size) - size;
    });
  };

const gatherNd = fc
  .tuple(shapeAndAxis({ max: 3 }, NOT_EMPTY), anyShape({ max: 2 }))
  .map(([{ shape, axis }, places]): Parts => {
    const axes = shape.slice(0, axis + 1);
    return {
      inputs: [real(shape), whole([...places, axes.length], tuplesInto(axes))],
      build: node("GatherND"),
    };
  });

/** Along one axis no index twice: what is written last is not defined. */
const distinctAlong =
  (axis: number, bound: Dim): Fill =>
  (dims, random: Random, sizes: Sizes) => {
    const size = dimsOf([bound], sizes)[0] as number;
    const order = shuffle(
      Array.from({ length: size }, (_, i) => i),
      random,
    );
    const count = dims.reduce((a, b) => a * b, 1);
    const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    return Array.from({ length: count }, (_, flat) => {
      const at = Math.floor(flat / stride) % (dims[axis] as number);
      return order[at] as number;
    });
  };

const scatterElements = fc
  .tuple(shapeAndAxis({ max: 3 }, NOT_EMPTY), fc.boolean(), fc.boolean())
  .map(([{ shape, axis, written }, add, thin]): Parts => {
    const bound = shape[axis] as Dim;
    const picked = shape.map((dim, i): Dim => (i === axis || !thin ? dim : 1));
    const indices = add ? indicesInto(bound) : distinctAlong(axis, bound);
    return {
      inputs: [real(shape), whole(picked, indices), real(picked)],
      build: node("ScatterElements", { axis: written, ...(add ? { reduction: "add" } : {}) }),
      note: `axis ${written}, add ${add}`,
    };
  });

/** Rows of the first axis: any to add to, each at most once to overwrite. */
const scatterNd = fc
  .tuple(anyShape({ min: 1, max: 3 }, NOT_EMPTY), fc.boolean())
  .map(([shape, add]): Parts => {
    const [bound = 1, ...rest] = shape;
    const indices = add ? indicesInto(bound) : distinctAlong(0, bound);
    return {
      inputs: [real(shape), whole([bound, 1], indices), real([bound, ...rest])],
      build: node("ScatterND", add ? { reduction: "add" } : {}),
      note: `add ${add}`,
    };
  });

const topK = fc
  .tuple(shapeAndAxis({ max: 3 }, NOT_EMPTY), fc.integer({ min: 1, max: 3 }), fc.nat(1))
  .map(([{ shape, axis, written }, size, largest]): Parts => ({
    inputs: [real(shape.with(axis, size + 1), distinct)],
    build: (b, [x]) =>
      b
        .emitAll("TopK", [x, b.ints(size)], { attributes: { axis: written, largest }, outputs: 2 })
        .slice(0, 1),
  }));

export const GATHER_CASES: CaseTable = {
  Gather: caseOf("Gather", gather, NOT_EMPTY),
  GatherElements: caseOf("GatherElements", gatherElements, NOT_EMPTY),
  GatherND: caseOf("GatherND", gatherNd, NOT_EMPTY),
  TopK: caseOf("TopK", topK, NOT_EMPTY),
  ScatterElements: caseOf("ScatterElements", scatterElements, NOT_EMPTY),
  ScatterND: caseOf("ScatterND", scatterNd, NOT_EMPTY),
};
