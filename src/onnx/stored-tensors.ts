// Model files of the engine's own making, as bytes in and bytes out: where their tensors lie in
// data files, in which re-ordered forms, and what they declare. Everything else passes through
// unread, also what graph.ts has no words for.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError, messageOf } from "../base/index.ts";
import type { ModelProto, TensorProto } from "./proto/onnx_pb.js";
import { ModelProtoSchema, StringStringEntryProtoSchema } from "./proto/onnx_pb.js";

/** A run of bytes in a data file. */
export interface StoredBytes {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A tensor in a data file, and forms of it that the engine's kernels have re-ordered. */
export interface StoredTensor {
  readonly name: string;
  /** The data file, relative to the model's directory. */
  readonly location: string;
  readonly plain: StoredBytes;
  /** By the kernel's own key. */
  readonly packed: ReadonlyMap<string, readonly StoredBytes[]>;
}

/** ONNX Runtime's entries: `prepacked_0` = KEY|offset;length;checksum|… */
const PACKED = "prepacked_";

/**
 * The tensors of an encoded model that lie in data files.
 *
 * @throws AppError `damaged_file` when that is not to be understood.
 */
export function storedTensors(model: Uint8Array): readonly StoredTensor[] {
  return externalOf(parse(model)).map(readStored);
}

/**
 * The same model with its tensors where `tensors` says, by name, and without the shapes that its
 * inputs and outputs declare: from shapes the engine plans which results share memory, which takes
 * longer than anything else in opening a graph of hundreds of nodes.
 *
 * @throws AppError `damaged_file` for bytes that are no model.
 */
export function withStoredTensors(
  model: Uint8Array,
  tensors: ReadonlyMap<string, StoredTensor>,
): Uint8Array {
  const proto = parse(model);
  for (const tensor of externalOf(proto)) {
    const stored = tensors.get(tensor.name);
    if (stored === undefined) continue;
    tensor.externalData = entriesOf(stored).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
  }
  for (const { type } of [...(proto.graph?.input ?? []), ...(proto.graph?.output ?? [])]) {
    if (type?.value.case === "tensorType") delete type.value.value.shape;
  }
  return toBinary(ModelProtoSchema, proto);
}

function parse(model: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, model);
  } catch (cause) {
    const message = `the model file is no ONNX model: ${messageOf(cause)}`;
    throw new AppError("damaged_file", message, { cause });
  }
}

function externalOf({ graph }: ModelProto): readonly TensorProto[] {
  return graph?.initializer.filter((tensor) => tensor.externalData.length > 0) ?? [];
}

function readStored({ name, externalData }: TensorProto): StoredTensor {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const [location, offset, length] = ["location", "offset", "length"].map((key) =>
    entries.get(key),
  );
  if (location === undefined) throw unreadable(name, "no location");
  const plain = bytesAt(name, offset ?? "0", length ?? "");
  const packed = new Map<string, readonly StoredBytes[]>();
  for (const [key, value] of entries) {
    if (!key.startsWith(PACKED)) continue;
    const [kernel = "", ...forms] = value.split("|");
    const stored = forms.map((form) => {
      const [at = "", size = ""] = form.split(";");
      return bytesAt(name, at, size);
    });
    packed.set(kernel, stored);
  }
  return { name, location, plain, packed };
}

function bytesAt(name: string, offset: string, length: string): StoredBytes {
  const isNumber = /^\d{1,15}$/;
  if (!isNumber.test(offset) || !isNumber.test(length)) {
    throw unreadable(name, `${offset};${length}`);
  }
  return { offsetBytes: Number(offset), lengthBytes: Number(length) };
}

function entriesOf({ location, plain, packed }: StoredTensor): [string, string][] {
  const forms = [...packed].map(([kernel, stored], i): [string, string] => {
    const places = stored.map(({ offsetBytes, lengthBytes }) => `${offsetBytes};${lengthBytes};0`);
    return [`${PACKED}${i}`, [kernel, ...places].join("|")];
  });
  return [
    ["location", location],
    ["offset", String(plain.offsetBytes)],
    ["length", String(plain.lengthBytes)],
    ...forms,
  ];
}

function unreadable(name: string, seen: string): AppError {
  return new AppError(
    "damaged_file",
    `tensor ${name} lies in a data file at "${seen.slice(0, 80)}"; expected its name, offset ` +
      "and length. Make the file again.",
  );
}
