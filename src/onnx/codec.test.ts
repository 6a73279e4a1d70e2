import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { appErrorOf } from "../../test/helpers/app-error.ts";
import { AppError } from "../base/index.ts";
import { GraphBuilder } from "./builder.ts";
import { dataTypeCode, elementBytes, type DataType } from "./data-type.ts";
import { decodeModel } from "./decode.ts";
import { encodeModel } from "./encode.ts";
import type { Attribute, Graph, Model, TensorLiteral } from "./graph.ts";
import { literal } from "./literal.ts";

const DATA_TYPES: readonly DataType[] = [
  "float32",
  "float16",
  "bfloat16",
  "float64",
  "bool",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
];

const name = fc.string({ minLength: 1, maxLength: 12 });
const count = fc.nat(2 ** 40);
const dataType = fc.constantFrom(...DATA_TYPES);

const tensor: fc.Arbitrary<TensorLiteral> = fc
  .tuple(dataType, fc.array(fc.nat(4), { maxLength: 3 }))
  .chain(([dtype, dims]) => {
    const length = dims.reduce((a, b) => a * b, 1) * elementBytes(dtype);
    const inline = fc.uint8Array({ minLength: length, maxLength: length });
    const external = fc.record({
      location: name,
      offsetBytes: count,
      lengthBytes: fc.constant(length),
    });
    const bytes = fc.oneof({ weight: 4, arbitrary: inline }, external);
    return bytes.map((given) => ({ dtype, dims, bytes: given }));
  });

const attributes: fc.Arbitrary<Record<string, Attribute>> = fc.record(
  {
    alpha: fc.float({ noNaN: true }),
    epsilon: fc.float({ noNaN: true }),
    axis: fc.integer(),
    perm: fc.array(fc.integer(), { maxLength: 4 }),
    mode: fc.string(),
    value: tensor,
    value_floats: fc.array(fc.float({ noNaN: true }), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const dim = fc.oneof(fc.nat(99), fc.constantFrom("batch", "sequence", "a+b"));
const value = fc.record({ name, dtype: dataType, shape: fc.array(dim, { maxLength: 4 }) });

/** A graph whose names hang together: each node reads what was there before it. */
const graph: fc.Arbitrary<Graph> = fc
  .record({
    name: fc.string(),
    inputs: fc.array(value, { maxLength: 3 }),
    initializers: fc.array(fc.tuple(name, tensor), { maxLength: 3 }),
    nodes: fc.array(fc.tuple(fc.nat(), attributes, fc.boolean()), { maxLength: 4 }),
  })
  .map(({ name: graphName, inputs, initializers, nodes }) => {
    const inputsOnce = inputs.map((input, i) => ({ ...input, name: `in${i}.${input.name}` }));
    const constants = initializers.map(([key, one], i) => [`c${i}.${key}`, one] as const);
    const known = [...inputsOnce.map((one) => one.name), ...constants.map(([key]) => key)];
    const made = nodes.map(([pick, given, microsoft], i) => {
      const read = known.length === 0 ? "" : (known[pick % known.length] as string);
      known.push(`n${i}`);
      return {
        op: "Mystery",
        domain: microsoft ? "com.microsoft" : "",
        name: `node ${i}`,
        inputs: ["", read],
        outputs: [`n${i}`],
        attributes: given,
      };
    });
    const outputs = inputsOnce.slice(0, 1);
    return {
      name: graphName,
      inputs: inputsOnce,
      outputs,
      initializers: new Map(constants),
      nodes: made,
    };
  });

const model: fc.Arbitrary<Model> = graph.map((one) => ({
  graph: one,
  opsets: new Map([
    ["", 21],
    ["com.microsoft", 1],
  ]),
  producer: "test",
}));

/** Tensors come back as views of one file: compared by their bytes as text. */
const plain = (one: unknown): unknown =>
  JSON.parse(
    JSON.stringify(one, (_, part: unknown) => {
      if (part instanceof Map) return [...part];
      if (part instanceof Uint8Array) return Buffer.from(part).toString("base64");
      return Object.is(part, -0) || part === Infinity || part === -Infinity ? String(part) : part;
    }),
  );

/** A small model with weights, attributes, and sizes that are reckoned with, as bytes. */
function smallModel(): Uint8Array {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", ["batch", 3]);
  const w = b.initializer("w", literal("float32", [3, 2], [1, 2, 3, 4, 5, 6]));
  const y = b.emit("FusedMatMul", [x, w], { alpha: 0.5 });
  const flat = b.emit("Reshape", [y, b.ints(-1)]);
  b.output(b.emit("Slice", [flat, b.ints(0), b.ints(2)]), "y");
  const places = b.emit("Range", [
    b.scalar(0, "int64"),
    b.scalar(6, "int64"),
    b.scalar(2, "int64"),
  ]);
  const [head, tail] = b.emitAll("Split", [w, b.ints(1, 2)], { outputs: 2 });
  b.output(b.emit("Tile", [head, b.ints(3, 2)]), "tiled");
  b.output(b.emit("Expand", [tail, b.emit("Concat", [places, b.ints(2, 2)], { axis: 0 })]), "wide");
  const filled = { value: literal("int64", [1], [7]) };
  b.output(b.emit("ConstantOfShape", [b.emit("Shape", [x])], filled), "filled");
  return encodeModel(b.model());
}

/** Reads, and lets shape inference look at it; anything but an AppError passes through. */
function readOrRefuse(bytes: Uint8Array): "read" | AppError {
  try {
    GraphBuilder.from(decodeModel(bytes).graph);
    return "read";
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

describe("the codec", () => {
  it("reads back what it wrote", () => {
    const property = fc.property(model, (one) => {
      expect(plain(decodeModel(encodeModel(one)))).toEqual(plain(one));
    });
    fc.assert(property, { numRuns: 60 });
  });

  it.each(["exported.onnx", "exported-dynamo.onnx"])(
    "keeps a model that others wrote: %s",
    (file) => {
      const url = new URL(`../../test/fixtures/models/llama-tiny/${file}`, import.meta.url);
      const read = decodeModel(new Uint8Array(readFileSync(url)));
      expect(plain(decodeModel(encodeModel(read)))).toEqual(plain(read));
    },
  );

  it("refuses a truncated file, wherever it ends", () => {
    const bytes = smallModel();
    for (let length = 0; length < bytes.length; length++) {
      const outcome = readOrRefuse(bytes.subarray(0, length));
      // The last field, the list of operator sets, may end a little early and still be one.
      if (outcome === "read") expect(length).toBeGreaterThan(bytes.length - 25);
      else expect(outcome.code, `${length} bytes`).toBe("damaged_file");
    }
  });

  it("reads or refuses garbled bytes, but never fails in another way", () => {
    const bytes = smallModel();
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const garbled = bytes.slice();
      for (const [at, byte] of changes) garbled[at] = byte;
      readOrRefuse(garbled);
    });
    fc.assert(property, { numRuns: 300 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => void readOrRefuse(noise)),
      { numRuns: 100 },
    );
  });

  it("refuses deep nesting without running out of stack", () => {
    // Field 5 of a node is an attribute, field 6 of an attribute a graph, field 1 of a graph a node.
    let inner: Uint8Array = new Uint8Array();
    const wrap = (field: number, content: Uint8Array): Uint8Array => {
      const size: number[] = [];
      for (let rest = content.length; ; rest >>>= 7) {
        size.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      return Uint8Array.from([(field << 3) | 2, ...size, ...content]);
    };
    for (let depth = 0; depth < 300; depth++) inner = wrap(1, wrap(5, wrap(6, inner)));
    const outcome = readOrRefuse(wrap(7, inner));
    expect(outcome).toBeInstanceOf(AppError);
  });
});

/** A model with one tensor as given, past the type checker. */
const withTensor = (one: object): Uint8Array =>
  encodeModel({
    graph: {
      name: "",
      inputs: [],
      outputs: [],
      initializers: new Map([["w", one as TensorLiteral]]),
      nodes: [],
    },
    opsets: new Map([["", 21]]),
    producer: "test",
  });

describe("a tensor in a file", () => {
  const external = { location: "w.bin", offsetBytes: 0, lengthBytes: 8 };
  const refusal = (one: object): AppError => appErrorOf(() => decodeModel(withTensor(one)));

  it.each([
    ["a negative size", { dims: [-2], bytes: new Uint8Array(8) }],
    ["a size beyond all memory", { dims: [2 ** 40, 2 ** 40], bytes: new Uint8Array(8) }],
    ["more bytes than its shape", { dims: [1], bytes: new Uint8Array(8) }],
    ["fewer bytes than its shape", { dims: [3], bytes: new Uint8Array(8) }],
    ["a negative offset", { dims: [2], bytes: { ...external, offsetBytes: -4096 } }],
    ["an offset that is no number", { dims: [2], bytes: { ...external, offsetBytes: "0x10" } }],
    ["a fraction for an offset", { dims: [2], bytes: { ...external, offsetBytes: 0.5 } }],
    ["a length that is not its shape's", { dims: [3], bytes: external }],
    ["a negative length", { dims: [2], bytes: { ...external, lengthBytes: -8 } }],
    ["an external file without a name", { dims: [2], bytes: { ...external, location: "" } }],
  ])("is refused with %s", (_what, one) => {
    expect(refusal({ dtype: "float32", ...one }).code).toBe("damaged_file");
  });

  it("is read from typed fields as from raw bytes", () => {
    // TensorProto: dims 1, data_type 2, float_data 4 (packed), name 8.
    const floats = new Uint8Array(new Float32Array([1.5, -2]).buffer);
    const proto = [8, 2, 16, 1, 34, 8, ...floats, 66, 1, 119];
    const file = Uint8Array.from([58, proto.length + 2, 42, proto.length, ...proto, 66, 2, 16, 21]);
    expect(decodeModel(file).graph.initializers.get("w")).toEqual({
      dtype: "float32",
      dims: [2],
      bytes: floats,
    });
  });
});

describe("a graph in a file", () => {
  const fileOf = (nodes: readonly (readonly [readonly string[], readonly string[]])[]) =>
    encodeModel({
      graph: {
        name: "",
        inputs: [{ name: "x", dtype: "float32", shape: [2] }],
        outputs: [{ name: "y", dtype: "float32", shape: [2] }],
        initializers: new Map(),
        nodes: nodes.map(([inputs, outputs]) => ({
          op: "Neg",
          domain: "",
          name: "",
          inputs,
          outputs,
          attributes: {},
        })),
      },
      opsets: new Map([["", 21]]),
      producer: "test",
    });

  it.each([
    ["reads a value before it is made", [[["z"], ["y"]]], "reads z"],
    ["reads in a circle", [[["y"], ["y"]]], "reads y"],
    [
      "makes a value twice",
      [
        [["x"], ["y"]],
        [["x"], ["y"]],
      ],
      "y is made twice",
    ],
    ["makes what was fed", [[["x"], ["x"]]], "x is made twice"],
    ["never makes its output", [[["x"], ["z"]]], "output y"],
  ] as const)("is refused when it %s", (_what, nodes, message) => {
    const error = appErrorOf(() => decodeModel(fileOf(nodes)));
    expect(error.code).toBe("damaged_file");
    expect(error.message).toContain(message);
  });

  it("may give an axis of unknown size as -1 or without a name", () => {
    const b = new GraphBuilder();
    b.output(b.emit("Neg", [b.input("x", "float32", [-1, "n"])]), "y");
    const [x] = decodeModel(encodeModel(b.model())).graph.inputs;
    expect(x?.shape).toEqual(["x:0", "n"]);
  });

  it("keeps its attributes' kinds, and refuses one that it could not write back", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float32", [2]);
    b.output(b.emit("Cast", [x], { to: dataTypeCode("float64") }), "y");
    expect(decodeModel(encodeModel(b.model())).graph.nodes[0]?.attributes).toEqual({ to: 11 });
    // AttributeProto: name 1, type 20 (FLOAT), f 2; "axis" is an int everywhere.
    const attribute = [10, 4, ...Buffer.from("axis"), 160, 1, 1, 21, 0, 0, 128, 63];
    const node = [42, attribute.length, ...attribute];
    const file = Uint8Array.from([58, node.length + 2, 10, node.length, ...node, 66, 2, 16, 21]);
    expect(appErrorOf(() => decodeModel(file)).code).toBe("unsupported_graph");
  });
});
