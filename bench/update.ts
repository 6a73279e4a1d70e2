// An incremental update from order to patch, at the shape of bert-base-chinese, as `whetstone train`
// does it, and its parts against the same training done otherwise. Method: README.md.
//
//   tsx bench/update.ts [--python PATH] [--threads 2] [--passes 5] [--steps 6]
//
// speedupOverUncached, speedupOverFull and ratioToPyTorch compare 10 passes over 160 texts without
// replay; a missing peer gives null.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { required } from "../src/base/index.ts";
import { openHuggingFaceDirectory, type Weights } from "../src/checkpoint/index.ts";
import { maskedLanguageModel } from "../src/models/index.ts";
import type {
  FinishedTraining,
  startTraining as StartTraining,
  TrainingOrder,
  TuningOrder,
} from "../src/training/index.ts";
import { gateLimitsOf } from "../src/configured.ts";
import { parseConfig } from "../src/config/index.ts";
import { SampleBatches } from "../src/training/data/sample-batches.ts";
import { rowsOfSample } from "../src/training/data/sample-rows.ts";
import { tuningPlan } from "../src/training/incremental/plan.ts";
import { CachedPrefix } from "../src/training/incremental/prefix-process.ts";
import { probeRow } from "../src/training/incremental/rows.ts";
import { maskedLmStep } from "../src/training/masked-lm-step.ts";
import { ADAMW_DEFAULTS, adamWStep, clipScale } from "../src/training/optimisation/adamw.ts";
import { trainedParameter } from "../src/training/parameters.ts";
import { openTokenizer, parseSamples } from "../src/tasks/fill-mask/index.ts";
import { benchCheckpoint } from "./harness/checkpoint.ts";
import { OtherLoad } from "./harness/machine.ts";
import { MemoryWatch } from "./harness/memory.ts";
import { median, note, report, rounded } from "./harness/report.ts";

/** The program as it is shipped: from its sources, each process would compile them first. */
const BUILT = path.resolve(import.meta.dirname, "../dist/training/index.js");
const { startTraining } = (await import(BUILT)) as { startTraining: typeof StartTraining };

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: process.env["PYTHON"] ?? "" },
    threads: { type: "string", default: "2" },
    passes: { type: "string", default: "5" },
    steps: { type: "string", default: "6" },
    tiny: { type: "boolean", default: false },
    "no-save": { type: "boolean", default: false },
  },
});

const settings = {
  shape: flags.tiny ? "tiny" : "bert-base-chinese",
  threads: Number(flags.threads),
  newTexts: 160,
  heldOutTexts: 40,
  replayTexts: 160,
  probes: 200,
  /** With [CLS] and [SEP]. */
  tokens: 32,
  passes: Number(flags.passes),
  rowsInBatch: 16,
  comparedPasses: 10,
  measuredSteps: Number(flags.steps),
  warmUp: 2,
} as const;

const modelDirectory = benchCheckpoint(flags.tiny ? "tiny" : "base");
const work = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-update-"));
try {
  await bench();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const load = new OtherLoad();
  const texts = drawTexts();
  const update = await measureUpdate(texts);
  note(`update ${JSON.stringify(update)}`);
  const cached = await runOrder({ ...orderOf("compared", texts), epochs: settings.comparedPasses });
  const phases = phasesOf(cached.outcome);
  // A run that stops early has done fewer steps than are compared.
  const steps = (settings.comparedPasses * settings.newTexts) / settings.rowsInBatch;
  const perStep = (phases["training"] ?? NaN) / cached.outcome.steps;
  const cachedSeconds = (phases["prefix"] ?? NaN) + steps * perStep;
  note(`cached ${rounded(cachedSeconds)} s for ${cached.outcome.steps} steps`);
  const uncached = settings.comparedPasses * (await uncachedSecondsPerPass(texts));
  note(`uncached ${rounded(uncached)} s`);
  const full = await measureFull(texts);
  note(`full ${JSON.stringify(full)}`);
  const pyTorch = flags.python === "" ? undefined : pyTorchSecondsPerPass(flags.python);
  note(`PyTorch ${pyTorch ?? "not measured: --python is missing"}`);
  const against = (seconds: number): number => rounded(seconds / cachedSeconds);
  const peaks = [update.peakBytes, full.peakBytes] as const;
  report(
    "update",
    {
      result: {
        seconds: rounded(update.seconds),
        patchBytes: update.patchBytes,
        speedupOverUncached: against(uncached),
        speedupOverFull: against(settings.comparedPasses * full.secondsPerPass),
        ratioToPyTorch: pyTorch === undefined ? null : against(settings.comparedPasses * pyTorch),
        peakMemoryRatio:
          peaks[0] === undefined || peaks[1] === undefined ? null : rounded(peaks[0] / peaks[1]),
      },
      settings,
      details: {
        secondsByPhase: update.secondsByPhase,
        update,
        cachedSeconds,
        cachedSteps: cached.outcome.steps,
        uncachedSeconds: uncached,
        full,
        pyTorchSecondsPerPass: pyTorch ?? null,
        coresUsedByOthers: load.cores(),
      },
    },
    !flags["no-save"] && !flags.tiny,
  );
}

interface Texts {
  /** Lines of samples: to learn from, a fifth of them to be held out. */
  readonly samples: readonly string[];
  readonly replay: readonly string[];
  readonly probes: readonly string[];
}

/** Chinese text of a fixed length; the hidden character depends on the one before it. */
function drawTexts(): Texts {
  const file = path.resolve(import.meta.dirname, "../models/replay/replay.txt.gz");
  const letters = [
    ...gunzipSync(readFileSync(file))
      .toString("utf8")
      .replace(/[^\p{Script=Han}]/gu, ""),
  ];
  const length = settings.tokens - 2;
  let at = 0;
  const text = (): string => letters.slice(at, (at += length)).join("");
  const question = (): string => {
    const whole = text();
    const answer = (whole.codePointAt(9) ?? 0) % 2 === 0 ? "的" : "了";
    return JSON.stringify({ text: `${whole.slice(0, 10)}[MASK]${whole.slice(11)}`, answer });
  };
  const many = (count: number, make: () => string): string[] => Array.from({ length: count }, make);
  return {
    samples: many(settings.newTexts + settings.heldOutTexts, question),
    replay: many(settings.replayTexts, text),
    probes: many(settings.probes, question),
  };
}

/** An order as `whetstone train` makes it, in a directory of its own. */
function orderOf(name: string, { samples, replay, probes }: Texts): TuningOrder {
  const directory = path.join(work, name);
  mkdirSync(directory);
  const write = (file: string, lines: readonly string[]): string => {
    writeFileSync(path.join(directory, file), lines.join("\n"));
    return path.join(directory, file);
  };
  const isUpdate = name === "update";
  return {
    kind: "train",
    recipe: "incremental",
    modelDirectory,
    samplesFile: write("samples.jsonl", samples),
    runDirectory: path.join(directory, "run"),
    epochs: settings.passes,
    seed: 1,
    threads: settings.threads,
    limits: gateLimitsOf(parseConfig({})),
    suites: isUpdate
      ? [{ name: "probes", kind: "probe", file: write("probes.jsonl", probes) }]
      : [],
    tuning: {
      baseDirectory: modelDirectory,
      base: { key: path.basename(modelDirectory), sha256: "bench" },
      cacheDirectory: path.join(directory, "cache"),
      cacheBytesMax: Infinity,
      ...(isUpdate ? { replayFile: write("replay.txt", replay) } : {}),
    },
  };
}

interface Run {
  readonly outcome: FinishedTraining;
  /** Start and end of the process included. */
  readonly seconds: number;
  readonly peakBytes: number | undefined;
  /** When each training step was reported, in ms. */
  readonly stepsAtMs: readonly number[];
}

async function runOrder(order: TrainingOrder): Promise<Run> {
  const memory = new MemoryWatch();
  const stepsAtMs: number[] = [];
  const started = performance.now();
  const { outcome } = startTraining(order, (progress) => {
    if (progress.phase === "training") stepsAtMs.push(performance.now());
  });
  const finished = await outcome;
  const seconds = (performance.now() - started) / 1000;
  const peakBytes = memory.end();
  if (finished.kind !== "finished") throw new Error("the run was stopped");
  return { outcome: finished, seconds, peakBytes, stepsAtMs };
}

function phasesOf({ tuning }: FinishedTraining): Readonly<Record<string, number>> {
  return required(tuning, "findings of the update").secondsByPhase;
}

async function measureUpdate(texts: Texts) {
  const order = orderOf("update", texts);
  await cacheProbes(order, texts.probes);
  const { outcome, seconds, peakBytes } = await runOrder(order);
  const { patchBytes, steps } = outcome;
  return { seconds, secondsByPhase: phasesOf(outcome), steps, patchBytes, peakBytes };
}

/** The probes' activations exist before: probes are the same for every update of a base. */
async function cacheProbes(
  { tuning, threads }: TuningOrder,
  probes: readonly string[],
): Promise<void> {
  using opened = openHuggingFaceDirectory(modelDirectory);
  const tokenizer = openTokenizer(opened.readTokenizerFiles());
  const model = maskedLanguageModel(opened.config);
  const { cut } = tuningPlan(model);
  const { cacheDirectory } = tuning;
  using prefix = new CachedPrefix(
    { modelDirectory, cut, cacheDirectory, threads },
    model.hiddenSize,
  );
  const rows = parseSamples(probes).flatMap((sample) => {
    return probeRow(sample, { tokenizer, tokensMax: 320 }) ?? [];
  });
  await prefix.fill(rows.map(({ ids }) => ({ ids })));
}

/** The same layers trained by the step that runs the frozen ones each time. */
async function uncachedSecondsPerPass(texts: Texts): Promise<number> {
  using checkpoint = openHuggingFaceDirectory(modelDirectory);
  const model = maskedLanguageModel(checkpoint.config);
  const weights: Weights = checkpoint.readWeights();
  const { rateShares } = tuningPlan(model);
  const parameters = [...rateShares.keys()].map((name) =>
    trainedParameter(name, required(weights.get(name), name)),
  );
  const frozen = new Map([...weights].filter(([name]) => !rateShares.has(name)));
  using step = await maskedLmStep(model, parameters, settings.threads, frozen);
  const tokenizer = openTokenizer(checkpoint.readTokenizerFiles());
  const rows = parseSamples(texts.samples).flatMap((sample) => {
    return rowsOfSample(sample, { tokenizer, tokensMax: 320 });
  });
  const { rowsInBatch, newTexts, warmUp, measuredSteps } = settings;
  const batches = new SampleBatches(rows.slice(0, newTexts), {
    special: tokenizer.special,
    seed: 1,
    rowsMax: rowsInBatch,
    tokensMax: 1e6,
  });
  const seconds: number[] = [];
  for (let i = 1; i <= warmUp + measuredSteps; i++) {
    const batch = batches.next(i);
    const started = performance.now();
    await step.run(batch);
    const { scale } = clipScale(
      parameters.map(({ gradient }) => gradient),
      1,
    );
    for (const { weights: own, gradient, moments } of parameters) {
      const options = { settings: ADAMW_DEFAULTS, rate: 1e-5, step: i, gradientScale: scale };
      adamWStep(own, gradient, moments, options);
    }
    if (i > warmUp) seconds.push((performance.now() - started) / 1000);
  }
  return median(seconds) * batches.stepsPerEpoch;
}

/** Two passes of `train --recipe full` over the same samples. */
async function measureFull(texts: Texts) {
  const { tuning, ...common } = orderOf("full", texts);
  const order = { ...common, recipe: "full", epochs: 2 } as const;
  void tuning;
  const { stepsAtMs, peakBytes, outcome } = await runOrder(order);
  const gaps = stepsAtMs.slice(1).map((ms, i) => (ms - (stepsAtMs[i] ?? NaN)) / 1000);
  return { secondsPerPass: (median(gaps) * outcome.steps) / 2, peakBytes, steps: outcome.steps };
}

/** The usual loop: scores of every token, padded batches, nothing cached. */
function pyTorchSecondsPerPass(python: string): number {
  const script = path.join(import.meta.dirname, "peers", "pytorch_train_step.py");
  const pairs = {
    "--model": modelDirectory,
    "--batch": settings.rowsInBatch,
    "--length": settings.tokens,
    "--masked-share": 1 / settings.tokens,
    "--top-layers": 3,
    "--threads": settings.threads,
    "--steps": settings.measuredSteps,
    "--warm-up": settings.warmUp,
    "--variant": "all-logits",
  };
  const args = Object.entries(pairs).flatMap(([name, value]) => [name, String(value)]);
  const timing = JSON.parse(execFileSync(python, [script, ...args], { encoding: "utf8" })) as {
    readonly secondsPerStep: number;
  };
  return (timing.secondsPerStep * settings.newTexts) / settings.rowsInBatch;
}
