// One training run from order to outcome on a tiny model, in this process: what it does with a
// checkpoint that it cannot go on from, and when it is told to stop early.

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  runTraining,
  type TrainingOutcome,
  type TrainingProgressReport,
  type TuningOrder,
  type WholeOrder,
} from "../../src/training/index.ts";
import { writeTinyModel } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let order: WholeOrder;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-run-"));
  writeTinyModel(path.join(folder, "model"));
  const lines = Array.from("春夏秋冬早晚", (each) =>
    JSON.stringify({ text: `${each}天有[MASK]`, answer: "花" }),
  );
  writeFileSync(path.join(folder, "samples.jsonl"), lines.join("\n"));
  order = {
    kind: "train",
    recipe: "full",
    modelDirectory: path.join(folder, "model"),
    samplesFile: path.join(folder, "samples.jsonl"),
    suites: [],
    runDirectory: path.join(folder, "runs", "one"),
    epochs: 3,
    seed: 1,
    threads: 1,
    limits: { top1Loss: 1, top3Loss: 1, eceRise: 1, probeLoss: 1, guardLoss: 1 },
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Trains until the step after which it is stopped; gives the steps and notes that it told. */
async function train({ stopAt = Infinity } = {}) {
  const seen: TrainingProgressReport[] = [];
  const stepsOf = (): number[] =>
    seen.flatMap((each) => (each.phase === "training" ? [each.done] : []));
  const outcome: TrainingOutcome = await runTraining(order, {
    onProgress: (report) => void seen.push(report),
    shouldStop: () => (stepsOf().at(-1) ?? 0) >= stopAt,
  });
  const notes = seen.flatMap((each) => (each.phase === "note" ? [each.text] : []));
  return { kind: outcome.kind, steps: stepsOf(), notes };
}

const saved = (name: string): string => path.join(order.runDirectory, "checkpoint", name);

it("goes on from its checkpoint, and says nothing", async () => {
  const stopped = await train({ stopAt: 1 });
  expect(stopped).toMatchObject({ kind: "stopped", steps: [1], notes: [] });
  expect(await train()).toMatchObject({ kind: "finished", steps: [2, 3], notes: [] });
});

it.each([
  [
    "of another training",
    "another version of the program",
    () => {
      const state = JSON.parse(readFileSync(saved("state.json"), "utf8")) as object;
      writeFileSync(saved("state.json"), JSON.stringify({ ...state, fingerprint: "other" }));
    },
  ],
  ["without an end", "damaged", () => truncateSync(saved("training.safetensors"), 1000)],
  ["without a state", "damaged", () => truncateSync(saved("state.json"), 10)],
])("begins anew where its checkpoint is one %s, and says so", async (_what, why, spoil) => {
  await train({ stopAt: 1 });
  spoil();
  const { kind, steps, notes } = await train();
  expect({ kind, steps }).toEqual({ kind: "finished", steps: [1, 2, 3] });
  expect(notes).toEqual([expect.stringMatching(new RegExp(`${why}.*begins anew`))]);
});

it("stops while the activations are made, and goes on from there", async () => {
  // The process that makes them is run from its source.
  vi.stubEnv("NODE_OPTIONS", "--import tsx");
  const tuning: TuningOrder["tuning"] = {
    baseDirectory: order.modelDirectory,
    base: { key: "base", sha256: "" },
    cacheDirectory: path.join(folder, "cache", "base"),
    cacheBytesMax: 1e9,
  };
  const phasesUntil = async (isLast: (phase: string) => boolean): Promise<Set<string>> => {
    const phases = new Set<string>();
    const running = runTraining(
      { ...order, recipe: "incremental", tuning },
      {
        onProgress: ({ phase }) => void (phase === "note" || phases.add(phase)),
        shouldStop: () => [...phases].some(isLast),
      },
    );
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
    return phases;
  };
  expect(await phasesUntil((phase) => phase === "prefix")).toEqual(new Set(["prefix"]));
  expect(await phasesUntil((phase) => phase === "before")).toContain("before");
  vi.unstubAllEnvs();
});
