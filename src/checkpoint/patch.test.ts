import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { appErrorOf } from "../../test/helpers/app-error.ts";
import type { Differences } from "./difference.ts";
import { openHuggingFaceDirectory, readModelConfig, readTokenizerFiles } from "./hugging-face.ts";
import { baseDirectoryOf, readPatch } from "./patch.ts";
import { savePatch } from "./patch-writer.ts";

const FIXTURE = path.resolve(import.meta.dirname, "../../test/fixtures/models/bert-tiny");
const BIAS = "cls.predictions.bias";
const DENSE = "cls.predictions.transform.dense.weight";

describe("a patch", () => {
  let root: string;
  let base: string;
  let patch: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "patch-"));
    base = path.join(root, "0123abc");
    patch = path.join(root, "patch");
    cpSync(FIXTURE, base, { recursive: true });
    save({ [BIAS]: [101], [DENSE]: [32, 32] });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function save(shapes: Record<string, number[]>, key = "0123abc"): void {
    const differences = Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return [
        name,
        { shape, data: Float32Array.from({ length: count }, (_, i) => i / 64) },
      ] as const;
    });
    saveDifferences(new Map(differences), key);
  }

  function saveDifferences(differences: Differences, key = "0123abc"): void {
    savePatch(patch, {
      base: { key, sha256: "00" },
      config: readModelConfig(FIXTURE),
      tokenizerFiles: readTokenizerFiles(FIXTURE),
      differences,
    });
  }

  it("reads as its base with the differences added", () => {
    using whole = openHuggingFaceDirectory(base);
    using changed = openHuggingFaceDirectory(patch);
    expect(baseDirectoryOf(patch)).toBe(base);
    const before = whole.readWeights();
    const after = changed.readWeights();
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, { data }] of before) {
      const isChanged = name === BIAS || name === DENSE;
      const expected = data.map((value, i) => (isChanged ? value + i / 64 : value));
      expect(after.get(name)?.data, name).toEqual(expected);
      expect(changed.readTensor(name).data, name).toEqual(expected);
    }
  });

  it("may hold a difference as a product of two thin matrices", () => {
    const a = { shape: [2, 32], data: Float32Array.from({ length: 64 }, (_, i) => i / 64) };
    const b = { shape: [32, 2], data: Float32Array.from({ length: 64 }, (_, i) => i / 32 - 1) };
    saveDifferences(new Map([[DENSE, { a, b }]]));
    using whole = openHuggingFaceDirectory(base);
    using changed = openHuggingFaceDirectory(patch);
    const before = whole.readTensor(DENSE).data;
    const after = changed.readTensor(DENSE).data;
    for (const [i, value] of before.entries()) {
      const [row, column] = [Math.floor(i / 32), i % 32];
      const change =
        b.data[2 * row]! * a.data[column]! + b.data[2 * row + 1]! * a.data[32 + column]!;
      expect(after[i], `${row}, ${column}`).toBeCloseTo(value + change, 5);
    }
    expect(changed.readTensor(BIAS)).toEqual(whole.readTensor(BIAS));
  });

  it("is refused when its factors do not fit each other or their weight", () => {
    const zeros = (...shape: number[]) => {
      return { shape, data: new Float32Array(shape.reduce((x, y) => x * y, 1)) };
    };
    saveDifferences(new Map([[DENSE, { a: zeros(2, 32), b: zeros(32, 3) }]]));
    expect(appErrorOf(() => readPatch(patch)).message).toContain("[2, 32] and [32, 3]");
    saveDifferences(new Map([[DENSE, { a: zeros(1, 99_999), b: zeros(99_999, 1) }]]));
    using opened = openHuggingFaceDirectory(patch);
    expect(appErrorOf(() => opened.readTensor(DENSE)).code).toBe("damaged_file");
  });

  it("is refused when a byte of it has changed", () => {
    const file = path.join(patch, "patch.safetensors");
    const bytes = readFileSync(file);
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(file, bytes);
    expect(appErrorOf(() => readPatch(patch)).code).toBe("damaged_file");
    expect(appErrorOf(() => openHuggingFaceDirectory(patch)).code).toBe("damaged_file");
  });

  it("is refused without its base, and on a base of another shape", () => {
    save({ [BIAS]: [101] }, "another");
    const missing = appErrorOf(() => openHuggingFaceDirectory(patch));
    expect(missing.code).toBe("not_found");
    expect(missing.message).toContain("another");
    save({ [BIAS]: [100] });
    using opened = openHuggingFaceDirectory(patch);
    expect(appErrorOf(() => opened.readWeights()).code).toBe("damaged_file");
    save({ unheard_of: [3] });
    expect(appErrorOf(() => openHuggingFaceDirectory(patch)).code).toBe("damaged_file");
  });

  it.each(["../0123abc", "..", "/etc", "a/b", ""])("may not have its base at %j", (key) => {
    save({ [BIAS]: [101] }, key);
    expect(appErrorOf(() => openHuggingFaceDirectory(patch)).code).toBe("damaged_file");
  });
});
