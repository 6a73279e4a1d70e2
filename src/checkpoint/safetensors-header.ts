// The header of a safetensors file: text ↔ table of tensors, with everything checked that a hostile
// or damaged file could lie about. No input or output.
// Format: https://huggingface.co/docs/safetensors (8-byte length, JSON header, tensor bytes).

import { AppError } from "../base/index.ts";
import { DTYPE_BYTES, isDType, type DType } from "./dtype.ts";
import { isJsonObject, parseJsonObject } from "./limits/json.ts";

/** The longest header that is read, as in the reference implementation. */
export const HEADER_BYTES_MAX = 100_000_000;

/** What a file says about one tensor. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Bytes on disk: product of `shape` times the size of `dtype`. */
  readonly sizeBytes: number;
}

/** A tensor and where its bytes start, counted from the end of the header. */
export interface PlacedTensor extends TensorInfo {
  readonly offset: number;
}

export interface SafetensorsHeader {
  /** By offset, which is also the order of the file. */
  readonly tensors: readonly PlacedTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Parses header text and checks it against `dataBytes`, the bytes that follow it in the file: known
 * dtypes, ranges as long as shapes say, together covering the data without hole or overlap.
 * Throws `damaged_file`, or `unsupported_model` for a dtype this program does not know.
 */
export function parseHeader(text: string, dataBytes: number, what: string): SafetensorsHeader {
  const entries = Object.entries(parseJsonObject(text, `the header of ${what}`));
  const metadata = parseMetadata(entries.find(([name]) => name === "__metadata__")?.[1], what);
  const tensors = entries
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => parseTensor(name, entry, what))
    .sort((a, b) => a.offset - b.offset || a.sizeBytes - b.sizeBytes);
  let end = 0;
  for (const tensor of tensors) {
    if (tensor.offset !== end) {
      const problem = tensor.offset < end ? "overlaps the tensor before it" : "leaves a hole";
      throw damaged(what, tensor.name, `starts at byte ${tensor.offset} and ${problem}`, end);
    }
    end += tensor.sizeBytes;
  }
  if (end !== dataBytes) {
    throw new AppError(
      "damaged_file",
      `${what} holds ${dataBytes} bytes of tensors, its header describes ${end}; ` +
        `it is ${dataBytes < end ? "truncated" : "followed by foreign data"}. Download it again.`,
    );
  }
  return { tensors, metadata };
}

/** Header text for tensors in the given order, padded with spaces to `8n` bytes of UTF-8. */
export function formatHeader(
  tensors: readonly TensorInfo[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const table: [string, unknown][] = [];
  if (metadata.size > 0) {
    const sorted = [...metadata].sort(([a], [b]) => compareText(a, b));
    table.push(["__metadata__", Object.fromEntries(sorted)]);
  }
  let offset = 0;
  for (const { name, dtype, shape, sizeBytes } of tensors) {
    table.push([name, { dtype, shape, data_offsets: [offset, offset + sizeBytes] }]);
    offset += sizeBytes;
  }
  // Joined by hand: an object would move names that look like integers to the front.
  const members = table.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const text = new TextEncoder().encode(`{${members.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

/** Bytes of a tensor, or undefined when its shape is not a list of sizes or too large to count. */
export function sizeBytesOf(dtype: DType, shape: readonly unknown[]): number | undefined {
  let product: number = DTYPE_BYTES[dtype];
  for (const axis of shape) {
    if (typeof axis !== "number" || !Number.isSafeInteger(axis) || axis < 0) return undefined;
    product *= axis;
    if (!Number.isSafeInteger(product)) return undefined;
  }
  return product;
}

/** Order of UTF-16 code units: the same on every machine, unlike localeCompare. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function parseTensor(name: string, entry: unknown, what: string): PlacedTensor {
  if (!isJsonObject(entry)) {
    throw damaged(what, name, `is described by ${JSON.stringify(entry)}`, "an object");
  }
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDType(dtype)) {
    throw new AppError(
      "unsupported_model",
      `Tensor ${shown(name)} of ${what} has dtype ${shown(dtype)}; ` +
        `expected one of ${Object.keys(DTYPE_BYTES).join(", ")}. Convert the checkpoint first.`,
    );
  }
  const sizeBytes = Array.isArray(shape) ? sizeBytesOf(dtype, shape) : undefined;
  if (!Array.isArray(shape) || sizeBytes === undefined) {
    throw damaged(what, name, `has shape ${shown(shape)}`, "a list of sizes");
  }
  if (!isRange(offsets)) {
    throw damaged(what, name, `has data_offsets ${shown(offsets)}`, "[begin, end]");
  }
  const [begin, end] = offsets;
  if (end - begin !== sizeBytes) {
    const seen = `of shape ${shown(shape)} and dtype ${dtype} has ${end - begin} bytes`;
    throw damaged(what, name, seen, sizeBytes);
  }
  return { name, dtype, shape: shape as readonly number[], sizeBytes, offset: begin };
}

function parseMetadata(value: unknown, what: string): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  const entries = isJsonObject(value) ? Object.entries(value) : undefined;
  if (entries === undefined || !entries.every((e): e is [string, string] => isTextPair(e))) {
    throw damaged(what, "__metadata__", `is ${shown(value)}`, "an object of strings");
  }
  return new Map(entries);
}

function isTextPair(entry: readonly [string, unknown]): boolean {
  return typeof entry[1] === "string";
}

function isRange(value: unknown): value is [number, number] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((offset) => Number.isSafeInteger(offset) && offset >= 0) &&
    value[0] <= value[1]
  );
}

function damaged(what: string, tensor: string, seen: string, expected: string | number): AppError {
  return new AppError(
    "damaged_file",
    `Tensor ${shown(tensor)} of ${what} ${seen}, expected ${expected}. Download the file again.`,
  );
}

/** JSON of a value from the file, cut so that a hostile header cannot fill the log. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
