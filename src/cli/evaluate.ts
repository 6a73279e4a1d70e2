// whetstone evaluate: how good a version is on a suite, and how far its confidence can be believed.

import { formatEstimate, formatPercent } from "../base/index.ts";
import type { Command } from "commander";
import type { FillMetrics } from "../tasks/fill-mask/index.ts";
import { reference } from "./arguments.ts";
import { addSettings, setAction, type Call } from "./command-line.ts";
import { checkArguments } from "./failure.ts";
import { startProgress } from "./progress.ts";
import { formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface EvaluateOptions {
  readonly suite: string;
}

const HELP = `
Lines of a suite (.jsonl or .jsonl.gz):
  {"text": "订单一直没___", "answer": "生效"}
  with "answers" for several right ones, "targets" to choose among, "length": 1 or "auto"

Example:
  whetstone evaluate starter-cloze --suite held-out.jsonl --json`;

/** Adds the command to `program`. */
export function addEvaluate(program: Command, terminal: Terminal): void {
  const command = program
    .command("evaluate")
    .summary("measure a version on a suite")
    .description(
      "Measures a version on a suite of samples: accuracy (top-1, top-3, top-5, MRR) and how far " +
        "its confidence can be believed (ECE, Brier, overconfident errors).",
    )
    .argument("<id[@v]>", "a model, or one version of it; the stable version when none is named")
    .requiredOption("--suite <file>", "samples with known answers")
    .addHelpText("after", HELP);
  addSettings(command, ["replica.threads", "replica.precision"]);
  setAction(command, terminal, evaluate);
}

async function evaluate(call: Call<EvaluateOptions>, argument = ""): Promise<void> {
  const { config, options, terminal } = call;
  const name = checkArguments(() => reference(argument));
  const { evaluateFiller, openFiller, readSamples } = await import("../tasks/fill-mask/index.ts");
  const samples = readSamples(options.suite);
  const { fillerOptionsOf, openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(config);
  const { id, version, directory } = await registry.resolve(name);
  using filler = await openFiller(directory, fillerOptionsOf(config));
  const progress = startProgress(terminal, "evaluating");
  try {
    const metrics = await evaluateFiller(filler, samples, (done) => {
      progress.update(done, samples.length);
    });
    progress.end();
    call.print({ json: metrics, text: `${id}@${version}\n\n${describe(metrics)}` });
  } finally {
    progress.end();
  }
}

function describe(metrics: FillMetrics): string {
  const { count, top1, top3, top5, mrr, ece, eceInterval, brier, overconfidentErrors } = metrics;
  const rows = [
    ["samples", String(count)],
    ["top-1", formatPercent(top1)],
    ["top-3", formatPercent(top3)],
    ["top-5", formatPercent(top5)],
    ["mean reciprocal rank", mrr.toFixed(3)],
    ["calibration error (ECE, 95 % interval)", formatEstimate(ece, eceInterval)],
    ["Brier", brier.toFixed(3)],
    ["wrong at 95 % confidence or more", String(overconfidentErrors)],
  ];
  return formatTable([{ title: "" }, { title: "", align: "right" }], rows);
}
