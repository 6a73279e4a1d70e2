// Stored versions in the form that opens fastest: there as soon as a version is, the same answers,
// gone with the version, and never what keeps a version from answering.

import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { fillerOptionsOf, openDataDirectory } from "../../src/configured.ts";
import {
  openHuggingFaceDirectory,
  readModelConfig,
  readTokenizerFiles,
  saveHuggingFaceDirectory,
  savePatch,
  type Tensor32,
} from "../../src/checkpoint/index.ts";
import { parseConfig } from "../../src/config/index.ts";
import type { Agreement } from "../../src/models/index.ts";
import type { Registry } from "../../src/registry/index.ts";
import type { FromReplica } from "../../src/serving/protocol.ts";
import { serveReplica } from "../../src/serving/replica-process.ts";
import { openFiller, type FillOutput } from "../../src/tasks/fill-mask/index.ts";
import { writeTinyModel } from "../helpers/run-cli.ts";

const OPTIONS = { threads: 1, precision: "fp32" } as const;
const EMBEDDINGS = "bert.embeddings.word_embeddings.weight";
const BIAS = "cls.predictions.bias";
const INPUT = { text: "今天[MASK]气很好。", topK: 3 };

let folder: string;
let data: string;
let stagedDirectory: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-staged-models-"));
  data = path.join(folder, "data");
  stagedDirectory = path.join(data, "staged");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One weight of each token is so large that int8 has no numbers for the others. */
function writeOutliers(directory: string): void {
  const plain = path.join(folder, "plain");
  writeTinyModel(plain);
  using source = openHuggingFaceDirectory(plain);
  const weights = new Map(source.readWeights());
  for (const name of [EMBEDDINGS, "cls.predictions.decoder.weight"]) {
    const { shape, data: values } = weights.get(EMBEDDINGS) as Tensor32;
    const width = shape[1] ?? 0;
    weights.set(name, { shape, data: values.map((value, i) => (i % width === 0 ? 30 : value)) });
  }
  const { config } = source;
  const tokenizerFiles = source.readTokenizerFiles();
  saveHuggingFaceDirectory(directory, { config, weights, tokenizerFiles, dtype: "F32" });
}

/** A registry as the program opens it, with version 1 of "m" and a patch on it as version 2. */
async function withPatch(task: (registry: Registry) => Promise<void>): Promise<void> {
  const flags = { "data.directory": data };
  const app = await createApp(parseConfig({ flags }), { starters: path.join(folder, "none") });
  try {
    const { registry } = app;
    const source = path.join(folder, "source");
    writeTinyModel(source);
    await registry.addModel("m", source);
    const base = await registry.resolve("m");
    const patch = path.join(folder, "patch");
    const sha256 = (await registry.showModel("m")).versions[0]?.sha256 ?? "";
    const size = 8000;
    savePatch(patch, {
      base: { key: path.basename(base.directory), sha256 },
      config: readModelConfig(source),
      tokenizerFiles: readTokenizerFiles(source),
      differences: new Map([
        [BIAS, { shape: [size], data: Float32Array.from({ length: size }, (_, i) => i % 7) }],
      ]),
    });
    await registry.addVersion("m", patch);
    await task(registry);
  } finally {
    await app.close();
  }
}

async function answerOf(directory: string, staged?: string): Promise<FillOutput | undefined> {
  using filler = await openFiller(directory, { ...OPTIONS, stagedDirectory: staged });
  return (await filler.fill([INPUT]))[0];
}

const wordsOf = (output: FillOutput | undefined): string[] =>
  output?.blanks[0]?.candidates.map(({ text }) => text) ?? [];

describe("a stored version", () => {
  it("is staged when it is added, and answers from there as from its own files", async () => {
    await withPatch(async (registry) => {
      for (const reference of ["m@1", "m@2"]) {
        const { directory } = await registry.resolve(reference);
        const staged = path.join(stagedDirectory, path.basename(directory));
        expect(readdirSync(staged)).toHaveLength(1);
        const own = wordsOf(await answerOf(directory));
        expect(wordsOf(await answerOf(directory, stagedDirectory))).toEqual(own);
      }
      const [one, two] = await Promise.all(
        ["m@1", "m@2"].map(async (name) => answerOf((await registry.resolve(name)).directory)),
      );
      expect(wordsOf(one)).not.toEqual(wordsOf(two));
    });
  }, 60_000);

  it("loses its staged form with its files", async () => {
    await withPatch(async (registry) => {
      writeFileSync(path.join(stagedDirectory, "stray"), "");
      await registry.clean({ keep: 5 });
      expect(readdirSync(stagedDirectory)).toHaveLength(2);
      await registry.removeModel("m");
      expect(readdirSync(stagedDirectory)).toEqual([]);
    });
  }, 60_000);

  it("is told by `verify` and by a server that its staged form was damaged", async () => {
    await withPatch(async (registry) => {
      const formOf = async (reference: string): Promise<string> => {
        const { directory } = await registry.resolve(reference);
        const staged = path.join(stagedDirectory, path.basename(directory));
        return path.join(staged, readdirSync(staged)[0] ?? "none");
      };
      expect(await registry.verify("m@1")).toMatchObject({ wasStagedWhole: true });
      expect(await registry.verifyStaged()).toEqual([]);
      const [one, two] = [await formOf("m@1"), await formOf("m@2")];
      writeFileSync(path.join(two, "scorer.json"), "{}");
      expect(await registry.verifyStaged()).toEqual(["m@2"]);
      expect(existsSync(two)).toBe(false);
      writeFileSync(path.join(one, "scorer.bin"), "");
      expect(await registry.verify("m@1")).toMatchObject({ wasStagedWhole: false });
      expect(existsSync(one)).toBe(false);
      const own = wordsOf(await answerOf((await registry.resolve("m@2")).directory));
      const { directory } = await registry.resolve("m@2");
      expect(wordsOf(await answerOf(directory, stagedDirectory))).toEqual(own);
    });
  }, 60_000);

  it("is not made again from files of its own that the disk has damaged", async () => {
    await withPatch(async (registry) => {
      const { directory } = await registry.resolve("m@1");
      rmSync(stagedDirectory, { recursive: true });
      const file = path.join(directory, "model.safetensors");
      const bytes = readFileSync(file);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
      // As if no time of the file told it.
      const { size, ino, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      const stamp = path.join(directory, ".verified");
      const line = `model.safetensors ${size} ${ino} ${mtimeNs} ${ctimeNs}`;
      writeFileSync(stamp, readFileSync(stamp, "utf8").replace(/^model\.safetensors .*$/m, line));
      for (const reference of ["m@1", "m@2"]) {
        const { directory: each } = await registry.resolve(reference);
        await expect(answerOf(each, stagedDirectory), reference).rejects.toMatchObject({
          code: "damaged_file",
        });
      }
    });
  }, 60_000);

  it("answers from its own files where nothing can be staged", async () => {
    await withPatch(async (registry) => {
      const { directory } = await registry.resolve("m@2");
      const blocked = path.join(folder, "blocked");
      writeFileSync(blocked, "a file where a directory should be");
      const own = wordsOf(await answerOf(directory));
      expect(wordsOf(await answerOf(directory, blocked))).toEqual(own);
    });
  }, 60_000);

  it("is not staged from a directory that is not named by its content", async () => {
    const source = path.join(folder, "source");
    writeTinyModel(source);
    expect(wordsOf(await answerOf(source, stagedDirectory))).toHaveLength(3);
    expect(existsSync(stagedDirectory)).toBe(false);
  });
});

describe("a version that is to be served in int8", () => {
  /** Adds a model to a server that is set to int8: its metrics, and what a replica says of it. */
  async function added(write: (directory: string) => void) {
    const source = path.join(folder, "source");
    write(source);
    const flags = { "data.directory": data, "replica.precision": "int8" };
    await using registry = await openDataDirectory(parseConfig({ flags }), {
      starters: path.join(folder, "none"),
    });
    const { versions } = await registry.addModel("m", source);
    const { directory } = await registry.resolve("m");
    const options = fillerOptionsOf(parseConfig({ flags }));
    const said = await new Promise<FromReplica>((send) => {
      serveReplica({
        open: { kind: "open", directory, options },
        openFiller,
        send,
        memoryBytes: () => 0,
      });
    });
    return { metrics: versions[0]?.metrics ?? {}, said, directory };
  }

  it("answers in float32 where int8 puts other tokens first, and says so", async () => {
    const { metrics, said, directory } = await added(writeOutliers);
    expect(said).toMatchObject({ kind: "ready", precision: "fp32" });
    expect(metrics).toMatchObject({ latency: { precision: "fp32" } });
    const { sameTop1 } = metrics["int8"] as Agreement;
    expect(sameTop1).toBeLessThan(0.5);
    using filler = await openFiller(directory, {
      ...OPTIONS,
      precision: "int8",
      agreementMin: 0.85,
      stagedDirectory,
    });
    const [output] = await filler.fill([INPUT]);
    expect(wordsOf(output)).toEqual(wordsOf(await answerOf(directory)));
  }, 60_000);

  it("answers in float32 where nothing can be staged, and so not compared", async () => {
    const { directory } = await added(writeOutliers);
    const blocked = path.join(folder, "blocked");
    writeFileSync(blocked, "a file where a directory should be");
    const options = { ...OPTIONS, precision: "int8", stagedDirectory: blocked } as const;
    using checked = await openFiller(directory, { ...options, agreementMin: 0.85 });
    expect(checked.precision).toBe("fp32");
    using unchecked = await openFiller(directory, options);
    expect(unchecked.precision).toBe("int8");
  }, 60_000);

  it("answers in int8 where that is near to float32", async () => {
    const { metrics, said } = await added(writeTinyModel);
    expect(said).toMatchObject({ kind: "ready", precision: "int8" });
    expect(metrics).toMatchObject({ latency: { precision: "int8" } });
    const { sameTop1, questions } = metrics["int8"] as Agreement;
    expect(sameTop1).toBeGreaterThan(0.85);
    expect(questions).toBeGreaterThan(200);
  }, 60_000);
});
