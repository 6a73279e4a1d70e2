// ONNX models on disk: what is written is read back, and the engine loads it from there.

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { readOnnxModel, writeOnnxModel } from "../../src/checkpoint/index.ts";
import {
  encodeModel,
  GraphBuilder,
  isExternal,
  literal,
  type Model,
} from "../../src/onnx/index.ts";
import { createSession, floatTensor, type Loading } from "../../src/runtime/index.ts";
import { appErrorOf } from "../helpers/app-error.ts";

const SIZE = 24;
const DATA_FILE = "model.onnx_data";

/** y = x·W + b with a W of 2,304 bytes and a b of 96. */
function layer(): Model {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", ["batch", SIZE]);
  const weights = Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i));
  const bias = Float32Array.from({ length: SIZE }, (_, i) => i / SIZE);
  const w = b.initializer("w", literal("float32", [SIZE, SIZE], weights));
  const product = b.emit("MatMul", [x, w]);
  b.output(b.emit("Add", [product, b.initializer("b", literal("float32", [SIZE], bias))]), "y");
  return b.model();
}

async function run(model: Uint8Array | string, loading: Loading): Promise<number[]> {
  using session = await createSession(model, { threads: 1, loading });
  const x = Float32Array.from({ length: 2 * SIZE }, (_, i) => Math.cos(i));
  const outputs = await session.run({ x: floatTensor(x, [2, SIZE]) });
  return Array.from(outputs["y"]?.data as Float32Array);
}

describe("an ONNX model on disk", () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "onnx-file-"));
    file = path.join(directory, "model.onnx");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("is read back as it was, in one file", () => {
    writeOnnxModel(file, layer());
    expect(readdirSync(directory)).toEqual(["model.onnx"]);
    const { initializers } = readOnnxModel(file).graph;
    for (const [name, { dims, bytes }] of layer().graph.initializers) {
      const read = initializers.get(name);
      expect(read?.dims).toEqual(dims);
      expect(Buffer.compare(read?.bytes as Uint8Array, bytes as Uint8Array), name).toBe(0);
    }
  });

  it("keeps small tensors in the graph and large ones on pages of the other file", () => {
    writeOnnxModel(file, layer(), DATA_FILE);
    expect(readdirSync(directory).sort()).toEqual(["model.onnx", DATA_FILE]);
    const { initializers } = readOnnxModel(file).graph;
    expect(initializers.get("w")?.bytes).toEqual({
      location: DATA_FILE,
      offsetBytes: 0,
      lengthBytes: SIZE * SIZE * 4,
    });
    const bias = initializers.get("b");
    expect(bias && isExternal(bias.bytes)).toBe(false);
    expect(statSync(path.join(directory, DATA_FILE)).size).toBe(SIZE * SIZE * 4);
  });

  it.each(["packed", "mapped"] as const)("runs %s as it runs from memory", async (loading) => {
    writeOnnxModel(file, layer(), DATA_FILE);
    const expected = await run(encodeModel(layer()), "packed");
    const seen = await run(file, loading);
    for (const [i, value] of expected.entries()) expect(seen[i]).toBeCloseTo(value, 5);
  });

  /** A graph file whose tensor lies at `external`. */
  function pointing(external: object): void {
    const { graph, ...rest } = layer();
    const bytes = { location: "w.bin", offsetBytes: 0, lengthBytes: SIZE * SIZE * 4, ...external };
    const w = { dtype: "float32", dims: [SIZE, SIZE], bytes } as const;
    const initializers = new Map(graph.initializers).set("w", w);
    writeFileSync(file, encodeModel({ ...rest, graph: { ...graph, initializers } }));
  }

  it.each(["../w.bin", "a/../../w.bin", "/etc/passwd", "C:\\w.bin", ".."])(
    "may not have its tensors at %s",
    (location) => {
      pointing({ location });
      expect(appErrorOf(() => readOnnxModel(file)).code).toBe("invalid_input");
    },
  );

  it("is refused when its data is missing or too short", () => {
    pointing({});
    const missing = appErrorOf(() => readOnnxModel(file));
    expect(missing.code).toBe("damaged_file");
    expect(missing.message).toContain("w.bin");
    writeFileSync(path.join(directory, "w.bin"), new Uint8Array(SIZE * SIZE * 4 - 1));
    expect(appErrorOf(() => readOnnxModel(file)).code).toBe("damaged_file");
    writeFileSync(path.join(directory, "w.bin"), new Uint8Array(SIZE * SIZE * 4));
    expect(readOnnxModel(file).graph.initializers.size).toBe(2);
    pointing({ offsetBytes: 2 ** 50 });
    expect(appErrorOf(() => readOnnxModel(file)).code).toBe("damaged_file");
  });

  it("is refused when it is no model or not there", async () => {
    expect(appErrorOf(() => readOnnxModel(file)).code).toBe("not_found");
    writeFileSync(file, "this is no model");
    expect(appErrorOf(() => readOnnxModel(file)).code).toBe("damaged_file");
    await expect(run(file, "packed")).rejects.toMatchObject({ code: "damaged_file" });
  });
});
