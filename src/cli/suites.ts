// whetstone suites: the questions that a model is measured on, those of the user among them.

import type { Command } from "commander";
import type { PiiCounts } from "../feedback/index.ts";
import type { ShippedSuites } from "../loop/index.ts";
import type { Registry } from "../registry/index.ts";
import { modelId } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import { setAction, type Call } from "./command-line.ts";
import { optionParser } from "./failure.ts";
import { replacedLine } from "./feedback-report.ts";
import { formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface SuitesOptions {
  readonly model?: string;
  readonly name?: string;
}

const HELP = `
Every version is measured on all suites of its model: by the gate of a training, and on a schedule.
Nothing is trained on them. Lines of a file (.jsonl or .jsonl.gz):
  {"text": "订单一直没___", "answer": "生效"}

Examples:
  whetstone suites add contracts.jsonl --model starter-cloze
  whetstone suites list`;

/** Adds the commands to `program`. */
export function addSuites(program: Command, terminal: Terminal): void {
  const suites = program
    .command("suites")
    .summary("list, add and remove the questions that a model is measured on")
    .description("Suites of questions: those that ship, the golden set, and your own.")
    .addHelpText("after", HELP);
  const list = suites.command("list").description("Lists all suites of a model.");
  setAction<SuitesOptions>(withModel(list), terminal, (call) => withSuites(call, async () => {}));

  const add = suites
    .command("add")
    .description("Adds a suite; personal data in it is replaced before it is stored.")
    .argument("<file>", "samples with known answers")
    .option("--name <name>", "its name (default: that of the file)");
  setAction<SuitesOptions>(withModel(add), terminal, (call, argument = "") =>
    withSuites(call, async ({ registry, model, shipped }) => {
      const { createScrubber, GuardedScrubber } = await import("../feedback/index.ts");
      const { addSuite, suiteNameOf } = await import("../loop/index.ts");
      const name = call.options.name ?? suiteNameOf(argument);
      const { scrubTerms: terms } = call.config.feedback;
      const scrubber = new GuardedScrubber(createScrubber({ terms }));
      await addSuite(registry, { model, name, from: { file: argument } }, { shipped, scrubber });
      await noteAct(registry, "suite.add", `${model}: ${name}`);
      return { replaced: scrubber.statistics().replaced };
    }),
  );

  const remove = suites
    .command("remove")
    .description("Removes a suite of your own; what was measured on it stays.")
    .argument("<name>", "a suite");
  setAction<SuitesOptions>(withModel(remove), terminal, (call, name = "") =>
    withSuites(call, async ({ registry, model, shipped }) => {
      const { removeSuite } = await import("../loop/index.ts");
      await removeSuite(registry, { model, name }, shipped);
      await noteAct(registry, "suite.remove", `${model}: ${name}`);
    }),
  );
}

function withModel(command: Command): Command {
  return command.option("--model <id>", "the model that is measured", optionParser(modelId));
}

interface OpenSuites {
  readonly registry: Registry;
  readonly model: string;
  readonly shipped: ShippedSuites;
}

/** Changes the suites of a model, then prints them, and what was replaced on the way in. */
async function withSuites(
  call: Call<SuitesOptions>,
  change: (open: OpenSuites) => Promise<{ readonly replaced: PiiCounts } | void>,
): Promise<void> {
  const { listSuites } = await import("../loop/index.ts");
  const { DEFAULT_MODEL, openDataDirectory, shippedMaterial } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const { id: model } = await registry.resolve(call.options.model ?? DEFAULT_MODEL);
  const shipped = shippedMaterial();
  const changed = await change({ registry, model, shipped });
  const { suites } = await listSuites(registry, model, shipped);
  const rows = suites.map(({ name, kind, count, sha256 }) => {
    return [name, kind, String(count ?? "unreadable"), sha256?.slice(0, 12) ?? ""];
  });
  const titles = ["suite", "kind", "questions", "SHA-256"].map((title) => ({ title }));
  const replaced = changed === undefined ? "" : `\n\n${replacedLine(changed.replaced)}`;
  call.print({
    json: { model, suites, ...changed },
    text: `${model}\n\n${formatTable(titles, rows)}${replaced}`,
  });
}
