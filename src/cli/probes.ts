// whetstone probes: what versions made of the suites of their model over time, and one more time.

import { formatPercent } from "../base/index.ts";
import type { Command } from "commander";
import type { ProbeRun } from "../registry/index.ts";
import { reference, wholeNumber } from "./arguments.ts";
import { addSettings, setAction, type Call } from "./command-line.ts";
import { checkArguments, optionParser } from "./failure.ts";
import { startProgress } from "./progress.ts";
import { formatMinute, formatTable } from "./table.ts";
import { say, type Terminal } from "./terminal.ts";

interface ListOptions {
  readonly limit?: number;
}

const LIMIT = 20;
const NONE = "–";
const LIMIT_MAX = 10_000;

const HELP = `
A server measures by itself, as the setting probes.schedule says; \`whetstone status\` shows when.

Examples:
  whetstone probes run
  whetstone probes run starter-cloze@2
  whetstone probes list starter-cloze`;

/** Adds the commands to `program`. */
export function addProbes(program: Command, terminal: Terminal): void {
  const probes = program
    .command("probes")
    .summary("measure versions on all suites, and show how that went over time")
    .description("Measurements of versions on the suites of their model.")
    .addHelpText("after", HELP);
  const run = probes
    .command("run")
    .description("Measures a version on all suites of its model, at low priority, and keeps it.")
    .argument("[id[@v]]", "a model, or one version of it (default: the stable starter)");
  addSettings(run, ["replica.threads", "replica.precision"]);
  setAction<object>(run, terminal, runProbes);

  const list = probes
    .command("list")
    .description("Lists what was measured, the newest first.")
    .argument("[id]", "a model (default: the starter)")
    .option(
      "--limit <n>",
      `the most measurements that are listed (default: ${LIMIT})`,
      optionParser(wholeNumber(1, LIMIT_MAX)),
    );
  setAction<ListOptions>(list, terminal, listProbes);
}

async function runProbes(call: Call<object>, argument?: string): Promise<void> {
  const { lowerPriority } = await import("../jobs/index.ts");
  const { measureSuites } = await import("../loop/index.ts");
  const configured = await import("../configured.ts");
  const named = checkArguments(() => reference(argument ?? configured.DEFAULT_MODEL));
  await using registry = await configured.openDataDirectory(call.config);
  const filler = configured.fillerOptionsOf(call.config);
  const shipped = configured.shippedMaterial();
  lowerPriority();
  const progress = startProgress(call.terminal, "measuring");
  try {
    const wish = { reference: named, trigger: "command" as const, filler, shipped };
    const { run, leftOut } = await measureSuites(registry, wish, (done, total) => {
      progress.update(done, total);
    });
    progress.end();
    for (const { message } of leftOut) say(call.terminal, `left out: ${message}`);
    call.print({ json: run, text: describe([run]) });
  } finally {
    progress.end();
  }
}

async function listProbes(call: Call<ListOptions>, argument?: string): Promise<void> {
  const configured = await import("../configured.ts");
  const named = checkArguments(() => reference(argument ?? configured.DEFAULT_MODEL));
  await using registry = await configured.openDataDirectory(call.config);
  const { id } = await registry.resolve(named);
  const runs = await registry.probes.list(id, call.options.limit ?? LIMIT);
  const none = "nothing was measured yet; `whetstone probes run` does it";
  call.print({ json: { model: id, runs }, text: runs.length === 0 ? none : describe(runs) });
}

function describe(runs: readonly ProbeRun[]): string {
  const rows = runs.flatMap(({ at, model, version, results }) =>
    results.map(({ suite, count, top1, top3, mrr, ece, brier, flipRate, paired }) => [
      formatMinute(at),
      `${model}@${version}`,
      suite,
      String(count),
      formatPercent(top1),
      formatPercent(top3),
      mrr?.toFixed(3) ?? NONE,
      ece.toFixed(3),
      brier?.toFixed(3) ?? NONE,
      flipRate === null ? NONE : formatPercent(flipRate),
      paired === null
        ? NONE
        : `+${paired.won} −${paired.lost} to ${paired.version}, p ${paired.pValue.toPrecision(2)}`,
    ]),
  );
  const texts = ["when (UTC)", "version", "suite"].map((title) => ({ title }));
  const titles = ["questions", "top-1", "top-3", "MRR", "ECE", "Brier", "flipped", "paired"];
  const numbers = titles.map((title) => ({ title, align: "right" as const }));
  return formatTable([...texts, ...numbers], rows);
}
