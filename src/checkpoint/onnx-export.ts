// Which file of a model directory is its ONNX export, where there are no safetensors to prefer, and
// how one that cannot be read is refused. What the file holds is for models/ to say.

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { AppError } from "../base/index.ts";

/** Where exports lie, the hub's place first. Quantised ones have other names. */
export const ONNX_FILES = ["onnx/model.onnx", "model.onnx"] as const;
/** A protobuf message has no more. */
export const ONNX_BYTES_MAX = 2 ** 31 - 1;
const SAFETENSORS = /^[^/]+\.safetensors(\.index\.json)?$/;

/**
 * The ONNX export that a directory has in place of safetensors; undefined where there is none.
 *
 * @throws AppError `unsupported_model` when all it has is ONNX files of other names.
 */
export function findOnnxExport(directory: string): string | undefined {
  const names = ["", "onnx"].flatMap((folder) =>
    namesIn(path.join(directory, folder)).map((name) => path.posix.join(folder, name)),
  );
  if (names.some((name) => SAFETENSORS.test(name))) return undefined;
  const found = ONNX_FILES.find((name) => names.includes(name));
  if (found !== undefined) return path.join(directory, found);
  const others = names.filter((name) => name.endsWith(".onnx"));
  if (others.length === 0) return undefined;
  throw new AppError(
    "unsupported_model",
    `${directory} has its weights as ${others.slice(0, 5).join(", ")} only; expected ` +
      `model.safetensors or the plain export ${ONNX_FILES.join(" or ")}. Quantised weights ` +
      "cannot be trained: add the safetensors of the same model.",
  );
}

function namesIn(folder: string): readonly string[] {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? readdirSync(folder) : [];
}

/**
 * An error about an export as one that says which file is meant and what to do; what the engine or
 * the reader refuse is the model's, `unsupported_model`.
 */
export function ofExport(error: unknown, file: string): unknown {
  if (!(error instanceof AppError) || error.message.includes(file)) return error;
  const isOfGraph = error.code === "unsupported_graph" || error.code === "replica_failed";
  const code = isOfGraph ? "unsupported_model" : error.code;
  const isUnreadable = isOfGraph || error.code === "damaged_file";
  const advice = isUnreadable ? "; add the safetensors of the same model" : "";
  const message = error.message.replace(/\.$/, "");
  return new AppError(code, `${file}: ${message}${advice}.`, { cause: error });
}
