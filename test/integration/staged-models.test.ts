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
import { readModelConfig, readTokenizerFiles, savePatch } from "../../src/checkpoint/index.ts";
import { parseConfig } from "../../src/config/index.ts";
import type { Registry } from "../../src/registry/index.ts";
import { openFiller, type FillOutput } from "../../src/tasks/fill-mask/index.ts";
import { writeTinyModel } from "../helpers/run-cli.ts";

const OPTIONS = { threads: 1, precision: "fp32" } as const;
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
