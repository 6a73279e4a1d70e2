// Exported model directories: plain ONNX that gives Hugging Face's logits for every token.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  openHuggingFaceDirectory,
  readOnnxModel,
  writeOnnxModel,
} from "../../src/checkpoint/index.ts";
import { buildExportModel, exportOnnx, maskedLanguageModel } from "../../src/models/index.ts";
import { createSession, intTensorOf } from "../../src/runtime/index.ts";
import { FIXTURES, maxDifference, readModelFixture } from "../helpers/model-fixture.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "whetstone-export-"));
});
afterAll(() => rmSync(root, { recursive: true }));

describe.each(["bert-tiny", "modernbert-tiny", "modernbert-starter-tiny"])(
  "%s exported",
  (name) => {
    const fixture = readModelFixture(name);
    const target = (): string => path.join(root, name);
    beforeAll(() => {
      using source = openHuggingFaceDirectory(path.join(FIXTURES, "models", name));
      const tokenizerFiles = source.readTokenizerFiles();
      exportOnnx(target(), {
        config: source.config,
        weights: source.readWeights(),
        tokenizerFiles,
      });
    });

    it("uses standard operators only", () => {
      const { graph, opsets } = readOnnxModel(path.join(target(), "onnx/model.onnx"));
      expect([...opsets.keys()]).toEqual([""]);
      expect(graph.nodes.filter(({ domain }) => domain !== "")).toEqual([]);
    });

    it("gives Hugging Face's logits for every token of every batch", async () => {
      using session = await createSession(path.join(target(), "onnx/model.onnx"), { threads: 1 });
      for (const { batch, sequence, inputIds, attentionMask, logits } of fixture.cases) {
        const dims = [batch, sequence];
        const all = {
          input_ids: intTensorOf(inputIds, dims),
          attention_mask: intTensorOf(attentionMask, dims),
          token_type_ids: intTensorOf(
            inputIds.map(() => 0),
            dims,
          ),
        };
        const feeds = Object.fromEntries(
          Object.entries(all).filter(([input]) => session.inputNames.includes(input)),
        );
        const outputs = await session.run(feeds);
        const vocabulary = logits.length / inputIds.length;
        const data = outputs["logits"]?.data as Float32Array;
        const real = data.map((value, i) => {
          return attentionMask[Math.floor(i / vocabulary)] === 1 ? value : 0;
        });
        expect(maxDifference(real, logits)).toBeLessThan(1e-4);
      }
    });

    it("has the files that Transformers.js asks for", () => {
      for (const file of ["config.json", "tokenizer.json", "onnx/model.onnx"]) {
        expect(existsSync(path.join(target(), file)), file).toBe(true);
      }
    });
  },
);

describe("an exported hub directory", () => {
  it("gets a tokenizer.json from its vocab.txt", () => {
    const directory = path.join(root, "hub");
    using source = openHuggingFaceDirectory(path.join(FIXTURES, "models/bert-tiny-hub"));
    const tokenizerFiles = source.readTokenizerFiles();
    exportOnnx(directory, { config: source.config, weights: source.readWeights(), tokenizerFiles });
    const text = readFileSync(path.join(directory, "tokenizer.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({ model: { type: "WordPiece" } });
  });
});

describe("a model with its weights beside it", () => {
  it("can be mapped, and refuses to be read when the data is cut short or elsewhere", async () => {
    using source = openHuggingFaceDirectory(path.join(FIXTURES, "models/bert-tiny"));
    const exported = buildExportModel(maskedLanguageModel(source.config), source.readWeights());
    const file = path.join(root, "external.onnx");
    writeOnnxModel(file, exported, "external.bin");
    expect(statSync(file).size).toBeLessThan(statSync(path.join(root, "external.bin")).size);
    using session = await createSession(file, { threads: 1, loading: "mapped" });
    expect(session.outputNames).toEqual(["logits"]);
    writeOnnxModel(path.join(root, "cut.onnx"), readOnnxModel(file), "cut.bin");
    expect(readOnnxModel(path.join(root, "cut.onnx")).graph.nodes).toHaveLength(
      exported.graph.nodes.length,
    );
    rmSync(path.join(root, "external.bin"));
    expect(() => readOnnxModel(file)).toThrow(/external.bin, which has 0/);
  });
});
