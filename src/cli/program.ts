// The command line as a whole: all commands, the flags that each has, and what happens when one
// fails.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { describeConfig } from "../config/index.ts";
import { addAudit } from "./audit.ts";
import { addBackup } from "./backup.ts";
import { addBench } from "./bench.ts";
import { addConfig } from "./config.ts";
import { addDeploy } from "./deploy.ts";
import { addEvaluate } from "./evaluate.ts";
import { EXIT_CODES, failureDocument, failureOf } from "./failure.ts";
import { addFeedback } from "./feedback.ts";
import { addFill } from "./fill.ts";
import { addKeys } from "./keys.ts";
import { addModels } from "./models.ts";
import { addProbes } from "./probes.ts";
import { addServe } from "./serve.ts";
import { addSuites } from "./suites.ts";
import { say, type Terminal } from "./terminal.ts";
import { addTrain } from "./train.ts";

const HELP = `
Results go to stdout, everything else to stderr. With --json stdout holds exactly one JSON document,
also when a command fails: {"error": {"code", "message"}}, with the codes of docs/errors.md.

Exit codes:
  0   done
  1   failed
  2   wrong usage, as far as the arguments alone show it

Examples:
  whetstone serve
  whetstone fill "春风又绿江南[MASK]，明月何时照我还。"
  whetstone train starter-cloze --samples samples.jsonl`;

/** Runs the command that `args` (without program and script) name; resolves with the exit code. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: "user" });
    return EXIT_CODES.done;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) return EXIT_CODES.done;
    say(terminal, `whetstone: ${failure.message}`);
    if (failure.exitCode === EXIT_CODES.usage) say(terminal, hintFor(program, args));
    if (failure.code === "internal" && error instanceof Error) say(terminal, error.stack ?? "");
    if (wantsJson(args)) terminal.out(`${JSON.stringify(failureDocument(failure))}\n`);
    return failure.exitCode;
  }
}

/** All commands; nothing heavy is loaded before one of them runs. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command("whetstone")
    .description("Small language models that get sharper while they serve.")
    .version(readVersion(), "--version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help")
    .option("--json", "print one JSON document on stdout and nothing else")
    .option(
      "--data <dir>",
      "data directory, made when it does not exist (default: ./data, or WHETSTONE_DATA)",
    )
    .option("--config <file>", "settings as JSON; `whetstone config show` lists them")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => void terminal.stderr.write(text),
      // What was wrong is told below, once, in one form.
      outputError: () => {},
    })
    .exitOverride()
    .addHelpText("after", HELP);
  addFill(program, terminal);
  addModels(program, terminal);
  addTrain(program, terminal);
  addEvaluate(program, terminal);
  addSuites(program, terminal);
  addProbes(program, terminal);
  addFeedback(program, terminal);
  addServe(
    program,
    terminal,
    describeConfig().map(({ name }) => name),
  );
  addDeploy(program, terminal);
  addKeys(program, terminal);
  addAudit(program, terminal);
  addBackup(program, terminal);
  addConfig(program, terminal);
  addBench(program, terminal);
  return program;
}

/** "See `whetstone models add --help`." for the command that was meant. */
function hintFor(program: Command, args: readonly string[]): string {
  const names: string[] = ["whetstone"];
  let command = program;
  for (const arg of args) {
    const next = command.commands.find((each) => each.name() === arg);
    if (next === undefined) continue;
    names.push(next.name());
    command = next;
  }
  return `See \`${names.join(" ")} --help\`.`;
}

/** Asked of the arguments themselves, since they may be what is wrong. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
}

function readVersion(): string {
  const manifest = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
  return version;
}
