// Operators that move, cut, join or create elements.

import { intAttribute, intsAttribute, stringAttribute } from "../../../src/onnx/index.ts";
import type { Operator, Operators } from "./operator.ts";
import {
  broadcastDims,
  build,
  countOf,
  filled,
  fromLiteral,
  normalAxis,
  read,
  readBroadcast,
  tensor,
  type RefTensor,
} from "./tensor.ts";

const numbers = (x: RefTensor): number[] => [...x.data];

const reshape: Operator = ({ input, node }) => {
  const x = input(0);
  const allowZero = intAttribute(node, "allowzero", 0) === 1;
  const dims = numbers(input(1)).map((size, axis) =>
    size === 0 && !allowZero ? (x.dims[axis] as number) : size,
  );
  const open = dims.indexOf(-1);
  if (open >= 0) {
    const rest = countOf(dims.filter((_, axis) => axis !== open));
    dims[open] = rest === 0 ? 0 : x.data.length / rest;
  }
  return tensor(x.dtype, dims, x.data);
};

const transpose: Operator = ({ input, node }) => {
  const x = input(0);
  const order = intsAttribute(node, "perm") ?? x.dims.map((_, axis) => axis).reverse();
  const dims = order.map((axis) => x.dims[axis] as number);
  return build(x.dtype, dims, (index) => {
    const from = x.dims.map((_, axis) => index[order.indexOf(axis)] as number);
    return read(x, from);
  });
};

const axesOf = (given: RefTensor | undefined, attribute: readonly number[] | undefined) =>
  given === undefined ? attribute : numbers(given);

const squeeze: Operator = ({ input, optional, node }) => {
  const x = input(0);
  const axes = axesOf(optional(1), intsAttribute(node, "axes"))?.map((axis) =>
    normalAxis(axis, x.dims.length),
  );
  const dims = x.dims.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1));
  return tensor(x.dtype, dims, x.data);
};

const unsqueeze: Operator = ({ input, optional, node }) => {
  const x = input(0);
  const given = axesOf(optional(1), intsAttribute(node, "axes")) ?? [];
  const rank = x.dims.length + given.length;
  const axes = given.map((axis) => normalAxis(axis, rank));
  const rest = [...x.dims];
  const dims = Array.from({ length: rank }, (_, axis) =>
    axes.includes(axis) ? 1 : (rest.shift() as number),
  );
  return tensor(x.dtype, dims, x.data);
};

const flatten: Operator = ({ input, node }) => {
  const x = input(0);
  const axis = normalAxis(intAttribute(node, "axis", 1), x.dims.length);
  return tensor(x.dtype, [countOf(x.dims.slice(0, axis)), countOf(x.dims.slice(axis))], x.data);
};

const concat: Operator = ({ inputs, input, node }) => {
  const axis = normalAxis(intAttribute(node, "axis", 0), input(0).dims.length);
  const total = inputs.reduce((sum, part) => sum + (part.dims[axis] as number), 0);
  return build(input(0).dtype, input(0).dims.with(axis, total), (index) => {
    let at = index[axis] as number;
    const part = inputs.find((one) => {
      const size = one.dims[axis] as number;
      if (at < size) return true;
      at -= size;
      return false;
    });
    return read(part as RefTensor, index.with(axis, at));
  });
};

const split: Operator = ({ input, optional, node }) => {
  const x = input(0);
  const axis = normalAxis(intAttribute(node, "axis", 0), x.dims.length);
  const size = x.dims[axis] as number;
  const count = node.outputs.length;
  const even = node.outputs.map((_, i) => {
    const part = Math.ceil(size / count);
    return Math.min(part, size - i * part);
  });
  const sizes = axesOf(optional(1), intsAttribute(node, "split")) ?? even;
  let start = 0;
  return sizes.map((part) => {
    const from = start;
    start += part;
    return build(x.dtype, x.dims.with(axis, part), (index) =>
      read(x, index.with(axis, from + (index[axis] as number))),
    );
  });
};

/** The indices that start:end:step picks on an axis, as Python does it. */
function pickedBy(size: number, start: number, end: number, step: number): number[] {
  const wrap = (at: number): number => (at < 0 ? at + size : at);
  const picked: number[] = [];
  const last = step > 0 ? Math.min(wrap(end), size) : Math.max(wrap(end), -1);
  const first = step > 0 ? Math.max(wrap(start), 0) : Math.min(wrap(start), size - 1);
  for (let at = first; step > 0 ? at < last : at > last; at += step) picked.push(at);
  return picked;
}

const slice: Operator = ({ input, optional }) => {
  const x = input(0);
  const starts = numbers(input(1));
  const ends = numbers(input(2));
  const axes = optional(3)?.data ?? starts.map((_, axis) => axis);
  const picked = x.dims.map((size) => Array.from({ length: size }, (_, i) => i));
  for (const [i, given] of Array.from(axes).entries()) {
    const axis = normalAxis(given, x.dims.length);
    const step = optional(4)?.data[i] ?? 1;
    const [start, end] = [starts[i] as number, ends[i] as number];
    picked[axis] = pickedBy(x.dims[axis] as number, start, end, step);
  }
  const dims = picked.map((list) => list.length);
  return build(x.dtype, dims, (index) =>
    read(
      x,
      index.map((at, axis) => (picked[axis] as number[])[at] as number),
    ),
  );
};

const pad: Operator = ({ input, optional, node }) => {
  if (stringAttribute(node, "mode", "constant") !== "constant") throw new Error("Pad mode");
  const x = input(0);
  const pads = numbers(input(1));
  const rank = x.dims.length;
  const value = optional(2)?.data[0] ?? 0;
  const dims = x.dims.map((n, axis) => n + (pads[axis] ?? 0) + (pads[axis + rank] ?? 0));
  return build(x.dtype, dims, (index) => {
    const from = index.map((at, axis) => at - (pads[axis] as number));
    const inside = from.every((at, axis) => at >= 0 && at < (x.dims[axis] as number));
    return inside ? read(x, from) : value;
  });
};

const expand: Operator = ({ input }) => {
  const x = input(0);
  const dims = broadcastDims([x.dims, numbers(input(1))]);
  return build(x.dtype, dims, (index) => readBroadcast(x, index));
};

const tile: Operator = ({ input }) => {
  const x = input(0);
  const dims = x.dims.map((size, axis) => size * (input(1).data[axis] as number));
  return build(x.dtype, dims, (index) =>
    read(
      x,
      index.map((at, axis) => at % (x.dims[axis] as number)),
    ),
  );
};

/** Keeps one side of the k-th diagonal of the last two axes. */
const trilu: Operator = ({ input, optional, node }) => {
  const x = input(0);
  const k = optional(1)?.data[0] ?? 0;
  const upper = intAttribute(node, "upper", 1) === 1;
  return build(x.dtype, x.dims, (index) => {
    const [row, column] = index.slice(-2) as [number, number];
    const kept = upper ? column >= row + k : column <= row + k;
    return kept ? read(x, index) : 0;
  });
};

const shape: Operator = ({ input, node }) => {
  const { dims } = input(0);
  const part = dims.slice(intAttribute(node, "start", 0), intAttribute(node, "end", dims.length));
  return tensor("int64", [part.length], part);
};

const constantOfShape: Operator = ({ input, node }) => {
  const attribute = node.attributes["value"];
  const literal = typeof attribute === "object" && "dtype" in attribute ? attribute : undefined;
  const one = literal === undefined ? tensor("float32", [1], [0]) : fromLiteral(literal);
  return filled(one.dtype, numbers(input(0)), one.data[0] as number);
};

const range: Operator = ({ input }) => {
  const [start, limit, step] = [0, 1, 2].map((i) => input(i).data[0]) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  const values = Array.from({ length: count }, (_, i) => start + i * step);
  return tensor(input(0).dtype, [count], values);
};

export const MOVEMENT: Operators = {
  Reshape: reshape,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Flatten: flatten,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Expand: expand,
  Tile: tile,
  Trilu: trilu,
  Shape: shape,
  Size: ({ input }) => tensor("int64", [], [input(0).data.length]),
  ConstantOfShape: constantOfShape,
  Range: range,
};
