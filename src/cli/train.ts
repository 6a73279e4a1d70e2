// whetstone train: a new version of a model from samples or text. The run is a process of its own;
// what comes out of it goes into the registry only when it is whole.

import path from "node:path";
import { Option, type Command } from "commander";
import { AppError, required } from "../base/index.ts";
import type { TrainingRecord } from "../loop/index.ts";
import type { Registry, ResolvedVersion } from "../registry/index.ts";
import type {
  FinishedTraining,
  TrainingOrder,
  TrainingOutcome,
  TrainingRecipe,
  TuningOrder,
} from "../training/index.ts";
import { reference, wholeNumber } from "./arguments.ts";
import { addSettings, setAction, type Call } from "./command-line.ts";
import { ArgumentError, checkArguments, optionParser } from "./failure.ts";
import { formatBytes, formatPercent, formatSeconds, formatTable } from "./table.ts";
import { say, type Terminal } from "./terminal.ts";
import { watchTraining } from "./training-progress.ts";

interface TrainOptions {
  readonly samples: string;
  readonly recipe: TrainingRecipe | "lora";
  readonly epochs?: number;
  readonly seed: number;
  readonly fresh?: boolean;
}

const HELP = `
Recipes:
  incremental  the top layers learn from samples, in about a minute; the result is a small patch,
               gone as far towards the samples as what was known before allows
  full         every weight learns from samples; a fifth of them is held out, and decides when to
               stop
  pretrain     masked words of running text, one document a line, or of the samples' sentences;
               begins with fresh weights when the model has none (models add --untrained)

Lines of samples (.jsonl or .jsonl.gz):
  {"text": "订单一直没___", "answer": "生效"}
  with "answers" for several right ones, over which the target is spread

Ctrl-C stops a run with a checkpoint. The same command continues a run that was stopped or killed.
A version that the gate refuses is kept but marked; the exit code is 0 then, too.

Example:
  whetstone train starter-cloze --samples samples.jsonl --recipe full --epochs 3`;

/** Adds the command to `program`. */
export function addTrain(program: Command, terminal: Terminal): void {
  const command = program
    .command("train")
    .summary("train a new version of a model")
    .description(
      "Trains a new version of a model at low priority, measures it before and after on what was " +
        "held out, and keeps it beside the old ones. The stable version stays what it is.",
    )
    .argument("<id[@v]>", "the version to begin with; the stable one when none is named")
    .requiredOption("--samples <file>", "samples, or for pretrain plain text")
    .addOption(
      new Option("--recipe <recipe>", "how to train")
        .choices(["incremental", "lora", "full", "pretrain"])
        .default("incremental"),
    )
    .option(
      "--epochs <n>",
      "passes over the data (default: at most 12 for incremental, 5 for full; 1 for pretrain)",
      optionParser(wholeNumber(1, 10_000)),
    )
    .option("--seed <n>", "for the split and the order", optionParser(wholeNumber(0, 2 ** 31)), 1)
    .option("--fresh", "forget an unfinished run of the same inputs and begin anew")
    .addHelpText("after", HELP);
  addSettings(command, ["training.threads"]);
  setAction(command, terminal, train);
}

async function train(call: Call<TrainOptions>, argument = ""): Promise<void> {
  const { config, options, terminal } = call;
  const name = checkArguments(() => reference(argument));
  const { recipe } = options;
  if (recipe === "lora") throw comesLater(recipe);
  const { openDataDirectory, trainingRecordOf } = await import("../app.ts");
  const training = await import("../training/index.ts");
  await using registry = await openDataDirectory(config);
  const base = await registry.resolve(name);
  const order = await orderOf(call, { recipe, base, registry });
  if (options.fresh === true) training.discardRun(order.runDirectory);
  if (training.isRunUnfinished(order.runDirectory)) {
    say(terminal, "continuing the unfinished run of the same inputs (--fresh begins anew)");
  }
  const record = await trainingRecordOf(order);
  const outcome = await watchTraining(terminal, (onProgress) =>
    training.startTraining(order, onProgress),
  );
  const finished = requireFinished(outcome);
  const version = await addVersion(registry, { order, base, finished, record });
  training.discardRun(order.runDirectory);
  const { patchBytes, seconds, steps, gate } = finished;
  const before = shortMetrics(finished.before);
  const after = shortMetrics(finished.after);
  call.print({
    json: { version, patchBytes, seconds, steps, before, after, gate },
    text: describe(`${base.id}@${version}`, finished),
  });
}

async function orderOf(
  { config, options }: Call<TrainOptions>,
  {
    recipe,
    base,
    registry,
  }: {
    readonly recipe: TrainingRecipe;
    readonly base: ResolvedVersion;
    readonly registry: Registry;
  },
): Promise<TrainingOrder> {
  const { availableParallelism } = await import("node:os");
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const { runDirectoryOf } = await import("../training/index.ts");
  const { seed, epochs } = options;
  const samplesFile = path.resolve(options.samples);
  const runDirectory = runDirectoryOf(registry.dataDirectory, {
    model: base.id,
    files: path.basename(base.directory),
    samples: await sha256OfFile(samplesFile),
    // Whether a file is read as samples or as text is told by its name.
    isLines: /\.jsonl(\.gz)?$/.test(samplesFile) ? 1 : 0,
    recipe,
    seed,
    epochs: epochs ?? 0,
  });
  const common = {
    kind: "train",
    modelDirectory: base.directory,
    samplesFile,
    runDirectory,
    epochs,
    seed,
    threads: config.training.threads === 0 ? availableParallelism() : config.training.threads,
  } as const;
  if (recipe !== "incremental") return { ...common, recipe };
  return { ...common, recipe, tuning: await tuningOf(registry, base) };
}

async function tuningOf(
  registry: Registry,
  start: ResolvedVersion,
): Promise<TuningOrder["tuning"]> {
  const { baseDirectoryOf } = await import("../checkpoint/index.ts");
  const { shippedMaterial } = await import("../app.ts");
  const baseDirectory = baseDirectoryOf(start.directory);
  const key = path.basename(baseDirectory);
  const { versions } = await registry.showModel(start.id);
  const base = required(
    versions.find((version) => version.key === key),
    `the base ${key} of ${start.id}@${start.version}`,
  );
  return {
    baseDirectory,
    base: { key, sha256: base.sha256 },
    cacheDirectory: path.join(registry.dataDirectory, "cache", "activations", key),
    ...shippedMaterial(),
  };
}

/** Stores the new version; gives its number. */
async function addVersion(
  registry: Registry,
  {
    order,
    base,
    finished,
    record,
  }: {
    readonly order: TrainingOrder;
    readonly base: ResolvedVersion;
    readonly finished: FinishedTraining;
    readonly record: TrainingRecord;
  },
): Promise<string> {
  const { recipe, seed, epochs } = order;
  const { steps, seconds, before, after, gate, counts, tuning, directory } = finished;
  const outcome = { steps, seconds, before, after, gate, counts, ...tuning };
  const { version } = await registry.addVersion(base.id, directory, {
    state: gate.passed ? "ready" : "refused",
    origin: "trained",
    parent: base.version,
    metrics: { recipe, seed, epochs, ...outcome, record },
  });
  return version;
}

function requireFinished(outcome: TrainingOutcome): FinishedTraining {
  if (outcome.kind === "finished") return outcome;
  throw new AppError(
    "cancelled",
    `The training was stopped after step ${outcome.step} of ${outcome.totalSteps}. ` +
      "The same command continues it.",
    { details: { step: outcome.step, totalSteps: outcome.totalSteps } },
  );
}

function shortMetrics({ top1, top3, ece }: FinishedTraining["before"]): object {
  return { top1, top3, ece };
}

function describe(name: string, finished: FinishedTraining): string {
  const { before, after, gate, steps, seconds, patchBytes, counts } = finished;
  const table = formatTable(
    [{ title: "" }, ...["before", "after"].map((title) => ({ title, align: "right" as const }))],
    [
      ["top-1", formatPercent(before.top1), formatPercent(after.top1)],
      ["top-3", formatPercent(before.top3), formatPercent(after.top3)],
      ["ECE", before.ece.toFixed(3), after.ece.toFixed(3)],
    ],
  );
  const verdict = gate.passed
    ? "The gate lets it pass."
    : `The gate refuses it: ${gate.reasons.join("; ")}.`;
  return [
    `${name}: ${steps} steps in ${formatSeconds(seconds)}, ${formatBytes(patchBytes)}, ` +
      `${counts.training} learned from, ${counts.heldOut} held out`,
    table,
    verdict,
  ].join("\n\n");
}

function comesLater(recipe: string): AppError {
  return new ArgumentError(
    "usage",
    `The recipe ${recipe} comes later; this version trains with --recipe incremental, full or ` +
      "pretrain.",
  );
}
