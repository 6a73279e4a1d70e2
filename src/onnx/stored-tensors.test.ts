import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "./proto/onnx_pb.js";
import { storedTensors, withStoredTensors, type StoredTensor } from "./stored-tensors.ts";

const EXTERNAL = 1;

function modelWith(entries: Readonly<Record<string, string>>): Uint8Array {
  const externalData = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: 1,
    shape: create(TensorShapeProtoSchema, {}),
  });
  const input = create(ValueInfoProtoSchema, {
    name: "x",
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
  const graph = create(GraphProtoSchema, {
    input: [input],
    initializer: [
      create(TensorProtoSchema, { name: "w", dataLocation: EXTERNAL, externalData }),
      create(TensorProtoSchema, { name: "small", rawData: new Uint8Array(4) }),
    ],
  });
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph }));
}

const PLACED: StoredTensor = {
  name: "w",
  location: "a.bin",
  plain: { offsetBytes: 4096, lengthBytes: 16 },
  packed: new Map([
    [
      "MatMul+123",
      [
        { offsetBytes: 8192, lengthBytes: 32 },
        { offsetBytes: 12_288, lengthBytes: 8 },
      ],
    ],
  ]),
};

describe("tensors in data files", () => {
  it("are read with the forms that kernels have re-ordered", () => {
    const model = modelWith({
      location: "a.bin",
      offset: "4096",
      length: "16",
      prepacked_0: "MatMul+123|8192;32;0|12288;8;0",
    });
    expect(storedTensors(model)).toEqual([PLACED]);
  });

  it("are written as they are read, and those that nobody names stay where they are", () => {
    const model = modelWith({ location: "b.bin", offset: "0", length: "16" });
    expect(storedTensors(withStoredTensors(model, new Map([["w", PLACED]])))).toEqual([PLACED]);
    expect(storedTensors(withStoredTensors(model, new Map()))).toEqual(storedTensors(model));
  });

  it("come in a model that declares no shapes", () => {
    const model = withStoredTensors(modelWith({ location: "a.bin", length: "16" }), new Map());
    const [input] = fromBinary(ModelProtoSchema, model).graph?.input ?? [];
    expect(input?.type?.value).toMatchObject({ case: "tensorType", value: { elemType: 1 } });
    expect(input?.type?.value.value).not.toHaveProperty("shape");
  });

  it.each([
    ["without a file", { offset: "0", length: "16" }],
    ["without a length", { location: "a.bin", offset: "0" }],
    ["at an offset that is no number", { location: "a.bin", offset: "x", length: "16" }],
    ["with a form that is not to be read", { location: "a", length: "1", prepacked_0: "K|1" }],
  ])("are refused %s", (_what, entries) => {
    expect(() => storedTensors(modelWith(entries))).toThrow(/tensor w lies in a data file at/);
  });

  it("are not looked for in bytes that are no model", () => {
    expect(() => storedTensors(Uint8Array.of(255, 255, 255))).toThrow(/no ONNX model/);
  });
});
