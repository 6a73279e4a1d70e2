// `models add` of directories that have their weights as an ONNX export only: what PyTorch's
// exporters wrote is told apart into the very parameters, and what cannot be leaves nothing behind.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AppError } from "../../src/base/index.ts";
import {
  openHuggingFaceDirectory,
  openSafetensors,
  readOnnxModel,
  writeOnnxModel,
} from "../../src/checkpoint/index.ts";
import { convertOnnxDirectory, exportOnnx } from "../../src/models/index.ts";
import { encodeModel, type Graph } from "../../src/onnx/index.ts";
import { savePrepacked } from "../../src/runtime/index.ts";
import { FIXTURES, maxDifference } from "../helpers/model-fixture.ts";
import { callCli, documentOf } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 120_000 });

const MODELS = path.join(FIXTURES, "models");
const root = mkdtempSync(path.join(tmpdir(), "whetstone-onnx-"));
const data = path.join(root, "data");
let directory: string;
let onnxFile: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(root, "given-"));
  onnxFile = path.join(directory, "onnx/model.onnx");
});
afterEach(() => rmSync(directory, { recursive: true }));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The directory of a fixture with an export of it in place of its safetensors. */
function give(name: string, exported: string, as = onnxFile): void {
  for (const file of ["config.json", "tokenizer.json"]) {
    copyFileSync(path.join(MODELS, name, file), path.join(directory, file));
  }
  mkdirSync(path.dirname(as), { recursive: true });
  copyFileSync(path.join(MODELS, name, exported), as);
}

/** Writes the given graph again, changed. */
function change(task: (graph: Graph) => Partial<Graph>): void {
  const model = readOnnxModel(onnxFile);
  const graph = { ...model.graph, ...task(model.graph) };
  writeFileSync(onnxFile, encodeModel({ ...model, graph }));
}

function setConfig(fields: object): void {
  const file = path.join(directory, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...config, ...fields }));
}

/** Converts the directory and compares its weights with those that PyTorch saved. */
async function expectWeightsOf(name: string, tolerance = 0): Promise<void> {
  const target = path.join(directory, "converted");
  expect(await convertOnnxDirectory(directory, target, { threads: 1 })).toBe(true);
  using converted = openHuggingFaceDirectory(target);
  using saved = openHuggingFaceDirectory(path.join(MODELS, name));
  expect([...converted.tensors.keys()].sort()).toEqual([...saved.tensors.keys()].sort());
  const weights = converted.readWeights();
  for (const [parameter, { shape, data: values }] of saved.readWeights()) {
    const seen = weights.get(parameter);
    expect(seen?.shape, parameter).toEqual(shape);
    const apart = maxDifference(seen?.data ?? [], values);
    expect(apart, parameter).toBeLessThanOrEqual(tolerance);
  }
}

/** What is given cannot be converted, and nothing comes of it. */
async function expectRefusal(code: string, says: RegExp): Promise<void> {
  const target = path.join(directory, "converted");
  const before = readdirSync(directory);
  const converted = convertOnnxDirectory(directory, target, { threads: 1 });
  const error = await converted.catch((thrown: unknown) => thrown);
  expect(readdirSync(directory)).toEqual(before);
  const { message } = error as AppError;
  expect(message).toMatch(says);
  expect(error).toMatchObject({ code });
}

const NO_UTF8 = Buffer.from('{"a": "\xff"}', "latin1");

describe("the parameters in an export", () => {
  it.each([
    ["bert-tiny", "exported.onnx"],
    ["bert-tiny", "exported-dynamo.onnx"],
    ["modernbert-tiny", "exported.onnx"],
    ["modernbert-tiny", "exported-dynamo.onnx"],
  ])("of %s as %s are those that PyTorch saved", async (name, exported) => {
    give(name, exported);
    await expectWeightsOf(name);
  });

  it("are found in model.onnx beside config.json, too", async () => {
    give("bert-tiny", "exported.onnx", path.join(directory, "model.onnx"));
    await expectWeightsOf("bert-tiny");
  });

  it("stay in half precision where they are stored so", async () => {
    give("modernbert-starter-tiny", "exported-float16.onnx");
    await expectWeightsOf("modernbert-starter-tiny", 1e-3);
    using file = openSafetensors(path.join(directory, "converted/model.safetensors"));
    expect(new Set([...file.tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(["F16"]));
  });

  it("are read from data files beside the graph", async () => {
    give("bert-tiny", "exported.onnx");
    writeOnnxModel(onnxFile, readOnnxModel(onnxFile), "model.onnx_data");
    await expectWeightsOf("bert-tiny");
  });

  it("are found in a graph that ONNX Runtime has optimised", async () => {
    give("bert-tiny", "exported.onnx");
    const target = path.join(directory, "model.onnx");
    await savePrepacked(onnxFile, { target, dataFile: "model.onnx_data", threads: 1 });
    rmSync(path.dirname(onnxFile), { recursive: true });
    expect(readOnnxModel(target).graph.nodes.map(({ op }) => op)).toContain("BiasGelu");
    await expectWeightsOf("bert-tiny");
  });

  it("are told by their turn where nothing has a name", async () => {
    give("bert-tiny", "exported.onnx");
    change((graph) => {
      const names = new Map([...graph.initializers.keys()].map((name, i) => [name, `c${i}`]));
      const anonymous = (name: string): string => names.get(name) ?? name;
      return {
        initializers: new Map([...graph.initializers].map(([n, tensor]) => [anonymous(n), tensor])),
        nodes: graph.nodes.map((n) => ({ ...n, name: "", inputs: n.inputs.map(anonymous) })),
      };
    });
    await expectWeightsOf("bert-tiny");
  });

  it.each(["bert-tiny", "modernbert-tiny"])(
    "of %s survive this program's own export",
    async (n) => {
      using source = openHuggingFaceDirectory(path.join(MODELS, n));
      const tokenizerFiles = source.readTokenizerFiles();
      exportOnnx(directory, { ...source, tokenizerFiles, weights: source.readWeights() });
      await expectWeightsOf(n);
    },
  );
});

describe("an export that cannot be converted", () => {
  it("is refused when it does not compute what config.json says", async () => {
    give("bert-tiny", "exported.onnx");
    setConfig({ hidden_act: "relu" });
    await expectRefusal(
      "unsupported_model",
      /onnx\/model\.onnx: .*does not compute .* logits are .* apart/,
    );
  });

  it("is refused when two weights have changed places", async () => {
    give("bert-tiny", "exported.onnx");
    change(({ nodes }) => ({
      nodes: nodes.map((node) => {
        const name = node.name.replace(/self\/(query|key)\//, (_, which) => {
          return which === "key" ? "self/query/" : "self/key/";
        });
        return { ...node, name };
      }),
    }));
    await expectRefusal("unsupported_model", /does not compute/);
  });

  it("is refused when its weights are quantised", async () => {
    give("modernbert-starter-tiny", "exported-quantised.onnx");
    await expectRefusal("unsupported_model", /is quantised .*add the safetensors/);
  });

  it("is refused when there are quantised files only", async () => {
    const file = path.join(directory, "onnx/model_quantized.onnx");
    give("modernbert-starter-tiny", "exported-quantised.onnx", file);
    await expectRefusal("unsupported_model", /as onnx\/model_quantized\.onnx only; expected/);
  });

  it("is refused when its file is cut", async () => {
    give("bert-tiny", "exported.onnx");
    writeFileSync(onnxFile, readFileSync(onnxFile).subarray(0, 100_000));
    await expectRefusal("damaged_file", /onnx\/model\.onnx/);
  });

  it("is refused when its fill-mask.json is broken", async () => {
    give("bert-tiny", "exported.onnx");
    const file = path.join(directory, "fill-mask.json");
    writeFileSync(file, NO_UTF8);
    await expectRefusal("damaged_file", /fill-mask\.json is not valid UTF-8/);
    writeFileSync(file, " ".repeat(1_000_001));
    await expectRefusal("damaged_file", /fill-mask\.json has 1000001 bytes, more than/);
  });

  it.each(["../config.json", "/etc/passwd", "a/../../config.json"])(
    "is refused when its data lies at %s",
    async (location) => {
      give("bert-tiny", "exported.onnx");
      change(({ initializers }) => ({
        initializers: new Map(
          [...initializers].map(([name, tensor]) => {
            const lengthBytes = tensor.bytes instanceof Uint8Array ? tensor.bytes.length : 0;
            return [name, { ...tensor, bytes: { location, offsetBytes: 0, lengthBytes } }];
          }),
        ),
      }));
      await expectRefusal("invalid_input", /expected a relative path that stays inside/);
    },
  );
});

describe("models add", () => {
  const add = (id: string): ReturnType<typeof callCli> =>
    callCli(["models", "add", directory, "--id", id, "--data", data, "--json"]);
  const fill = async (id: string): Promise<{ text: string; score: number }[]> => {
    const args = ["fill", "春风又[MASK]江南岸", "--model", id, "--data", data, "--json"];
    const { candidates } = documentOf(await callCli(args));
    return candidates as { text: string; score: number }[];
  };

  it.each([
    ["bert-tiny", "exported.onnx"],
    ["modernbert-tiny", "exported.onnx"],
  ])("gives the answers of the safetensors of %s", async (name, exported) => {
    give(name, exported);
    expect(await add(`${name}-onnx`)).toMatchObject({ code: 0, stderr: "" });
    rmSync(path.join(directory, "onnx"), { recursive: true });
    copyFileSync(
      path.join(MODELS, name, "model.safetensors"),
      path.join(directory, "model.safetensors"),
    );
    expect(await add(name)).toMatchObject({ code: 0 });
    const [answers, expected] = [await fill(`${name}-onnx`), await fill(name)];
    expect(answers.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
    for (const [i, { score }] of answers.entries()) {
      expect(score).toBeCloseTo(expected[i]?.score ?? NaN, 4);
    }
  });

  it("stores safetensors, the settings and texts that were given, but no ONNX file", async () => {
    give("bert-tiny", "exported.onnx");
    const settings = readFileSync("models/starter-cloze/fill-mask.json", "utf8");
    writeFileSync(path.join(directory, "fill-mask.json"), settings);
    for (const name of ["LICENSE-MIT.txt", "README.md"]) {
      writeFileSync(path.join(directory, name), name);
    }
    // A text for people alone that cannot be read stays behind.
    writeFileSync(path.join(directory, "NOTICE"), NO_UTF8);
    expect(await add("stored")).toMatchObject({ code: 0 });
    const versions = path.join(data, "versions");
    const stored = readdirSync(versions).filter((key) => {
      return existsSync(path.join(versions, key, "fill-mask.json"));
    });
    expect(stored.map((key) => readdirSync(path.join(versions, key)).sort())).toContainEqual([
      ".sha256sums",
      ".verified",
      "LICENSE-MIT.txt",
      "README.md",
      "config.json",
      "fill-mask.json",
      "model.safetensors",
      "tokenizer.json",
    ]);
  });

  it("leaves nothing of a directory that it refuses", async () => {
    await callCli(["models", "list", "--data", data]);
    const before = readdirSync(path.join(data, "versions"));
    give("bert-tiny", "exported.onnx");
    setConfig({ hidden_act: "relu" });
    const result = await add("refused");
    expect(result.code).toBe(1);
    expect(documentOf(result)).toMatchObject({ error: { code: "unsupported_model" } });
    expect(readdirSync(path.join(data, "versions"))).toEqual(before);
    const { models } = documentOf(await callCli(["models", "list", "--data", data, "--json"]));
    expect((models as { id: string }[]).map(({ id }) => id)).not.toContain("refused");
  });
});
