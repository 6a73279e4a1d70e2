// Safetensors files: a reader that keeps the file open and fetches one tensor at a time, also
// across the shards of an index, and a writer that streams. Knows nothing of what the tensors mean.

import { closeSync, fstatSync, openSync } from "node:fs";
import path from "node:path";

import { AppError, invariant } from "../base/index.ts";
import { DTYPE_BYTES, bytesOf, decodeFloat32, encodeFloat32 } from "./dtype.ts";
import type { DType, WeightDType } from "./dtype.ts";
import { readFully, writeFileAtomically } from "./files.ts";
import { decodeUtf8 } from "./limits/json.ts";
import { HEADER_BYTES_MAX, compareText, formatHeader, parseHeader } from "./safetensors-header.ts";
import { sizeBytesOf, type PlacedTensor, type TensorInfo } from "./safetensors-header.ts";
import { elementCountOf, type Tensor32 } from "./weights.ts";

/** Values converted per step while a tensor streams from or to disk: 4 MiB of float32. */
const CHUNK_ELEMENTS = 1 << 20;

/**
 * Tensors of a file or of a set of shards, read on demand. Close it, or declare it with `using`.
 */
export interface TensorReader extends Disposable {
  /** In the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: ReadonlyMap<string, string>;
  /** The raw bytes of a tensor in a new buffer, aligned for every element type. */
  read(name: string): Uint8Array;
  /** Fills `target` with raw bytes of a tensor, from its byte `fromByte` on (default 0). */
  readInto(name: string, target: Uint8Array, fromByte?: number): void;
  /** A float tensor as float32; `unsupported_model` when its dtype is an integer. */
  readFloat32(name: string): Float32Array;
  close(): void;
}

/** A tensor to be written; `data` yields its raw bytes when the writer gets to it. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | (() => Iterable<Uint8Array>);
}

/**
 * Opens one safetensors file and checks its header; tensor bytes are read when asked for.
 * Throws `not_found` without a file, `damaged_file` when the header is longer than 100 MB or than
 * the file, or says something untrue, and `unsupported_model` for an unknown dtype.
 */
export function openSafetensorsFile(filePath: string): TensorReader {
  const file = openForReading(filePath);
  try {
    const sizeBytes = fstatSync(file).size;
    const headerBytes = readHeaderLength(file, sizeBytes, filePath);
    const raw = new Uint8Array(headerBytes);
    readFully(file, raw, 8, filePath);
    if (raw[0] !== 0x7b) {
      throw new AppError(
        "damaged_file",
        `The header of ${filePath} does not start with "{"; this is not a safetensors file.`,
      );
    }
    const dataStart = 8 + headerBytes;
    const text = decodeUtf8(raw, `the header of ${filePath}`);
    const { tensors, metadata } = parseHeader(text, sizeBytes - dataStart, filePath);
    return createReader({ filePath, file, dataStart, tensors, metadata });
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Writes tensors to a safetensors file that appears whole or not at all. Order, and so the bytes,
 * are a function of the tensors alone: widest dtype first, then by name, which also aligns every
 * tensor. Throws `io_failed` when the disk refuses. Wrong sizes and repeated names are bugs of the
 * caller.
 */
export function writeSafetensors(
  filePath: string,
  tensors: Iterable<TensorToWrite>,
  metadata: ReadonlyMap<string, string> = new Map(),
): void {
  const ordered = [...tensors].sort(
    (a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || compareText(a.name, b.name),
  );
  const infos = ordered.map(({ name, dtype, shape }) => {
    const sizeBytes = sizeBytesOf(dtype, shape);
    invariant(sizeBytes !== undefined, () => `tensor ${name} has shape [${shape.join()}]`);
    return { name, dtype, shape, sizeBytes };
  });
  const names = new Set(infos.map((info) => info.name));
  invariant(names.size === infos.length, () => "two tensors have the same name");
  invariant(!names.has("__metadata__"), () => "a tensor is called __metadata__");
  writeFileAtomically(filePath, (append) => {
    const header = formatHeader(infos, metadata);
    append(bytesOf(BigUint64Array.of(BigInt(header.length))));
    append(header);
    ordered.forEach(({ name, data }, i) => {
      let written = 0;
      for (const chunk of data instanceof Uint8Array ? [data] : data()) {
        append(chunk);
        written += chunk.length;
      }
      const expected = infos[i]?.sizeBytes;
      invariant(written === expected, () => `${name}: ${written} bytes, expected ${expected}`);
    });
  });
}

/** A float32 tensor to be written as `dtype`, converted piece by piece while it is written. */
export function tensorToWrite(name: string, tensor: Tensor32, dtype: WeightDType): TensorToWrite {
  const { shape, data } = tensor;
  invariant(
    data.length === elementCountOf(shape),
    () => `tensor ${name} of shape [${shape.join()}] has ${data.length} values`,
  );
  if (dtype === "F32") return { name, dtype, shape, data: bytesOf(data) };
  return {
    name,
    dtype,
    shape,
    *data() {
      for (let start = 0; start < data.length; start += CHUNK_ELEMENTS) {
        yield encodeFloat32(dtype, data.subarray(start, start + CHUNK_ELEMENTS));
      }
    },
  };
}

interface OpenFile {
  readonly filePath: string;
  readonly file: number;
  /** Byte of the file at which offset 0 of the header's table lies. */
  readonly dataStart: number;
  readonly tensors: readonly PlacedTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

function createReader({ filePath, file, dataStart, tensors, metadata }: OpenFile): TensorReader {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  let open = true;

  const find = (name: string): PlacedTensor => {
    invariant(open, () => `${filePath} was read after it had been closed`);
    const tensor = byName.get(name);
    if (tensor !== undefined) return tensor;
    throw missingTensor(name, path.basename(filePath), byName.size);
  };
  const readInto = (name: string, target: Uint8Array, fromByte = 0): void => {
    const { offset, sizeBytes } = find(name);
    invariant(
      fromByte >= 0 && fromByte + target.length <= sizeBytes,
      () => `bytes ${fromByte}..${fromByte + target.length} of ${name}, which has ${sizeBytes}`,
    );
    readFully(file, target, dataStart + offset + fromByte, filePath);
  };
  const close = (): void => {
    if (open) closeSync(file);
    open = false;
  };
  return {
    tensors: byName,
    metadata,
    readInto,
    read: (name) => {
      const bytes = new Uint8Array(find(name).sizeBytes);
      readInto(name, bytes);
      return bytes;
    },
    readFloat32: (name) => {
      const { dtype, shape } = find(name);
      const values = new Float32Array(elementCountOf(shape));
      if (dtype === "F32") readInto(name, bytesOf(values));
      else readConverted(dtype, values, (target, fromByte) => readInto(name, target, fromByte));
      return values;
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** Fills `values` from bytes of another dtype, a chunk at a time, through one small buffer. */
function readConverted(
  dtype: DType,
  values: Float32Array,
  fetch: (target: Uint8Array, fromByte: number) => void,
): void {
  const elementBytes = DTYPE_BYTES[dtype];
  const buffer = new Uint8Array(Math.min(values.length, CHUNK_ELEMENTS) * elementBytes);
  for (let start = 0; start < values.length || start === 0; start += CHUNK_ELEMENTS) {
    const part = values.subarray(start, start + CHUNK_ELEMENTS);
    const bytes = buffer.subarray(0, part.length * elementBytes);
    fetch(bytes, start * elementBytes);
    decodeFloat32(dtype, bytes, part);
  }
}

/** The error for a tensor that a checkpoint lacks. */
export function missingTensor(name: string, where: string, tensorCount: number): AppError {
  return new AppError(
    "damaged_file",
    `${where} has no tensor ${JSON.stringify(name)} among its ${tensorCount}; ` +
      "the checkpoint is incomplete or of another architecture.",
  );
}

function openForReading(filePath: string): number {
  try {
    const file = openSync(filePath, "r");
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOENT" && code !== "ENOTDIR") {
      throw new AppError("io_failed", `${filePath} cannot be opened (${String(code)}).`, {
        cause: error,
      });
    }
  }
  throw new AppError("not_found", `${filePath} does not exist or is not a file; check the path.`);
}

function readHeaderLength(file: number, sizeBytes: number, filePath: string): number {
  const prefix = new Uint8Array(8);
  readFully(file, prefix, 0, filePath);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(HEADER_BYTES_MAX)) {
    throw new AppError(
      "damaged_file",
      `${filePath} claims a header of ${length} bytes, the limit is ${HEADER_BYTES_MAX}; ` +
        "this is not a safetensors file, or it is damaged.",
    );
  }
  if (length > BigInt(sizeBytes - 8) || length < 2n) {
    throw new AppError(
      "damaged_file",
      `${filePath} claims a header of ${length} bytes, but has ${sizeBytes} bytes in all; ` +
        "it is truncated or not a safetensors file. Download it again.",
    );
  }
  return Number(length);
}
