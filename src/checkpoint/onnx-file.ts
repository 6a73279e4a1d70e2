// ONNX model files, with weights inside or in a data file beside them that can be mapped.

import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { AppError } from "../base/index.ts";
import {
  decodeModel,
  encodeModel,
  isExternal,
  moveToExternal,
  type DataType,
  type ExternalChunk,
  type ExternalLocation,
  type Model,
  type TensorLiteral,
} from "../onnx/index.ts";
import { decodeFloat32, type DType } from "./dtype.ts";
import { readFully, writeFileAtomically } from "./files.ts";
import { resolveInside } from "./limits/paths.ts";
import { ONNX_BYTES_MAX } from "./onnx-export.ts";
import { elementCountOf } from "./weights.ts";

/**
 * Writes a model. With `dataFile`, a name beside it, large tensors go there, each on pages of its
 * own; both files appear whole, the data first. Throws `io_failed` when the disk refuses.
 */
export function writeOnnxModel(filePath: string, model: Model, dataFile?: string): void {
  let { graph } = model;
  if (dataFile !== undefined) {
    const plan = moveToExternal(graph, dataFile);
    writeChunks(path.join(path.dirname(filePath), dataFile), plan.chunks);
    graph = plan.graph;
  }
  const bytes = encodeModel({ ...model, graph });
  writeFileAtomically(filePath, (append) => append(bytes));
}

function writeChunks(filePath: string, chunks: readonly ExternalChunk[]): void {
  writeFileAtomically(filePath, (append) => {
    let end = 0;
    for (const { offsetBytes, bytes } of chunks) {
      if (offsetBytes > end) append(new Uint8Array(offsetBytes - end));
      append(bytes);
      end = offsetBytes + bytes.length;
    }
  });
}

/**
 * Reads a model file; tensors in data files are checked and left where they are.
 *
 * @throws AppError `not_found`, `damaged_file` for broken bytes or a data file that is missing or
 *   too short, `invalid_input` for one outside the model's directory, `unsupported_graph`.
 */
export function readOnnxModel(filePath: string): Model {
  const stats = statSync(filePath, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) {
    throw new AppError("not_found", `${filePath} is not a file; expected an ONNX model.`);
  }
  if (stats.size > ONNX_BYTES_MAX) {
    throw new AppError(
      "damaged_file",
      `${filePath} has ${stats.size} bytes; an ONNX file has at most ${ONNX_BYTES_MAX}, and ` +
        "larger weights lie in data files beside it. Export the model again.",
    );
  }
  const model = decodeModel(readFileSync(filePath));
  for (const [name, tensor] of tensorsOf(model)) requireData(filePath, name, tensor);
  return model;
}

/** All constants of a model: initializers, and those that nodes carry with them. */
export function* tensorsOf({ graph }: Model): Iterable<readonly [string, TensorLiteral]> {
  yield* graph.initializers;
  for (const { name, attributes } of graph.nodes) {
    for (const value of Object.values(attributes)) {
      if (typeof value === "object" && "bytes" in value) yield [name, value];
    }
  }
}

function requireData(filePath: string, name: string, { bytes }: TensorLiteral): void {
  if (!isExternal(bytes)) return;
  const dataFile = resolveInside(path.dirname(filePath), bytes.location);
  const size = statSync(dataFile, { throwIfNoEntry: false })?.size ?? 0;
  const end = bytes.offsetBytes + bytes.lengthBytes;
  if (end <= size) return;
  throw new AppError(
    "damaged_file",
    `tensor ${name} of ${filePath} ends at byte ${end} of ${bytes.location}, ` +
      `which has ${size}; the data file is missing or truncated. Fetch the model again.`,
  );
}

const FLOAT_TYPES: Partial<Record<DataType, DType>> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  float64: "F64",
};

/**
 * A float tensor of a model file that {@link readOnnxModel} has read, as float32 in memory of its
 * own. Throws `unsupported_model` for other element types.
 */
export function readOnnxTensor(
  filePath: string,
  { dtype, dims, bytes }: TensorLiteral,
): Float32Array {
  const type = FLOAT_TYPES[dtype];
  if (type === undefined) {
    throw new AppError("unsupported_model", `${filePath} has weights of type ${dtype}`);
  }
  const values = new Float32Array(elementCountOf(dims));
  return decodeFloat32(type, isExternal(bytes) ? readData(filePath, bytes) : bytes, values);
}

function readData(filePath: string, { location, ...place }: ExternalLocation): Uint8Array {
  const dataFile = resolveInside(path.dirname(filePath), location);
  const bytes = new Uint8Array(place.lengthBytes);
  const file = openSync(dataFile, "r");
  try {
    readFully(file, bytes, place.offsetBytes, dataFile);
  } finally {
    closeSync(file);
  }
  return bytes;
}
