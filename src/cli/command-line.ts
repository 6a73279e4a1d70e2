// What all commands share: the flags that each takes, the configuration behind them, and the one
// result that each prints.

import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { AppError, messageOf } from "../base/index.ts";
import {
  describeConfig,
  flagsOfOptions,
  parseConfig,
  type Config,
  type ConfigInputs,
  type SettingName,
} from "../config/index.ts";
import { printable, type Terminal } from "./terminal.ts";

/** A command's result: a document for programs, a text for people. */
export interface Report {
  readonly json: object;
  readonly text: string;
}

/** One run of a command. */
export interface Call<Options> {
  readonly terminal: Terminal;
  readonly options: Options;
  readonly config: Config;
  /** What `config` was made from. */
  readonly configInputs: ConfigInputs;
  /** Prints the result on stdout; once. */
  print(report: Report): void;
}

/** Gives a command its action; `run` gets the operands in order. */
export function setAction<Options>(
  command: Command,
  terminal: Terminal,
  run: (call: Call<Options>, ...operands: string[]) => Promise<void>,
): void {
  command.action(async () => {
    const options = command.optsWithGlobals<Record<string, unknown>>();
    const configInputs = configInputsOf(options, terminal);
    const call: Call<Options> = {
      terminal,
      options: options as Options,
      config: parseConfig(configInputs),
      configInputs,
      print: ({ json, text }) => {
        terminal.out(
          options["json"] === true ? `${JSON.stringify(json)}\n` : `${printable(text)}\n`,
        );
      },
    };
    const operands = command.processedArgs.filter((operand) => operand !== undefined);
    await run(call, ...(operands as string[]));
  });
}

/** Adds the flags of settings that matter to a command, under a heading of their own. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  command.optionsGroup("Settings:");
  for (const { name, flag, text, default: value } of describeConfig()) {
    if (!names.includes(name)) continue;
    const shown = typeof value === "object" ? value.join(",") : String(value);
    command.option(`${flag} <value>`, shown === "" ? text : `${text} (default: ${shown})`);
  }
  return command;
}

function configInputsOf(options: Record<string, unknown>, { env }: Terminal): ConfigInputs {
  const file = options["config"];
  return {
    env,
    flags: flagsOfOptions(options),
    ...(typeof file === "string" ? { file: readConfigFile(file) } : {}),
  };
}

function readConfigFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new AppError(
      "invalid_input",
      `The configuration file ${file} cannot be read: ${messageOf(cause)}. ` +
        'Expected JSON such as {"server": {"port": 8080}}.',
      { cause },
    );
  }
}
