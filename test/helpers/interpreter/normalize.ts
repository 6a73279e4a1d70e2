// Normalisations, and the rotation of attention heads.

import { intAttribute } from "../../../src/onnx/index.ts";
import type { Call, Operator, Operators } from "./operator.ts";
import { build, indicesOf, normalAxis, read, readBroadcast, type RefTensor } from "./tensor.ts";

/** Mean over the axes from `first` on of f(x), with these axes kept as size 1. */
function meanFrom(x: RefTensor, first: number, f: (at: readonly number[]) => number): RefTensor {
  const dims = x.dims.map((size, axis) => (axis < first ? size : 1));
  const inner = [...indicesOf(x.dims.slice(first))];
  return build(x.dtype, dims, (index) => {
    const outer = index.slice(0, first);
    return inner.reduce((sum, rest) => sum + f([...outer, ...rest]), 0) / inner.length;
  });
}

/** γ·(x − mean)·r (+ β) with r = 1/√(mean (x − mean)² + ε); not `centred`: the mean counts as 0. */
function normalize({ input, optional, node }: Call, centred: boolean) {
  const x = input(0);
  const first = normalAxis(intAttribute(node, "axis", -1), x.dims.length);
  const epsilon = Number(node.attributes["epsilon"] ?? 1e-5);
  const mean = meanFrom(x, first, (at) => (centred ? read(x, at) : 0));
  const deviation = (at: readonly number[]): number => read(x, at) - readBroadcast(mean, at);
  const variance = meanFrom(x, first, (at) => deviation(at) ** 2);
  const inverse = { ...variance, data: variance.data.map((v) => 1 / Math.sqrt(v + epsilon)) };
  const scale = input(1);
  const bias = centred ? optional(2) : undefined;
  const y = build(x.dtype, x.dims, (at) => {
    const normal = deviation(at) * readBroadcast(inverse, at);
    return normal * readBroadcast(scale, at) + (bias ? readBroadcast(bias, at) : 0);
  });
  return { y, mean, inverse };
}

/**
 * com.microsoft RotaryEmbedding: the first half of each head is the real, the second the imaginary
 * part of numbers that are turned by the angle of their position.
 */
const rotaryEmbedding: Operator = ({ input, node }) => {
  const [x, positions, cos, sin] = [input(0), input(1), input(2), input(3)];
  if (x.dims.length !== 3 || intAttribute(node, "interleaved", 0) !== 0) {
    throw new Error("RotaryEmbedding is here for [B, S, A·D] with halves only");
  }
  const half = cos.dims[1] as number;
  return build(x.dtype, x.dims, ([batch = 0, place = 0, column = 0]) => {
    const first = positions.data[0] ?? 0;
    const position = positions.dims.length === 1 ? first + place : read(positions, [batch, place]);
    const within = column % (2 * half);
    const head = column - within;
    const pair = within % half;
    const real = read(x, [batch, place, head + pair]);
    const imaginary = read(x, [batch, place, head + pair + half]);
    const c = read(cos, [position, pair]);
    const s = read(sin, [position, pair]);
    return within < half ? real * c - imaginary * s : imaginary * c + real * s;
  });
};

export const NORMALIZE: Operators = {
  LayerNormalization: (call) => {
    const { y, mean, inverse } = normalize(call, true);
    return [y, mean, inverse];
  },
  SimplifiedLayerNormalization: (call) => {
    const { y, inverse } = normalize(call, false);
    return [y, inverse];
  },
  RMSNormalization: (call) => normalize(call, false).y,
  RotaryEmbedding: rotaryEmbedding,
};
