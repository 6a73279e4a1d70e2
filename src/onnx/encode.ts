// Model → file bytes, through the generated code of ONNX's own onnx.proto.

import { create, toBinary } from "@bufbuild/protobuf";
import { dataTypeCode } from "./data-type.ts";
import { EXTERNAL, FLOAT_ATTRIBUTES, FLOAT_LIST_ATTRIBUTES, KIND } from "./file-format.ts";
import type { Attribute, Graph, Model, Node, TensorLiteral, Value } from "./graph.ts";
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

const IR_VERSION = 10n;

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
  } else if (FLOAT_LIST_ATTRIBUTES.has(name)) {
    proto.type = KIND.floats;
    proto.floats = [...value];
  } else {
    proto.type = KIND.ints;
    proto.ints = value.map(BigInt);
  }
  return proto;
}
