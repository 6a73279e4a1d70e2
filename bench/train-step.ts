// One training step of the top layers and the head, ours against PyTorch's, on the same random
// weights and shapes, with the same threads, in one run. Method: README.md.
//
//   tsx bench/train-step.ts [--python PATH] [--threads 2] [--batch 32] [--length 32] [--steps 7]
//
// ratioToPyTorch = their median seconds / ours; null without --python (or env PYTHON).

import { execFileSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { createRandom, shuffle } from "../src/base/index.ts";
import { openHuggingFaceDirectory, type Weights } from "../src/checkpoint/index.ts";
import { maskedLanguageModel } from "../src/models/index.ts";
import type { MaskedBatch } from "../src/training/data/batch.ts";
import { maskedLmStep } from "../src/training/masked-lm-step.ts";
import { ADAMW_DEFAULTS, adamWStep, clipScale } from "../src/training/optimisation/adamw.ts";
import { trainedParameter } from "../src/training/parameters.ts";
import { benchCheckpoint } from "./harness/checkpoint.ts";
import { OtherLoad } from "./harness/machine.ts";
import { median, note, report, rounded } from "./harness/report.ts";

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: process.env["PYTHON"] ?? "" },
    threads: { type: "string", default: "2" },
    batch: { type: "string", default: "32" },
    length: { type: "string", default: "32" },
    steps: { type: "string", default: "7" },
    "top-layers": { type: "string", default: "3" },
    tiny: { type: "boolean", default: false },
    "no-save": { type: "boolean", default: false },
  },
});

const settings = {
  shape: flags.tiny ? "tiny" : "bert-base-chinese",
  threads: Number(flags.threads),
  batch: Number(flags.batch),
  length: Number(flags.length),
  steps: Number(flags.steps),
  topLayers: Number(flags["top-layers"]),
  maskedShare: 0.15,
  warmUp: 2,
} as const;

interface Timing {
  readonly secondsPerStep: number;
  readonly forwardBackwardSeconds: number;
  readonly optimizerSeconds: number;
  readonly trainedParameterCount: number;
  readonly coresUsedByOthers: number | undefined;
}

const directory = benchCheckpoint(flags.tiny ? "tiny" : "base");
const ours = await measureOurs();
note(`ours     ${JSON.stringify(ours)}`);
const theirs = flags.python === "" ? undefined : measurePyTorch(flags.python);
note(`PyTorch  ${JSON.stringify(theirs ?? "not measured: --python is missing")}`);
const ratio = theirs && rounded(theirs.secondsPerStep / ours.secondsPerStep);
report(
  "train-step",
  {
    result: { ratioToPyTorch: ratio ?? null },
    settings,
    details: { ours, pyTorch: theirs ?? null },
  },
  !flags["no-save"] && !flags.tiny,
);

async function measureOurs(): Promise<Timing> {
  using checkpoint = openHuggingFaceDirectory(directory);
  const model = maskedLanguageModel(checkpoint.config);
  const { trained, frozen } = split(checkpoint.readWeights(), model.layerCount);
  const parameters = [...trained].map(([name, tensor]) => trainedParameter(name, tensor));
  using step = await maskedLmStep(model, parameters, settings.threads, frozen);
  const seconds: number[] = [];
  const computing: number[] = [];
  let load = new OtherLoad();
  for (let i = 0; i < settings.warmUp + settings.steps; i++) {
    const batch = drawBatch(model.vocabularySize, i);
    if (i === settings.warmUp) load = new OtherLoad();
    const started = performance.now();
    await step.run(batch);
    const computed = performance.now();
    update(i + 1);
    const ended = performance.now();
    if (i < settings.warmUp) continue;
    seconds.push((ended - started) / 1000);
    computing.push((computed - started) / 1000);
  }
  return {
    secondsPerStep: rounded(median(seconds)),
    forwardBackwardSeconds: rounded(median(computing)),
    optimizerSeconds: rounded(median(seconds.map((all, i) => all - (computing[i] ?? 0)))),
    trainedParameterCount: parameters.reduce((sum, { weights }) => sum + weights.length, 0),
    coresUsedByOthers: load.cores(),
  };

  function update(count: number): void {
    const { scale } = clipScale(
      parameters.map(({ gradient }) => gradient),
      1,
    );
    for (const { weights, gradient, moments } of parameters) {
      const options = { settings: ADAMW_DEFAULTS, rate: 1e-5, step: count, gradientScale: scale };
      adamWStep(weights, gradient, moments, options);
    }
  }
}

/** Trained are the top layers and the head without its decoder, which is the word embedding. */
function split(weights: Weights, layers: number): { trained: Weights; frozen: Weights } {
  const top = new Set(Array.from({ length: settings.topLayers }, (_, i) => layers - 1 - i));
  const isTrained = (name: string): boolean => {
    const layer = /^bert\.encoder\.layer\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined) return top.has(Number(layer));
    return name.startsWith("cls.predictions.") && !name.includes("decoder");
  };
  return {
    trained: new Map([...weights].filter(([name]) => isTrained(name))),
    frozen: new Map([...weights].filter(([name]) => !isTrained(name))),
  };
}

/** Random texts of equal length; the same number of masked positions in each batch. */
function drawBatch(vocabulary: number, seed: number): MaskedBatch {
  const { batch: rows, length, maskedShare } = settings;
  const random = createRandom(seed);
  const draw = (): bigint => BigInt(random.integer(vocabulary));
  const count = Math.max(1, Math.round(maskedShare * rows * length));
  const all = Array.from({ length: rows * length }, (_, i) => i);
  const positions = shuffle(all, random)
    .slice(0, count)
    .toSorted((a, b) => a - b);
  return {
    rows,
    length,
    inputIds: BigInt64Array.from({ length: rows * length }, draw),
    attentionMask: new BigInt64Array(rows * length).fill(1n),
    positions: BigInt64Array.from(positions, BigInt),
    labels: BigInt64Array.from({ length: count }, draw),
  };
}

function measurePyTorch(python: string): Timing {
  const script = path.join(import.meta.dirname, "peers", "pytorch_train_step.py");
  const pairs = {
    "--model": directory,
    "--batch": settings.batch,
    "--length": settings.length,
    "--masked-share": settings.maskedShare,
    "--top-layers": settings.topLayers,
    "--threads": settings.threads,
    "--steps": settings.steps,
    "--warm-up": settings.warmUp,
    "--variant": "masked-head",
  };
  const args = Object.entries(pairs).flatMap(([name, value]) => [name, String(value)]);
  return JSON.parse(execFileSync(python, [script, ...args], { encoding: "utf8" })) as Timing;
}
