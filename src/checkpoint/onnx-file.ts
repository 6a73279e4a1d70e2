// ONNX model files, with weights inside or in a data file beside them that can be mapped.

import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { AppError } from "../base/index.ts";
import {
  decodeModel,
  encodeModel,
  isExternal,
  moveToExternal,
  type ExternalChunk,
  type Model,
} from "../onnx/index.ts";
import { writeFileAtomically } from "./files.ts";
import { resolveInside } from "./limits/paths.ts";

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
  if (statSync(filePath, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new AppError("not_found", `${filePath} is not a file; expected an ONNX model.`);
  }
  const model = decodeModel(readFileSync(filePath));
  for (const [name, { bytes }] of model.graph.initializers) {
    if (!isExternal(bytes)) continue;
    const dataFile = resolveInside(path.dirname(filePath), bytes.location);
    const size = statSync(dataFile, { throwIfNoEntry: false })?.size ?? 0;
    const end = bytes.offsetBytes + bytes.lengthBytes;
    if (end <= size) continue;
    throw new AppError(
      "damaged_file",
      `tensor ${name} of ${filePath} ends at byte ${end} of ${bytes.location}, ` +
        `which has ${size}; the data file is missing or truncated. Fetch the model again.`,
    );
  }
  return model;
}
