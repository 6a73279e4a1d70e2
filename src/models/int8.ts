// Weight matrices as 8-bit integers when serving. Weights have one scale per output channel; inputs
// are rounded on the way, with one scale per row, so that a text's scores do not depend on what
// else is in its batch, and a token with large values costs the others no precision.

import { concatenated } from "../base/index.ts";
import { quantiseChannels, quantiseRows, type Int8Limit } from "../checkpoint/index.ts";
import type { GraphBuilder, Value } from "../onnx/index.ts";
import { dataTypeCode, literal } from "../onnx/index.ts";
import type { DenseLayer, EmbeddingTable, ForwardScope, MatrixOperators } from "./masked-lm.ts";

interface RoundedRows {
  /** uint8 [..., K] around {@link ZERO_POINT} */
  readonly codes: Value;
  /** float32 [..., 1]: what one step of a code is worth */
  readonly scales: Value;
}

export interface Int8Options {
  /** The float32 values of a weight. */
  readonly read: (name: string) => Float32Array;
  readonly limit: Int8Limit;
}

/** A linear layer, or a part of one, with its values. */
interface Dense {
  /** Of what it leaves in the graph. */
  readonly name: string;
  /** float32 [outputs, inputs] */
  readonly weight: Float32Array;
  /** float32 [outputs] */
  readonly bias: Float32Array | undefined;
  readonly inputs: number;
  readonly outputs: number;
}

/** Inputs are unsigned, 128 ± 127: the kernels multiply unsigned by signed. */
const ZERO_POINT = 128;
const CODE_MAX = 127;

/** A row of zeros must not divide by zero. */
const MAGNITUDE_MIN = 1e-12;

/** Operators for one graph; weights are rounded as the graph is built. */
export function int8Operators(options: Int8Options): MatrixOperators {
  let rounding: Rounding | undefined;
  const dense = ({ b }: ForwardScope, x: Value, layer: Dense): Value => {
    rounding ??= new Rounding(b);
    const rows = rounding.rows(x, layer.inputs);
    const y = b.emit("Mul", [multiply(b, rows.codes, layer, options.limit), rows.scales]);
    if (layer.bias === undefined) return y;
    const name = `${layer.name}:bias`;
    return b.emit("Add", [y, b.initializer(name, literal("float32", [layer.outputs], layer.bias))]);
  };
  const { read } = options;
  return {
    dense: (scope, x, { weight, bias, inputs, outputs }) =>
      dense(scope, x, {
        name: weight,
        weight: read(weight),
        bias: bias === undefined ? undefined : read(bias),
        inputs,
        outputs,
      }),
    denseParts: (scope, x, { weight, bias, inputs, outputs, parts }) =>
      split(
        scope.b,
        dense(scope, x, {
          name: weight,
          weight: read(weight),
          bias: bias === undefined ? undefined : read(bias),
          inputs,
          outputs,
        }),
        { parts, size: outputs / parts },
      ),
    // Every product costs a meeting of all threads, so one wide product is faster than several.
    denseEach: (scope, x, layers) => {
      const [first] = layers;
      const { inputs, outputs } = first as DenseLayer;
      const biases = layers.flatMap(({ bias }) => (bias === undefined ? [] : [read(bias)]));
      const whole = dense(scope, x, {
        name: layers.map(({ weight }) => weight).join("+"),
        weight: concatenated(layers.map(({ weight }) => read(weight))),
        bias: biases.length === 0 ? undefined : concatenated(biases),
        inputs,
        outputs: outputs * layers.length,
      });
      return split(scope.b, whole, { parts: layers.length, size: outputs });
    },
    lookUp: (scope, ids, table) => lookUp(scope.b, ids, table, options),
  };
}

/** Equal parts of the last axis. */
function split(
  b: GraphBuilder,
  value: Value,
  { parts, size }: { readonly parts: number; readonly size: number },
): Value[] {
  const sizes = b.ints(...Array.from({ length: parts }, () => size));
  return b.emitAll("Split", [value, sizes], { attributes: { axis: -1 }, outputs: parts });
}

/** Rounds the inputs of layers; what several layers read is rounded once. */
class Rounding {
  readonly #b: GraphBuilder;
  readonly #rows = new Map<Value, RoundedRows>();
  /** Zero points by the shape of the rows: all alike, as the operator wants them. */
  readonly #zeroPoints = new Map<string, Value>();

  constructor(b: GraphBuilder) {
    this.#b = b;
  }

  /** x [..., K] ≈ (codes − 128)·scales */
  rows(x: Value, inputs: number): RoundedRows {
    const known = this.#rows.get(x);
    if (known !== undefined) return known;
    const b = this.#b;
    const largest = b.emit("ReduceMax", [b.emit("Abs", [x]), b.ints(-1)], { keepdims: 1 });
    const positive = b.emit("Max", [largest, b.scalar(MAGNITUDE_MIN)]);
    const scales = b.emit("Mul", [positive, b.scalar(1 / CODE_MAX)]);
    // A block as long as the row: one scale and one zero point for each row.
    const blocks = { axis: x.shape.length - 1, block_size: inputs };
    const codes = b.emit("QuantizeLinear", [x, scales, this.#zeroPoint(scales)], blocks);
    const rows = { codes, scales };
    this.#rows.set(x, rows);
    return rows;
  }

  #zeroPoint(scales: Value): Value {
    const key = scales.shape.join();
    const known = this.#zeroPoints.get(key);
    if (known !== undefined) return known;
    const b = this.#b;
    const shape = b.emit("Shape", [scales]);
    const value = literal("uint8", [1], [ZERO_POINT]);
    const zeroPoint = b.emit("ConstantOfShape", [shape], { value });
    this.#zeroPoints.set(key, zeroPoint);
    return zeroPoint;
  }
}

/** (codes − 128)·Wᵀ with W's scales multiplied in.  codes uint8 [..., K] → float32 [..., N] */
function multiply(
  b: GraphBuilder,
  codes: Value,
  { name, weight, inputs, outputs }: Dense,
  limit: Int8Limit,
): Value {
  const matrix = { data: weight, k: inputs, n: outputs, layout: "NK" } as const;
  const rounded = quantiseChannels(matrix, limit);
  const bytes = new Uint8Array(rounded.codes.buffer);
  return b.emit("MatMulIntegerToFloat", [
    codes,
    b.initializer(`${name}:int8`, { dtype: "int8", dims: [inputs, outputs], bytes }),
    b.scalar(1),
    b.initializer(`${name}:scales`, literal("float32", [outputs], rounded.scales)),
    b.scalar(ZERO_POINT, "uint8"),
  ]);
}

/** Rows of a table that is stored with one scale per row; a tied head has a copy of its own. */
function lookUp(
  b: GraphBuilder,
  ids: Value,
  { name, shape }: EmbeddingTable,
  { read }: Int8Options,
): Value {
  const [rows, columns] = shape;
  const { codes, scales } = quantiseRows(read(name), columns);
  const bytes = new Uint8Array(codes.buffer);
  const table = b.initializer(`${name}:rows`, { dtype: "int8", dims: shape, bytes });
  const rowScales = literal("float32", [rows, 1], scales);
  const picked = b.emit("Cast", [b.emit("Gather", [table, ids])], { to: dataTypeCode("float32") });
  const picks = b.initializer(`${name}:row-scales`, rowScales);
  return b.emit("Mul", [picked, b.emit("Gather", [picks, ids])]);
}
