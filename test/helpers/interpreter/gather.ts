// Operators that pick elements by index, or put them there.

import { intAttribute, stringAttribute } from "../../../src/onnx/index.ts";
import type { Operator, Operators } from "./operator.ts";
import {
  build,
  flatIndex,
  indicesOf,
  normalAxis,
  read,
  type Index,
  type RefTensor,
} from "./tensor.ts";

/** An index from the end counts back; one beyond either end is an error, as in the engine. */
function wrap(at: number, size: number): number {
  if (at < -size || at >= size) throw new Error(`index ${at} of an axis of ${size}`);
  return at < 0 ? at + size : at;
}

const axisOf = (node: Parameters<typeof intAttribute>[0], x: RefTensor, fallback: number): number =>
  normalAxis(intAttribute(node, "axis", fallback), x.dims.length);

/** Y[a.., i.., b..] = X[a.., indices[i..], b..] */
const gather: Operator = ({ input, node }) => {
  const [x, indices] = [input(0), input(1)];
  const axis = axisOf(node, x, 0);
  const depth = indices.dims.length;
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  return build(x.dtype, dims, (index) => {
    const at = read(indices, index.slice(axis, axis + depth));
    const picked = wrap(at, x.dims[axis] as number);
    return read(x, [...index.slice(0, axis), picked, ...index.slice(axis + depth)]);
  });
};

const gatherElements: Operator = ({ input, node }) => {
  const [x, indices] = [input(0), input(1)];
  const axis = axisOf(node, x, 0);
  return build(x.dtype, indices.dims, (index) =>
    read(x, index.with(axis, wrap(read(indices, index), x.dims[axis] as number))),
  );
};

/** The index tuple that stands at `place` of `indices` [.., k]. */
function tupleAt(indices: RefTensor, place: Index, sizes: readonly number[]): number[] {
  const depth = indices.dims[indices.dims.length - 1] as number;
  return Array.from({ length: depth }, (_, i) =>
    wrap(read(indices, [...place, i]), sizes[i] as number),
  );
}

const gatherNd: Operator = ({ input, node }) => {
  if (intAttribute(node, "batch_dims", 0) !== 0) throw new Error("GatherND with batch_dims");
  const [x, indices] = [input(0), input(1)];
  const places = indices.dims.slice(0, -1);
  const depth = indices.dims[indices.dims.length - 1] as number;
  return build(x.dtype, [...places, ...x.dims.slice(depth)], (index) => {
    const tuple = tupleAt(indices, index.slice(0, places.length), x.dims);
    return read(x, [...tuple, ...index.slice(places.length)]);
  });
};

type Put = (old: number, update: number) => number;

function putOf(node: Parameters<typeof stringAttribute>[0]): Put {
  const reduction = stringAttribute(node, "reduction", "none");
  if (reduction === "none") return (_, update) => update;
  if (reduction === "add") return (old, update) => old + update;
  throw new Error(`scatter with reduction ${reduction}`);
}

const scatterElements: Operator = ({ input, node }) => {
  const [x, indices, updates] = [input(0), input(1), input(2)];
  const axis = axisOf(node, x, 0);
  const put = putOf(node);
  const data = x.data.slice();
  for (const index of indicesOf(indices.dims)) {
    const target = index.with(axis, wrap(read(indices, index), x.dims[axis] as number));
    const at = flatIndex(x.dims, target);
    data[at] = put(data[at] as number, read(updates, index));
  }
  return { ...x, data };
};

const scatterNd: Operator = ({ input, node }) => {
  const [x, indices, updates] = [input(0), input(1), input(2)];
  const put = putOf(node);
  const depth = indices.dims.length - 1;
  const data = x.data.slice();
  for (const index of indicesOf(updates.dims)) {
    const tuple = tupleAt(indices, index.slice(0, depth), x.dims);
    const at = flatIndex(x.dims, [...tuple, ...index.slice(depth)]);
    data[at] = put(data[at] as number, read(updates, index));
  }
  return { ...x, data };
};

/** The k largest (or smallest) of an axis in order, the earlier first among equals. */
const topK: Operator = ({ input, node }) => {
  const x = input(0);
  const axis = axisOf(node, x, -1);
  const k = input(1).data[0] as number;
  const direction = intAttribute(node, "largest", 1) === 1 ? -1 : 1;
  const dims = x.dims.with(axis, k);
  const indices = build("int64", dims, (index) => {
    const at = (i: number): number => read(x, index.with(axis, i));
    const order = Array.from({ length: x.dims[axis] as number }, (_, i) => i);
    order.sort((i, j) => direction * (at(i) - at(j)) || i - j);
    return order[index[axis] as number] as number;
  });
  const values = build(x.dtype, dims, (at) => read(x, at.with(axis, read(indices, at))));
  return [values, indices];
};

export const GATHER: Operators = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  TopK: topK,
};
