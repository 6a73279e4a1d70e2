// whetstone train: a new version of a model from samples or text. The run is a process of its own;
// what comes out of it goes into the registry only when it is whole.

import path from "node:path";
import { Option, type Command } from "commander";
import { AppError, formatPercent } from "../base/index.ts";
import type { FinishedTraining, Suspect, TrainingRecipe } from "../training/index.ts";
import {
  LORA_ALPHA_MAX,
  LORA_DEFAULTS,
  LORA_RANK_MAX,
  LORA_TARGETS,
  type LoraTarget,
} from "../wire/index.ts";
import { positiveNumber, reference, versionReference, wholeNumber, wordList } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import { addSettings, setAction, type Call } from "./command-line.ts";
import { ArgumentError, checkArguments, optionParser } from "./failure.ts";
import { formatBytes, formatSeconds, formatTable } from "./table.ts";
import { say, type Terminal } from "./terminal.ts";
import { replay } from "./train-replay.ts";
import { watchTraining } from "./training-progress.ts";

/** Doubtful samples that are named. */
const SUSPECTS_SHOWN = 30;

interface TrainOptions {
  readonly samples?: string;
  readonly replayOf?: string;
  readonly recipe?: TrainingRecipe;
  readonly loraRank?: number;
  readonly loraAlpha?: number;
  readonly loraTargets?: readonly LoraTarget[];
  readonly epochs?: number;
  readonly seed?: number;
  readonly fresh?: boolean;
}

const DEFAULT_RECIPE = "incremental";
const DEFAULT_SEED = 1;

const HELP = `
Recipes:
  incremental  the top layers learn from samples, in a minute or two; the result is a small patch,
               gone as far towards the samples as what was known before allows
  lora         the same, but beside each matrix of the top layers a product of two thin ones
               learns; the patch is a tenth as large or less
  full         every weight learns from samples; a fifth of them is held out, and decides when to
               stop
  pretrain     masked words of running text, one document a line, or of the samples' sentences;
               begins with fresh weights when the model has none (models add --untrained)

Lines of samples (.jsonl or .jsonl.gz):
  {"text": "订单一直没___", "answer": "生效"}
  with "answers" for several right ones, over which the target is spread, and "rejected" for wrong
  ones, which incremental and lora make less likely; a line may have these alone, if others have an
  answer. Personal data in them is replaced before they are learned; pretrain learns its text as it
  is.

Ctrl-C stops a run with a checkpoint. The same command continues a run that was stopped or killed.
A version that the gate refuses is kept but marked; the exit code is 0 then, too. What it learned
from feedback waits again.

Examples:
  whetstone train starter-cloze
  whetstone train starter-cloze --samples samples.jsonl --recipe full --epochs 3
  whetstone train --replay-of starter-cloze@2`;

/** Adds the command to `program`. */
export function addTrain(program: Command, terminal: Terminal): void {
  const command = program
    .command("train")
    .summary("train a new version of a model")
    .description(
      "Trains a new version of a model at low priority, measures it before and after on what was " +
        "held out and on the suites of the model, and keeps it beside the old ones. The stable " +
        "version stays what it is.",
    )
    .argument("[id[@v]]", "the version to begin with; the stable one when none is named")
    .option(
      "--samples <file>",
      "samples, or for pretrain plain text (default: what waits in feedback)",
    )
    .addOption(
      new Option("--recipe <recipe>", "how to train")
        .choices(["incremental", "lora", "full", "pretrain"])
        .default(undefined, DEFAULT_RECIPE),
    )
    .option(
      "--epochs <n>",
      "passes over the data, at most (default: the recipe's own number)",
      optionParser(wholeNumber(1, 10_000)),
    )
    .option(
      "--lora-rank <n>",
      `rank of the products (default: ${LORA_DEFAULTS.rank})`,
      optionParser(wholeNumber(1, LORA_RANK_MAX)),
    )
    .option(
      "--lora-alpha <n>",
      `their weight times the rank (default: ${LORA_DEFAULTS.alpha})`,
      optionParser(positiveNumber(LORA_ALPHA_MAX)),
    )
    .option(
      "--lora-targets <parts>",
      `matrices of which parts, separated by commas (default: ${LORA_TARGETS.join()})`,
      optionParser(targetList),
    )
    .option(
      "--seed <n>",
      `for the split and the order (default: ${DEFAULT_SEED})`,
      optionParser(wholeNumber(0, 2 ** 31)),
    )
    .option(
      "--replay-of <id@v>",
      "run the training of that version again from its record, and say whether the same comes " +
        "out; nothing is stored",
      optionParser(versionReference),
    )
    .option("--fresh", "forget an unfinished run of the same inputs and begin anew")
    .addHelpText("after", HELP);
  addSettings(command, ["training.threads", "training.cacheBytes"]);
  setAction(command, terminal, train);
}

async function train(call: Call<TrainOptions>, argument = ""): Promise<void> {
  const { config, options, terminal } = call;
  if (options.replayOf !== undefined) {
    requireNothingBeside(options, argument);
    await replay(call, options.replayOf);
    return;
  }
  if (argument === "") throw new ArgumentError("usage", "Name the model to train: an id or id@v.");
  const name = checkArguments(() => reference(argument));
  const { recipe = DEFAULT_RECIPE } = options;
  if (!isPatching(recipe) && options.samples === undefined) throw needsSamples(recipe);
  const lora = loraOf(recipe, options);
  const { gateLimitsOf, openDataDirectory, shippedMaterial, trainingRecordOf } =
    await import("../configured.ts");
  const { CommandRuns, openTrainingMaterial, orderTraining, storeTrained, SuiteQuestions } =
    await import("../loop/index.ts");
  const { createScrubber } = await import("../feedback/index.ts");
  const training = await import("../training/index.ts");
  await using registry = await openDataDirectory(config);
  const base = await registry.resolve(name);
  const { seed = DEFAULT_SEED, epochs, samples } = options;
  await using material = await openTrainingMaterial(registry, {
    model: base.id,
    samplesFile: samples === undefined ? undefined : path.resolve(samples),
    isText: recipe === "pretrain",
    perUser: config.feedback.samplesPerUser,
    suites: new SuiteQuestions(registry, shippedMaterial()),
    scrubber: createScrubber({ terms: config.feedback.scrubTerms }),
  });
  for (const note of material.notes) say(terminal, note);
  const { threads, cacheBytes: cacheBytesMax } = config.training;
  const limits = gateLimitsOf(config);
  const { samplesFile, earlierFile, run, origins, blocked } = material;
  const files = { base, samplesFile, earlierFile };
  const wish = { ...files, recipe, lora, seed, epochs, threads, cacheBytesMax, limits };
  const order = await orderTraining(registry, wish, shippedMaterial());
  if (options.fresh === true) training.discardRun(order.runDirectory);
  if (training.isRunUnfinished(order.runDirectory)) {
    say(terminal, "continuing the unfinished run of the same inputs (--fresh begins anew)");
  }
  const record = await trainingRecordOf(order);
  // A server that runs beside this tells others when it fails.
  const commands = new CommandRuns(registry.dataDirectory);
  const named = { run, model: base.id, base: base.version };
  const { finished, stored } = await commands.during(named, async () => {
    const result = await watchTraining(terminal, (onProgress) =>
      training.startTraining(order, onProgress),
    );
    const trained = { order, base, finished: result, record, origins, run };
    return { finished: result, stored: await storeTrained(registry, trained) };
  });
  const { patchBytes, seconds, steps, gate, suspects = [] } = finished;
  const waitAgain = await material.learned(stored, suspects);
  const { version } = stored;
  await noteAct(registry, "training.run", `${base.id}@${version}`);
  training.discardRun(order.runDirectory);
  const before = shortMetrics(finished.before);
  const after = shortMetrics(finished.after);
  const measured = { version, patchBytes, seconds, steps, before, after, gate, suspects };
  call.print({
    json: { ...measured, blocked: blocked.length, waitAgain },
    text: describe(`${base.id}@${version}`, finished, waitAgain),
  });
}

function shortMetrics({ top1, top3, ece }: FinishedTraining["before"]): object {
  return { top1, top3, ece };
}

function describe(name: string, finished: FinishedTraining, waitAgain: number): string {
  const { before, after, gate, steps, seconds, patchBytes, counts, suspects = [] } = finished;
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
  const again =
    waitAgain === 0
      ? []
      : [
          `Its ${waitAgain} samples wait again. Reject those that are wrong ` +
            "(`whetstone feedback review reject`), or let more come, and train anew.",
        ];
  return [
    `${name}: ${steps} steps in ${formatSeconds(seconds)}, ${formatBytes(patchBytes)}, ` +
      `${counts.training} learned from, ${counts.heldOut} held out`,
    table,
    ...doubtsOf(suspects),
    verdict,
    ...again,
  ].join("\n\n");
}

/** The samples that the others contradict, if there are any. */
function doubtsOf(suspects: readonly Suspect[]): string[] {
  if (suspects.length === 0) return [];
  const rows = suspects
    .slice(0, SUSPECTS_SHOWN)
    .map(({ row, rival }) => `${row} (${rival.answer})`);
  const more = suspects.length > rows.length ? ", …" : "";
  const leftOut = suspects.filter(({ isLeftOut }) => isLeftOut).length;
  return [
    `${suspects.length} samples do not go with the others, ${leftOut} of them were left out; ` +
      `the most doubtful first, with what the others say: rows ${rows.join(", ")}${more}`,
  ];
}

function isPatching(recipe: TrainingRecipe): boolean {
  return recipe === "incremental" || recipe === "lora";
}

function targetList(text: string): readonly LoraTarget[] {
  const named = wordList(text);
  const targets = LORA_TARGETS.filter((target) => named.includes(target));
  if (targets.length === named.length) return targets;
  throw new AppError("usage", `Expected some of ${LORA_TARGETS.join(", ")}.`);
}

/** Undefined unless the recipe is LoRA; throws `usage` for its options beside another recipe. */
function loraOf(
  recipe: TrainingRecipe,
  { loraRank: rank, loraAlpha: alpha, loraTargets: targets }: TrainOptions,
) {
  const lora = { rank, alpha, targets };
  if (recipe === "lora") return lora;
  if (Object.values(lora).every((value) => value === undefined)) return undefined;
  throw new ArgumentError(
    "usage",
    `The recipe ${recipe} has no --lora options; leave them out, or say --recipe lora.`,
  );
}

/** All but the samples stands in the record; throws `usage`. */
function requireNothingBeside(options: TrainOptions, argument: string): void {
  const { recipe, epochs, seed, fresh, loraRank, loraAlpha, loraTargets } = options;
  const others = [recipe, epochs, seed, fresh, loraRank, loraAlpha, loraTargets];
  if (argument === "" && others.every((value) => value === undefined)) return;
  throw new ArgumentError(
    "usage",
    "--replay-of takes everything but --samples from the record; leave the rest out.",
  );
}

function needsSamples(recipe: string): AppError {
  return new ArgumentError(
    "usage",
    `The recipe ${recipe} needs --samples; incremental and lora learn what waits in feedback, too.`,
  );
}
