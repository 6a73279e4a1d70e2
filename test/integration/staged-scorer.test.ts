// Scorers on disk: every way to load gives the scores of a scorer made in memory.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { openHuggingFaceDirectory } from "../../src/checkpoint/index.ts";
import {
  createScorer,
  openStagedScorer,
  stageScorer,
  type Precision,
} from "../../src/models/index.ts";
import type { Loading } from "../../src/runtime/index.ts";
import { FIXTURES, maxDifference } from "../helpers/model-fixture.ts";

const ROWS = [
  [2, 17, 4, 33, 3],
  [2, 4, 3],
];
const POSITIONS = [[2, 3], [1]];
const THREADS = 1;

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "whetstone-staged-"));
});
afterAll(() => rmSync(root, { recursive: true }));

function stage(precision: Precision): string {
  using source = openHuggingFaceDirectory(path.join(FIXTURES, "models/modernbert-tiny"));
  const directory = path.join(root, precision);
  const weights = source.readWeights();
  stageScorer(directory, { config: source.config, weights, precision });
  return directory;
}

describe.each(["fp32", "int8"] as const)("a scorer staged in %s", (precision) => {
  let directory: string;
  let expected: Float32Array;
  beforeAll(async () => {
    directory = stage(precision);
    using source = openHuggingFaceDirectory(path.join(FIXTURES, "models/modernbert-tiny"));
    const weights = source.readWeights();
    using scorer = await createScorer(source.config, weights, { threads: THREADS, precision });
    expected = await scorer.score(ROWS, POSITIONS);
  }, 60_000);

  it.each(["packed", "mapped", "prepacked"] as const)("scores the same %s", async (loading) => {
    using scorer = await openStagedScorer(directory, { threads: THREADS, loading });
    expect(maxDifference(await scorer.score(ROWS, POSITIONS), expected)).toBeLessThan(1e-4);
  });

  it("leaves nothing half done beside it", () => {
    const names = ["prepacked", "scorer.bin", "scorer.json", "scorer.onnx"];
    expect(readdirSync(directory).toSorted()).toEqual(names);
  });

  it("is prepacked again for another engine or processor", async () => {
    const stamp = path.join(directory, "prepacked/scorer.json");
    const here = readFileSync(stamp, "utf8");
    writeFileSync(stamp, here.replace(/"engine":"[^"]+"/, '"engine":"0.0.0"'));
    using scorer = await openStagedScorer(directory, { threads: THREADS, loading: "prepacked" });
    expect(maxDifference(await scorer.score(ROWS, POSITIONS), expected)).toBeLessThan(1e-4);
    expect(readFileSync(stamp, "utf8")).toBe(here);
  });
});

describe("a staged scorer that is not as it should be", () => {
  it.each(["packed", "prepacked"] satisfies Loading[])(
    "is refused when missing, %s",
    async (loading) => {
      const missing = openStagedScorer(path.join(root, "nothing"), { threads: THREADS, loading });
      await expect(missing).rejects.toThrow(AppError);
    },
  );

  it("is refused when its model is broken", async () => {
    const directory = stage("fp32");
    writeFileSync(path.join(directory, "scorer.onnx"), "no model");
    const opened = openStagedScorer(directory, { threads: THREADS, loading: "packed" });
    await expect(opened).rejects.toMatchObject({ code: "damaged_file" });
  });
});
