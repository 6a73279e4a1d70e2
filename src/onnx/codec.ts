// Model ↔ protobuf bytes, through the generated code of ONNX's own onnx.proto.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError, messageOf } from "../base/index.ts";
import type { DataType } from "./data-type.ts";
import { dataTypeCode, dataTypeOfCode, elementBytes } from "./data-type.ts";
import type {
  Attribute,
  ExternalLocation,
  Graph,
  Model,
  Node,
  TensorLiteral,
  Value,
} from "./graph.ts";
import { isExternal } from "./graph.ts";
import type {
  AttributeProto,
  GraphProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "./proto/onnx_pb.js";
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "./proto/onnx_pb.js";

/** Attributes that ONNX stores as floats; all other numbers are ints. */
const FLOAT_ATTRIBUTES = new Set(["alpha", "beta", "epsilon", "scale", "ratio", "value_float"]);

/** `AttributeProto.AttributeType` numbers. */
const KIND = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

const IR_VERSION = 10n;
const EXTERNAL = 1;

/** The file bytes of a model. */
export function encodeModel(model: Model): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: model.producer,
      opsetImport: [...model.opsets].map(([domain, version]) =>
        create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
      ),
      graph: encodeGraph(model.graph),
    }),
  );
}

function encodeGraph(graph: Graph): GraphProto {
  return create(GraphProtoSchema, {
    name: graph.name,
    input: graph.inputs.map(encodeValue),
    output: graph.outputs.map(encodeValue),
    initializer: [...graph.initializers].map(([name, tensor]) => encodeTensor(name, tensor)),
    node: graph.nodes.map(encodeNode),
  });
}

function encodeValue(value: Value): ValueInfoProto {
  const dim = value.shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === "number"
          ? { case: "dimValue", value: BigInt(size) }
          : { case: "dimParam", value: size },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: dataTypeCode(value.dtype),
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name: value.name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
}

function encodeTensor(name: string, tensor: TensorLiteral): TensorProto {
  const proto = create(TensorProtoSchema, {
    name,
    dataType: dataTypeCode(tensor.dtype),
    dims: tensor.dims.map(BigInt),
  });
  if (!isExternal(tensor.bytes)) {
    proto.rawData = tensor.bytes;
    return proto;
  }
  const { location, offsetBytes, lengthBytes } = tensor.bytes;
  const entries = { location, offset: String(offsetBytes), length: String(lengthBytes) };
  proto.dataLocation = EXTERNAL;
  proto.externalData = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  return proto;
}

function encodeNode(node: Node): NodeProto {
  return create(NodeProtoSchema, {
    opType: node.op,
    domain: node.domain,
    name: node.name,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
  });
}

function encodeAttribute(name: string, value: Attribute): AttributeProto {
  const proto = create(AttributeProtoSchema, { name });
  if (typeof value === "string") {
    proto.type = KIND.string;
    proto.s = new TextEncoder().encode(value);
  } else if (typeof value === "number") {
    const float = FLOAT_ATTRIBUTES.has(name);
    proto.type = float ? KIND.float : KIND.int;
    if (float) proto.f = value;
    else proto.i = BigInt(value);
  } else if ("dtype" in value) {
    proto.type = KIND.tensor;
    proto.t = encodeTensor("", value);
  } else if (name === "value_floats") {
    proto.type = KIND.floats;
    proto.floats = [...value];
  } else {
    proto.type = KIND.ints;
    proto.ints = value.map(BigInt);
  }
  return proto;
}

/**
 * The model in these file bytes. Initializers share memory with `bytes`.
 *
 * @throws AppError `damaged_file` when they are no ONNX model, `unsupported_graph` for what this
 *   project does not handle (sequences, sparse tensors, subgraphs, strings).
 */
export function decodeModel(bytes: Uint8Array): Model {
  const proto = parseModel(bytes);
  const graph = proto.graph;
  if (graph === undefined) {
    throw new AppError("damaged_file", "the ONNX file holds no graph: it is truncated or no model");
  }
  return {
    graph: decodeGraph(graph),
    opsets: new Map(proto.opsetImport.map(({ domain, version }) => [domain, Number(version)])),
    producer: proto.producerName,
  };
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

function decodeValue(info: ValueInfoProto): Value {
  const type = info.type?.value;
  if (type?.case !== "tensorType") {
    throw new AppError("unsupported_graph", `value ${info.name} is not a tensor`);
  }
  const shape = (type.value.shape?.dim ?? []).map((dim, i) => {
    if (dim.value.case === "dimValue") return Number(dim.value.value);
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
  const dims = proto.dims.map(Number);
  if (proto.dataLocation === EXTERNAL) return { dtype, dims, bytes: decodeExternal(proto) };
  const expected = dims.reduce((a, b) => a * b, 1) * elementBytes(dtype);
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

function decodeExternal(proto: TensorProto): ExternalLocation {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location");
  if (location === undefined) {
    throw new AppError("damaged_file", `tensor ${proto.name} is external but names no file`);
  }
  return {
    location,
    offsetBytes: Number(entries.get("offset") ?? 0),
    lengthBytes: Number(entries.get("length") ?? 0),
  };
}

/** Older writers store numbers in typed fields instead of raw bytes. */
function typedBytes(proto: TensorProto): Uint8Array {
  const { floatData, int64Data, int32Data, doubleData } = proto;
  const viewOf = (array: ArrayBufferView): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (floatData.length > 0) return viewOf(new Float32Array(floatData));
  if (int64Data.length > 0) return viewOf(new BigInt64Array(int64Data));
  if (doubleData.length > 0) return viewOf(new Float64Array(doubleData));
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
    domain: node.domain === "ai.onnx" ? "" : node.domain,
    name: node.name,
    inputs: node.input,
    outputs: node.output,
    attributes: Object.fromEntries(attributes),
  };
}

function decodeAttribute(node: NodeProto, attribute: AttributeProto): Attribute {
  switch (attribute.type as number) {
    case KIND.float:
      return attribute.f;
    case KIND.int:
      return Number(attribute.i);
    case KIND.string:
      return new TextDecoder().decode(attribute.s);
    case KIND.tensor:
      if (attribute.t !== undefined) return decodeTensor(attribute.t);
      break;
    case KIND.floats:
      return attribute.floats;
    case KIND.ints:
      return attribute.ints.map(Number);
  }
  throw new AppError(
    "unsupported_graph",
    `node ${node.opType}: attribute ${attribute.name} of kind ${attribute.type}`,
  );
}
