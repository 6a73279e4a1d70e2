// File bytes → model, through the generated code of ONNX's own onnx.proto. The bytes are a
// stranger's: whatever they are, the answer is a model that hangs together or an AppError.

import { fromBinary } from "@bufbuild/protobuf";
import { AppError, messageOf } from "../base/index.ts";
import type { DataType } from "./data-type.ts";
import { dataTypeOfCode, elementBytes } from "./data-type.ts";
import { EXTERNAL, FLOAT_ATTRIBUTES, FLOAT_LIST_ATTRIBUTES, KIND } from "./file-format.ts";
import type {
  Attribute,
  ExternalLocation,
  Graph,
  Model,
  Node,
  TensorLiteral,
  Value,
} from "./graph.ts";
import type {
  AttributeProto,
  GraphProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "./proto/onnx_pb.js";
import { ModelProtoSchema } from "./proto/onnx_pb.js";
import { checkReferences } from "./references.ts";

/**
 * The model in these file bytes. Initializers share memory with `bytes`.
 *
 * @throws AppError `damaged_file` when they are no ONNX model or contradict themselves,
 *   `unsupported_graph` for what this project does not handle (sequences, sparse tensors,
 *   subgraphs, strings).
 */
export function decodeModel(bytes: Uint8Array): Model {
  const proto = parseModel(bytes);
  const graph = proto.graph;
  if (graph === undefined || proto.opsetImport.length === 0) {
    const lacks = graph === undefined ? "graph" : "operator set";
    throw new AppError("damaged_file", `the ONNX file has no ${lacks}: truncated, or no model`);
  }
  if (proto.functions.length > 0 || graph.sparseInitializer.length > 0) {
    throw new AppError(
      "unsupported_graph",
      "the ONNX file has functions of its own or sparse tensors; export it with these expanded",
    );
  }
  const opsets = proto.opsetImport.map(({ domain, version }) => {
    return [standardDomain(domain), Number(version)] as const;
  });
  const decoded = decodeGraph(graph);
  checkReferences(decoded);
  return { graph: decoded, opsets: new Map(opsets), producer: proto.producerName };
}

function parseModel(bytes: Uint8Array) {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new AppError(
      "damaged_file",
      `${bytes.length} bytes are not an ONNX model (${messageOf(cause)}); fetch the file again`,
      { cause },
    );
  }
}

function decodeGraph(graph: GraphProto): Graph {
  return {
    name: graph.name,
    inputs: graph.input.map(decodeValue),
    outputs: graph.output.map(decodeValue),
    initializers: new Map(graph.initializer.map((tensor) => [tensor.name, decodeTensor(tensor)])),
    nodes: graph.node.map(decodeNode),
  };
}

const standardDomain = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

function decodeValue(info: ValueInfoProto): Value {
  const type = info.type?.value;
  if (type?.case !== "tensorType") {
    throw new AppError("unsupported_graph", `value ${info.name} is not a tensor`);
  }
  const shape = (type.value.shape?.dim ?? []).map((dim, i) => {
    if (dim.value.case === "dimValue" && dim.value.value >= 0n) {
      return safeInteger(dim.value.value, `axis ${i} of ${info.name}`);
    }
    if (dim.value.case === "dimValue") return `${info.name}:${i}`;
    // "*" and digits first would read as a product; a nameless axis gets a name of its own.
    const symbol = (dim.value.value ?? "").replaceAll("*", "×");
    return symbol === "" || /^\d/.test(symbol) ? `${info.name}:${i}` : symbol;
  });
  return { name: info.name, dtype: elementType(type.value.elemType, info.name), shape };
}

function elementType(code: number, name: string): DataType {
  const dtype = dataTypeOfCode(code);
  if (dtype !== undefined) return dtype;
  throw new AppError("unsupported_graph", `tensor ${name} has ONNX element type ${code}`);
}

function decodeTensor(proto: TensorProto): TensorLiteral {
  const dtype = elementType(proto.dataType, proto.name);
  const dims = proto.dims.map((size, i) => safeInteger(size, `axis ${i} of tensor ${proto.name}`));
  const expected = dims.reduce((a, b) => a * b, 1) * elementBytes(dtype);
  if (!Number.isSafeInteger(expected)) {
    throw new AppError("damaged_file", `tensor ${proto.name} has the shape [${dims.join(", ")}]`);
  }
  if (proto.dataLocation === EXTERNAL) {
    return { dtype, dims, bytes: decodeExternal(proto, expected) };
  }
  const bytes = proto.rawData.length > 0 || expected === 0 ? proto.rawData : typedBytes(proto);
  if (bytes.length !== expected) {
    throw new AppError(
      "damaged_file",
      `tensor ${proto.name} holds ${bytes.length} bytes, its shape [${dims.join(", ")}] of ` +
        `${dtype} needs ${expected}`,
    );
  }
  return { dtype, dims, bytes };
}

/** A size or place [0, 2^53) that a file gives as a 64-bit number or in digits. */
function safeInteger(given: bigint | string, what: string): number {
  const digits = typeof given === "bigint" || /^\d{1,16}$/.test(given);
  const value = digits ? Number(given) : NaN;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new AppError(
    "damaged_file",
    `${what} is ${JSON.stringify(String(given).slice(0, 40))}; expected a whole number, 0 or more`,
  );
}

function decodeExternal({ name, externalData }: TensorProto, expected: number): ExternalLocation {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location");
  if (location === undefined || location === "") {
    throw new AppError("damaged_file", `tensor ${name} is external but names no file`);
  }
  const offset = entries.get("offset") ?? "0";
  // Left out, it means: as much as the shape asks for.
  const lengthBytes = safeInteger(entries.get("length") ?? String(expected), `length of ${name}`);
  if (lengthBytes !== expected) {
    throw new AppError(
      "damaged_file",
      `tensor ${name} has ${lengthBytes} bytes in ${location}; its shape needs ${expected}`,
    );
  }
  return { location, offsetBytes: safeInteger(offset, `offset of ${name}`), lengthBytes };
}

/** Older writers store numbers in typed fields instead of raw bytes. */
function typedBytes(proto: TensorProto): Uint8Array {
  const { floatData, int64Data, int32Data, doubleData, uint64Data } = proto;
  const viewOf = (array: ArrayBufferView): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (floatData.length > 0) return viewOf(new Float32Array(floatData));
  if (int64Data.length > 0) return viewOf(new BigInt64Array(int64Data));
  if (doubleData.length > 0) return viewOf(new Float64Array(doubleData));
  if (uint64Data.length > 0) {
    const wide = dataTypeOfCode(proto.dataType) === "uint64";
    return viewOf(wide ? new BigUint64Array(uint64Data) : Uint32Array.from(uint64Data, Number));
  }
  if (int32Data.length === 0) return new Uint8Array();
  switch (dataTypeOfCode(proto.dataType)) {
    case "int32":
      return viewOf(new Int32Array(int32Data));
    case "float16":
    case "bfloat16":
    case "uint16":
    case "int16":
      return viewOf(new Uint16Array(int32Data));
    default:
      return Uint8Array.from(int32Data);
  }
}

function decodeNode(node: NodeProto): Node {
  const attributes = node.attribute.map((attribute): [string, Attribute] => [
    attribute.name,
    decodeAttribute(node, attribute),
  ]);
  return {
    op: node.opType,
    domain: standardDomain(node.domain),
    name: node.name,
    inputs: node.input,
    outputs: node.output,
    attributes: Object.fromEntries(attributes),
  };
}

function decodeAttribute(node: NodeProto, attribute: AttributeProto): Attribute {
  switch (attribute.type as number) {
    case KIND.float:
      if (FLOAT_ATTRIBUTES.has(attribute.name)) return attribute.f;
      break;
    case KIND.int:
      if (!FLOAT_ATTRIBUTES.has(attribute.name)) return Number(attribute.i);
      break;
    case KIND.string:
      return new TextDecoder().decode(attribute.s);
    case KIND.tensor:
      if (attribute.t !== undefined) return decodeTensor(attribute.t);
      break;
    case KIND.floats:
      if (FLOAT_LIST_ATTRIBUTES.has(attribute.name)) return attribute.floats;
      break;
    case KIND.ints:
      if (!FLOAT_LIST_ATTRIBUTES.has(attribute.name)) return attribute.ints.map(Number);
      break;
  }
  throw new AppError(
    "unsupported_graph",
    `node ${node.opType}: attribute ${attribute.name} of kind ${attribute.type}`,
  );
}
