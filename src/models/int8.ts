// Weight matrices as 8-bit integers when serving. Weights have one scale per output channel; inputs
// are rounded on the way, with one scale per row, so that a text's scores do not depend on what
// else is in its batch, and a token with large values costs the others no precision.

import { quantiseChannels, quantiseRows, type Int8Limit } from "../checkpoint/index.ts";
import type { GraphBuilder, Value } from "../onnx/index.ts";
import { dataTypeCode, literal } from "../onnx/index.ts";
import type { DenseLayer, EmbeddingTable, MatrixOperators } from "./masked-lm.ts";

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

/** Inputs are unsigned, 128 ± 127: the kernels multiply unsigned by signed. */
const ZERO_POINT = 128;
const CODE_MAX = 127;

/** A row of zeros must not divide by zero. */
const MAGNITUDE_MIN = 1e-12;

/** Operators for one graph; weights are rounded as the graph is built. */
export function int8Operators(options: Int8Options): MatrixOperators {
  /** Several layers read the same input: query, key and value. */
  const rounded = new WeakMap<Value, RoundedRows>();
  return {
    dense(scope, x, layer) {
      const { b, parameter } = scope;
      const rows = rounded.get(x) ?? roundRows(b, x, layer.inputs);
      rounded.set(x, rows);
      const y = b.emit("Mul", [multiply(b, rows.codes, layer, options), rows.scales]);
      if (layer.bias === undefined) return y;
      return b.emit("Add", [y, parameter(layer.bias, [layer.outputs])]);
    },
    lookUp: (scope, ids, table) => lookUp(scope.b, ids, table, options),
  };
}

/** x [..., K] ≈ (codes − 128)·scales */
function roundRows(b: GraphBuilder, x: Value, inputs: number): RoundedRows {
  const largest = b.emit("ReduceMax", [b.emit("Abs", [x]), b.ints(-1)], { keepdims: 1 });
  const positive = b.emit("Max", [largest, b.scalar(MAGNITUDE_MIN)]);
  const scales = b.emit("Mul", [positive, b.scalar(1 / CODE_MAX)]);
  const middle = b.emit("Add", [b.emit("Mul", [scales, b.scalar(0)]), b.scalar(ZERO_POINT)]);
  const zeroPoint = b.emit("Cast", [middle], { to: dataTypeCode("uint8") });
  // A block as long as the row: one scale and one zero point for each row.
  const blocks = { axis: x.shape.length - 1, block_size: inputs };
  return { codes: b.emit("QuantizeLinear", [x, scales, zeroPoint], blocks), scales };
}

/** (codes − 128)·Wᵀ with W's scales multiplied in.  codes uint8 [..., K] → float32 [..., N] */
function multiply(
  b: GraphBuilder,
  codes: Value,
  { weight: name, inputs, outputs }: DenseLayer,
  { read, limit }: Int8Options,
): Value {
  const matrix = { data: read(name), k: inputs, n: outputs, layout: "NK" } as const;
  const rounded = quantiseChannels(matrix, limit);
  const weight = b.initializer(`${name}:int8`, {
    dtype: "int8",
    dims: [inputs, outputs],
    bytes: new Uint8Array(rounded.codes.buffer),
  });
  const scales = literal("float32", [outputs], rounded.scales);
  return b.emit("MatMulIntegerToFloat", [
    codes,
    weight,
    b.scalar(1),
    b.initializer(`${name}:scales`, scales),
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
