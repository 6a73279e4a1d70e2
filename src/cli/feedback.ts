// whetstone feedback: what people said of answers, and what is to be learned from it.

import { writeFileSync } from "node:fs";
import { Option, type Command } from "commander";
import { AppError, messageOf } from "../base/index.ts";
import type { ImportKind } from "../feedback/index.ts";
import type { FeedbackSample } from "../registry/index.ts";
import { SAMPLE_STATES, type SampleState } from "../wire/index.ts";
import { modelId, wholeNumber } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import { setAction, type Call } from "./command-line.ts";
import { optionParser } from "./failure.ts";
import { addDelete } from "./feedback-delete.ts";
import { addFilters, filterOf, type FilterOptions } from "./feedback-filter.ts";
import { countsLine, replacedLine, sampleTable, withFeedback } from "./feedback-report.ts";
import { addFeedbackReview } from "./feedback-review.ts";
import { say, type Terminal } from "./terminal.ts";

const KINDS: readonly ImportKind[] = ["samples", "terms", "style"];
const LIST_LIMIT = 50;
const LIST_LIMIT_MAX = 100_000;

interface ImportCommandOptions {
  readonly model?: string;
  readonly kind?: ImportKind;
  readonly user?: string;
}

interface ListOptions extends FilterOptions {
  readonly limit?: number;
}

interface ExportOptions {
  readonly state?: SampleState;
  readonly model?: string;
  readonly out?: string;
}

const IMPORT_HELP = `
Files:
  .jsonl, .jsonl.gz  samples: {"text": "订单一直没___", "answer": "生效", "rejected": ["发货"]}; a
                     line without an answer says what is wrong, and is learned beside others
  .csv, .tsv         a term table: the columns term, domain, patterns in the first row; patterns are
                     separated by | and have the term, {term} or ___ in them; a term without
                     patterns gets fitting ones
  .csv, .tsv         style pairs: an informal sentence and the formal one in each row; where they
                     differ, the formal word is learned and the informal one is not wanted

Examples:
  whetstone feedback import corrections.jsonl
  whetstone feedback import terms.csv --model my-bert
  whetstone feedback import style.tsv --kind style`;

/** Adds the commands to `program`. */
export function addFeedback(program: Command, terminal: Terminal): void {
  const feedback = program
    .command("feedback")
    .summary("import, list, review, export and delete what is to be learned")
    .description("Samples from ✓ and ✗ of users and from files, on their way into training.");
  addImport(feedback, terminal);
  addList(feedback, terminal);
  addFeedbackReview(feedback, terminal);
  addExport(feedback, terminal);
  addDelete(feedback, terminal);
}

function addImport(feedback: Command, terminal: Terminal): void {
  const command = feedback
    .command("import")
    .description("Adds samples from a file; personal data in it is replaced before it is stored.")
    .argument("<file>", "samples, a term table or style pairs")
    .option("--model <id>", "the model that is to learn them", optionParser(modelId))
    .addOption(new Option("--kind <kind>", "what the file holds, when not by name").choices(KINDS))
    .option("--user <key>", "whose words these are, so that they can be deleted as such")
    .addHelpText("after", IMPORT_HELP);
  setAction<ImportCommandOptions>(command, terminal, importFile);
}

async function importFile(call: Call<ImportCommandOptions>, file = ""): Promise<void> {
  const { options, terminal } = call;
  const { parseImport } = await import("../feedback/index.ts");
  const { readLines } = await import("../tasks/fill-mask/index.ts");
  const { DEFAULT_MODEL } = await import("../configured.ts");
  const parsed = parseImport({ name: file, lines: readLines(file) }, options.kind);
  await withFeedback(call, async ({ registry, desk }) => {
    const { id: model } = await registry.resolve(options.model ?? DEFAULT_MODEL);
    const { source, kind } = parsed;
    const result = await desk.add(parsed.samples, { model, source, userKey: options.user });
    const { added, replaced } = result;
    const held = result.samples.filter(({ state }) => state === "held").length;
    const merged = result.samples.length - added;
    for (const { row, reason } of result.blocked) say(terminal, `row ${row} blocked: ${reason}`);
    const blocked = result.blocked.length;
    await noteAct(registry, "feedback.import", `${result.samples.length} samples for ${model}`);
    call.print({
      json: { model, kind, read: parsed.samples.length, added, merged, held, blocked, replaced },
      text:
        `${parsed.samples.length} samples read for ${model}: ${added} new, ${merged} merged into ` +
        `known ones, ${held} held for review, ${blocked} blocked\n${replacedLine(replaced)}`,
    });
  });
}

function addList(feedback: Command, terminal: Terminal): void {
  const command = addFilters(
    feedback
      .command("list")
      .description("Lists samples, the newest change first, with how many are in each state."),
  ).option(
    "--limit <n>",
    `the most that are listed (default: ${LIST_LIMIT})`,
    optionParser(wholeNumber(1, LIST_LIMIT_MAX)),
  );
  setAction<ListOptions>(command, terminal, (call) =>
    withFeedback(call, async ({ registry }) => {
      const { limit = LIST_LIMIT, ...options } = call.options;
      const { states, isAnswered, ...filter } = filterOf(options);
      const counts = await registry.feedback.count(filter);
      const unanswered = await registry.feedback.countUnanswered(filter);
      const samples = await registry.feedback.list({ ...filter, states, isAnswered, limit });
      const table = samples.length === 0 ? "no samples" : sampleTable(samples);
      call.print({
        json: { counts, unanswered, samples },
        text: `${table}\n\n${countsLine(counts, unanswered)}`,
      });
    }),
  );
}

function addExport(feedback: Command, terminal: Terminal): void {
  const command = feedback
    .command("export")
    .description(
      "Writes samples as lines that `train --samples` reads. Without --state those that wait, " +
        "are in a run or were used. Samples that have only wrong words are among them: train " +
        "learns them beside others, and no suite can ask them.",
    )
    .addOption(new Option("--state <state>", "all those in this state").choices(SAMPLE_STATES))
    .option("--model <id>", "only those of this model", optionParser(modelId))
    .option("--out <file>", "a file to write (default: standard output)");
  setAction<ExportOptions>(command, terminal, (call) =>
    withFeedback(call, async ({ registry }) => {
      const { state, model, out } = call.options;
      const states: SampleState[] = state === undefined ? ["queued", "in-run", "used"] : [state];
      const found = await registry.feedback.list({ model, states });
      const taken = found.map(lineOf);
      const lines = taken.map((line) => `${JSON.stringify(line)}\n`).join("");
      if (out !== undefined) write(out, lines);
      const count = taken.length;
      const written = out === undefined ? { samples: taken } : { out };
      const text = out === undefined ? lines.trimEnd() : `wrote ${count} samples to ${out}`;
      call.print({ json: { count, ...written }, text });
    }),
  );
}

/** A sample as a file has it. */
function lineOf({ text, answers, rejected, domain, source }: FeedbackSample): object {
  const [answer] = answers;
  return {
    text,
    ...(answers.length === 1 ? { answer } : answers.length > 1 ? { answers } : {}),
    ...(rejected.length > 0 ? { rejected } : {}),
    ...(domain === undefined ? {} : { domain }),
    source,
  };
}

function write(file: string, content: string): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw new AppError("io_failed", `${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
