// The commands and their options; what they do is in one file each.

import { Command } from "commander";
import { createContext, type CommandContext, type Terminal } from "./context.ts";
import { showConfig } from "./commands/config.ts";
import { evaluate } from "./commands/evaluate.ts";
import { fill } from "./commands/fill.ts";
import { addModel, listModels, removeModel, showModel } from "./commands/models.ts";
import { serve } from "./commands/serve.ts";
import { status } from "./commands/status.ts";

type Action = (context: CommandContext, ...args: string[]) => Promise<void>;

const MODEL = "id, or id@version";

/** All commands over a terminal; parsing throws instead of ending the process. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command("whetstone")
    .description("Small language models that get sharper while they serve.")
    .showHelpAfterError("(add --help for what is expected)")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: terminal.writeOut, writeErr: terminal.writeErr });

  /** Options of every command. */
  const shared = (command: Command): Command =>
    command
      .option("--json", "print one JSON document on standard output and nothing else")
      .option("--data <directory>", "where models and state are kept (default ./data)")
      .exitOverride()
      .configureOutput({ writeOut: terminal.writeOut, writeErr: terminal.writeErr });

  const add = (parent: Command, usage: string, action: Action): Command => {
    const command = shared(parent.command(usage));
    return command.action(async (...received: unknown[]) => {
      const values = received.slice(0, command.registeredArguments.length) as string[];
      await action(createContext(terminal, command.opts()), ...values);
    });
  };

  add(program, "fill <text>", fill)
    .description(
      "fill the blanks of a text: [MASK] is one token, ___ or [BLANK] a word; - reads it",
    )
    .option("--top-k <count>", "candidates per blank, 1 to 50 (default 5)")
    .option("--length <length>", "1: one token each; auto: words of 1-4 characters everywhere")
    .option("--targets <words>", "choose among these words, separated by commas")
    .option("--model <model>", MODEL);

  const models = program.command("models").description("the models of the data directory");
  add(models, "list", listModels).description("all models and their versions");
  add(models, "show <model>", showModel).description("one model and its versions");
  add(models, "add <source>", addModel)
    .description("copy a model: file:DIRECTORY or a directory in the layout of Hugging Face")
    .option("--id <id>", "its name here (default: the directory's name)");
  add(models, "remove <model>", removeModel).description("remove a model and its files");

  add(program, "evaluate <model>", evaluate)
    .description("answer a suite of questions and measure the answers")
    .requiredOption("--suite <file>", "questions, .jsonl or .jsonl.gz");

  add(program, "serve", serve)
    .description("serve HTTP and the console on 127.0.0.1")
    .option("--port <port>", "port to listen on, 0 for any free one (default 8080)")
    .option("--host <address>", "loopback address to listen on (default 127.0.0.1)");

  add(program, "status", status).description("the server that uses the data directory");
  const config = program.command("config").description("the settings");
  add(config, "show", showConfig).description("all settings, their values and where from");
  return program;
}
