// Scorers on disk: opened in any way they give the scores of a scorer made in memory, and whatever
// happened to their files, never others.

import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  openHuggingFaceDirectory,
  readModelConfig,
  type Tensor32,
  type Weights,
} from "../../src/checkpoint/index.ts";
import {
  createScorer,
  openStagedScorer,
  stageScorer,
  type Agreement,
  type Precision,
  type Scorer,
  type StagedModel,
} from "../../src/models/index.ts";
import { FIXTURES, maxDifference } from "../helpers/model-fixture.ts";

const ROWS = [
  [2, 17, 4, 33, 3],
  [2, 4, 3],
];
const POSITIONS = [[2, 3], [1]];
const SOURCE = path.join(FIXTURES, "models/modernbert-tiny");
/** More calls than it takes until the re-ordered weights answer. */
const MANY = 12;
const TOLERANCE = 1e-4;

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "whetstone-staged-"));
});
afterAll(() => rmSync(root, { recursive: true }));

function readWeights(): Weights {
  using source = openHuggingFaceDirectory(SOURCE);
  return source.readWeights();
}

/** The weights of a version that has learned something in one layer. */
function readLearned(): Weights {
  const weights = new Map(readWeights());
  const [name, tensor] = [...weights].find(([each]) => each.includes("layers.1.mlp")) as [
    string,
    Tensor32,
  ];
  weights.set(name, { ...tensor, data: tensor.data.map((value) => value + 0.5) });
  return weights;
}

function modelAt(name: string, parts: Partial<StagedModel> = {}): StagedModel {
  const directory = path.join(root, name);
  return { directory, config: readModelConfig(SOURCE), readWeights, ...parts };
}

async function scoresOf(model: StagedModel, precision: Precision): Promise<Float32Array[]> {
  using scorer = await openStagedScorer(model, { threads: 1, precision });
  const scores: Float32Array[] = [];
  for (let i = 0; i < MANY; i++) scores.push(await scorer.score(ROWS, POSITIONS));
  return scores;
}

async function expectScores(model: StagedModel, precision: Precision): Promise<void> {
  const options = { threads: 1, precision };
  using scorer = await createScorer(model.config, await model.readWeights(), options);
  const expected = await scorer.score(ROWS, POSITIONS);
  for (const scores of await scoresOf(model, precision)) {
    expect(maxDifference(scores, expected)).toBeLessThan(TOLERANCE);
  }
}

/** Weights that nobody may ask for. */
function unread(): Weights {
  throw new Error("the weights were read");
}

describe.each(["fp32", "int8"] as const)("a scorer staged in %s", (precision) => {
  it("scores the same from mapped and from re-ordered weights", async () => {
    await expectScores(modelAt(`same-${precision}`), precision);
  }, 60_000);

  it("is opened without the model's own files once it is there", async () => {
    const model = modelAt(`again-${precision}`);
    await stageScorer(model, { threads: 1, precision });
    const scores = await scoresOf({ ...model, readWeights: unread }, precision);
    expect(scores).toHaveLength(MANY);
  });

  it("leaves nothing beside its files", async () => {
    const { directory } = await stageScorer(modelAt(`tidy-${precision}`), {
      threads: 1,
      precision,
    });
    const names = [".sha256sums", ".verified", "scorer.bin", "scorer.json", "scorer.onnx"];
    expect(readdirSync(directory).toSorted()).toEqual(names);
    expect(readdirSync(path.dirname(directory))).toEqual([path.basename(directory)]);
  });

  it("keeps only what it has learned beside the file of its base", async () => {
    const base = modelAt(`base-${precision}`);
    const learned = modelAt(`learned-${precision}`, { readWeights: readLearned, base });
    await expectScores(learned, precision);
    await expectScores(base, precision);
    const options = { threads: 1, precision };
    const baseFile = path.join((await stageScorer(base, options)).directory, "scorer.bin");
    const { directory } = await stageScorer(learned, options);
    const link = path.join(directory, "base-scorer.bin");
    expect(statSync(link).ino).toBe(statSync(baseFile).ino);
    const own = statSync(path.join(directory, "scorer.bin")).size;
    expect(own).toBeLessThan(statSync(baseFile).size / 2);
  }, 60_000);
});

describe("a scorer staged in int8 that is compared with float32", () => {
  const agreementOf = (sameTop1: number) => {
    return { questions: 100, sameTop1, meanDifference: 0.1, maxDifference: null };
  };
  const order = { threads: 1, precision: "int8", agreementMin: 0.85 } as const;

  it.each([
    ["is float32 where they are too far apart", 0.84, "fp32"],
    ["is int8 where they are near enough", 0.85, "int8"],
  ] as const)("%s", async (_name, sameTop1, precision) => {
    const compare = async (): Promise<Agreement> => agreementOf(sameTop1);
    const model = modelAt(`compared-${precision}`, { compare });
    const own = { threads: 1, precision };
    using expected = await createScorer(model.config, readWeights(), own);
    const scores = await expected.score(ROWS, POSITIONS);
    await stageScorer(model, order);
    // The second time the weights are there, and so is what was found.
    for (const form of [model, { ...model, readWeights: unread, compare: undefined }]) {
      using scorer = await openStagedScorer(form, order);
      expect(scorer).toMatchObject({ precision, agreement: agreementOf(sameTop1) });
      expect(maxDifference(await scorer.score(ROWS, POSITIONS), scores)).toBeLessThan(TOLERANCE);
    }
  });

  it("shows both forms as they answer, and leaves nothing of float32 behind", async () => {
    const scores: Record<string, Float32Array> = {};
    const compare = async (form: Scorer, float32: Scorer): Promise<Agreement> => {
      scores["int8"] = await form.score(ROWS, POSITIONS);
      scores["fp32"] = await float32.score(ROWS, POSITIONS);
      return agreementOf(1);
    };
    const base = modelAt("compared-base");
    const model = modelAt("compared-both", { readWeights: readLearned, base, compare });
    const { directory } = await stageScorer(model, order);
    expect(readdirSync(directory)).not.toContain("float32.bin");
    expect(readdirSync(directory)).not.toContain("float32.onnx");
    for (const precision of ["int8", "fp32"] as const) {
      using scorer = await createScorer(model.config, readLearned(), { threads: 1, precision });
      const expected = await scorer.score(ROWS, POSITIONS);
      expect(maxDifference(scores[precision] ?? [], expected)).toBeLessThan(TOLERANCE);
    }
    expect(maxDifference(scores["int8"] ?? [], scores["fp32"] ?? [])).toBeGreaterThan(TOLERANCE);
  });

  it("is int8 where an earlier program made it, which did not compare", async () => {
    using scorer = await openStagedScorer(modelAt("compared-never"), order);
    expect(scorer.precision).toBe("int8");
    expect(scorer.agreement).toBeUndefined();
  });
});

/** Changes a file so that neither its size nor its time tells. */
function withTimes(name: string, change: (name: string) => void): void {
  const time = new Date(1_700_000_000_000);
  const before = statSync(name, { bigint: true });
  change(name);
  utimesSync(name, time, time);
  // As `.verified` would have it, had the file been written then.
  const stamp = path.join(path.dirname(name), ".verified");
  const told = readFileSync(stamp, "utf8");
  const after = statSync(name, { bigint: true });
  writeFileSync(stamp, told.replace(String(before.mtimeNs), String(after.mtimeNs)));
}

/** What a new start of the machine changes. */
function restart(directory: string): void {
  const stamp = path.join(directory, ".verified");
  const told = readFileSync(stamp, "utf8");
  writeFileSync(stamp, told.replace(/^boot .*$/m, "boot another"));
}

describe("a staged scorer after a start of the machine", () => {
  it("is opened without the model's own files, and reads its own once", async () => {
    const model = modelAt("restarted");
    const { directory } = await stageScorer(model, { threads: 1, precision: "fp32" });
    const stamp = path.join(directory, ".verified");
    const before = readFileSync(stamp, "utf8");
    restart(directory);
    await scoresOf({ ...model, readWeights: unread }, "fp32");
    expect(readFileSync(stamp, "utf8")).toBe(before);
  });

  it("is opened without the model's own files where it has been copied to", async () => {
    const model = modelAt("copied");
    await stageScorer(model, { threads: 1, precision: "fp32" });
    const directory = path.join(root, "copy");
    cpSync(model.directory, directory, { recursive: true });
    const scores = await scoresOf({ ...model, directory, readWeights: unread }, "fp32");
    expect(scores).toHaveLength(MANY);
  });
});

describe("a staged scorer whose files are not what was written", () => {
  const damages: Readonly<Record<string, (file: (name: string) => string) => void>> = {
    "that lost its model": (file) => rmSync(file("scorer.onnx")),
    "whose weights were cut": (file) => truncateSync(file("scorer.bin"), 4096),
    "whose weights were written to": (file) => {
      const bytes = readFileSync(file("scorer.bin"));
      writeFileSync(file("scorer.bin"), bytes.fill(63, 0, bytes.length / 2));
    },
    "whose facts are no JSON": (file) => writeFileSync(file("scorer.json"), "{"),
    "whose facts are of another kind": (file) => writeFileSync(file("scorer.json"), "{}"),
    "whose list of hashes is gone": (file) => rmSync(file(".sha256sums")),
    "whose list of hashes is no list": (file) => writeFileSync(file(".sha256sums"), "nonsense"),
    "whose weights have changed on the disk since the machine was started": (file) => {
      withTimes(file("scorer.bin"), (name) => {
        const bytes = readFileSync(name);
        writeFileSync(name, bytes.fill(63, 0, bytes.length / 2));
      });
      restart(file(""));
    },
  };
  it.each(Object.keys(damages))("is made again: one %s", async (damage) => {
    const model = modelAt(`damaged ${damage}`);
    const { directory } = await stageScorer(model, { threads: 1, precision: "fp32" });
    damages[damage]?.((name) => path.join(directory, name));
    await expectScores(model, "fp32");
  });

  it("gives way to the form of the engine that is here", async () => {
    const model = modelAt("outdated");
    const { directory } = await stageScorer(model, { threads: 1, precision: "fp32" });
    const other = path.join(path.dirname(directory), "fp32-0000000000000000");
    writeFileSync(other, "");
    rmSync(directory, { recursive: true });
    await expectScores(model, "fp32");
    expect(readdirSync(model.directory)).toEqual([path.basename(directory)]);
  });
});
