// Cases of operators that move, cut or join elements.

import * as fc from "fast-check";
import type { Dim, GraphBuilder, Shape, Value } from "../../../src/onnx/index.ts";
import {
  anyShape,
  axisSize,
  broadcastable,
  caseOf,
  fixed,
  node,
  real,
  shapeAndAxis,
  type CaseTable,
  type Parts,
} from "./case.ts";

/** int64 [rank] of a shape whose symbols stand on axes of `carriers`. */
function shapeVector(b: GraphBuilder, shape: Shape, carriers: readonly Value[]): Value {
  const parts = shape.map((dim) => {
    if (typeof dim === "number") return b.ints(dim);
    const carrier = carriers.find((value) => value.shape.includes(dim));
    const axis = carrier?.shape.indexOf(dim) ?? 0;
    return b.emit("Shape", [carrier], { start: axis, end: axis + 1 });
  });
  return parts.length === 0 ? b.constant("int64", [0], []) : b.emit("Concat", parts, { axis: 0 });
}

/** The axes turned around, two neighbours joined into one (-1), or an axis kept by a 0. */
const reshape = anyShape({ min: 1 }, { empty: false })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.nat(2), fc.nat(shape.length - 1)))
  .map(([shape, form, at]): Parts => {
    const keeps = at === 0 ? [] : [0];
    return {
      inputs: [real(shape)],
      build: (b, inputs) => {
        const [x] = inputs;
        const target =
          form === 0
            ? shapeVector(b, shape.toReversed(), inputs)
            : form === 1
              ? b.ints(...keeps, -1)
              : b.ints(-1);
        return [b.emit("Reshape", [x, target])];
      },
      note: `form ${form}, axis ${at}`,
    };
  });

const squeeze = fc
  .tuple(anyShape({ max: 3 }), fc.nat(3), fc.nat(2))
  .map(([rest, place, form]): Parts => {
    const at = Math.min(place, rest.length);
    const shape = [...rest.slice(0, at), 1, ...rest.slice(at)];
    const written = form === 1 ? at - shape.length : at;
    // Without axes every axis of size 1 goes, so there must be no symbol that could be 1.
    const bare = form === 2 && shape.every((dim) => typeof dim === "number");
    return {
      inputs: [real(shape)],
      build: (b, [x]) => [b.emit("Squeeze", bare ? [x] : [x, b.ints(written)])],
    };
  });

const unsqueeze = anyShape({ max: 3 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length), fc.boolean()))
  .map(([shape, at, back]): Parts => {
    const written = back ? at - shape.length - 1 : at;
    return {
      inputs: [real(shape)],
      build: (b, [x]) => [b.emit("Unsqueeze", [x, b.ints(written)])],
    };
  });

const flatten = anyShape({ min: 1 })
  .chain((shape) =>
    fc.tuple(fc.constant(shape), fc.integer({ min: -shape.length, max: shape.length })),
  )
  .map(([shape, axis]): Parts => ({ inputs: [real(shape)], build: node("Flatten", { axis }) }));

const transpose = anyShape()
  .chain((shape) => {
    const axes = shape.map((_, axis) => axis);
    const order = fc.shuffledSubarray(axes, { minLength: axes.length, maxLength: axes.length });
    return fc.tuple(fc.constant(shape), fc.option(order));
  })
  .map(([shape, perm]): Parts => ({
    inputs: [real(shape)],
    build: node("Transpose", perm === null ? {} : { perm }),
    note: JSON.stringify(perm),
  }));

const concat = shapeAndAxis()
  .chain(({ shape, axis, written }) => {
    const sizes = fc.array(axisSize({ empty: true }), { minLength: 1, maxLength: 3 });
    return fc.tuple(fc.constant({ shape, axis, written }), sizes);
  })
  .map(([{ shape, axis, written }, sizes]): Parts => ({
    inputs: sizes.map((size) => real(shape.with(axis, size))),
    build: node("Concat", { axis: written }),
  }));

/** Pieces of given sizes, or even ones; sometimes one that nobody uses. */
const split = fc
  .tuple(
    shapeAndAxis(),
    fc.array(fc.nat(2), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
    fc.nat(3),
  )
  .map(([{ shape, axis, written }, sizes, even, unused]): Parts => {
    const count = sizes.length;
    const total = even ? 2 * count : sizes.reduce((a, b) => a + b, 0);
    return {
      inputs: [real(shape.with(axis, total))],
      build: (b, [x]) => {
        const operands = even ? [x] : [x, b.ints(...sizes)];
        const attributes = { axis: written, ...(even ? { num_outputs: count } : {}) };
        const pieces = b.emitAll("Split", operands, { attributes, outputs: count });
        return pieces.filter((_, i) => i !== unused || count === 1);
      },
    };
  });

/** Starts and ends from either end, also beyond them, on some of the axes, in any order. */
const slice = anyShape()
  .chain((shape) => {
    const place = fc.integer({ min: -4, max: 5 });
    const start = fc.oneof(fc.constant(0), place);
    const end = fc.oneof(place, fc.constant(2 ** 31 - 1));
    const bounds = fc.tuple(start, end);
    const axes = fc.shuffledSubarray(shape.map((_, axis) => axis));
    return fc.tuple(
      fc.constant(shape),
      axes,
      fc.array(bounds, { minLength: shape.length, maxLength: shape.length }),
    );
  })
  .map(([shape, axes, bounds]): Parts => {
    const starts = axes.map((axis) => bounds[axis]?.[0] ?? 0);
    const ends = axes.map((axis) => bounds[axis]?.[1] ?? 0);
    const vector = (b: GraphBuilder, values: readonly number[]): Value =>
      b.constant("int64", [values.length], values);
    return {
      inputs: [real(shape)],
      build: (b, [x]) => [
        b.emit("Slice", [x, vector(b, starts), vector(b, ends), vector(b, axes)]),
      ],
      note: JSON.stringify({ axes, starts, ends }),
    };
  });

const expand = broadcastable(2).map(([a = [], b = []]): Parts => ({
  inputs: [real(a), real(b)],
  // The second operand only carries sizes.
  build: (builder, inputs) => [
    builder.emit("Expand", [inputs[0], shapeVector(builder, b, inputs)]),
  ],
}));

const tile = anyShape({ max: 3 })
  .chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.array(fc.nat(2), { minLength: shape.length, maxLength: shape.length }),
    ),
  )
  .map(([shape, repeats]): Parts => ({
    inputs: [real(shape)],
    build: (b, [x]) => [b.emit("Tile", [x, b.constant("int64", [repeats.length], repeats)])],
    note: JSON.stringify(repeats),
  }));

const trilu = fc
  .tuple(anyShape({ min: 2 }), fc.option(fc.integer({ min: -2, max: 2 })), fc.nat(1))
  .map(([shape, k, upper]): Parts => ({
    inputs: [real(shape)],
    build: (b, [x]) => [b.emit("Trilu", k === null ? [x] : [x, b.scalar(k, "int64")], { upper })],
  }));

const cumSum = fc
  .tuple(shapeAndAxis(), fc.nat(1), fc.nat(1))
  .map(([{ shape, written }, exclusive, reverse]): Parts => ({
    inputs: [real(shape)],
    build: (b, [x]) => [b.emit("CumSum", [x, b.scalar(written, "int64")], { exclusive, reverse })],
  }));

const rotaryEmbedding = fc
  .tuple(axisSize({ empty: false }), axisSize({ empty: false }), fc.integer({ min: 1, max: 2 }))
  .map(([batch, sequence, heads]): Parts => {
    const half = 2;
    const longest = 4;
    const table: Dim[] = [longest, half];
    return {
      inputs: [real([batch, sequence, heads * 2 * half]), fixed(table), fixed(table)],
      build: (b, [x, cos, sin]) => [
        b.emit("RotaryEmbedding", [x, b.ints(0), cos, sin], { num_heads: heads }),
      ],
    };
  });

export const MOVEMENT_CASES: CaseTable = {
  Reshape: caseOf("Reshape", reshape, { empty: false }),
  Squeeze: caseOf("Squeeze", squeeze),
  Unsqueeze: caseOf("Unsqueeze", unsqueeze),
  Flatten: caseOf("Flatten", flatten),
  Transpose: caseOf("Transpose", transpose),
  Concat: caseOf("Concat", concat),
  Split: caseOf("Split", split),
  Slice: caseOf("Slice", slice),
  Expand: caseOf("Expand", expand),
  Tile: caseOf("Tile", tile),
  Trilu: caseOf("Trilu", trilu),
  CumSum: caseOf("CumSum", cumSum),
  RotaryEmbedding: caseOf("RotaryEmbedding", rotaryEmbedding, { empty: false }),
};
