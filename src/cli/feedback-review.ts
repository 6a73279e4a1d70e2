// whetstone feedback review and show: what is held, and a reviewer's decision.

import type { Command } from "commander";
import { AppError } from "../base/index.ts";
import type { FeedbackSample, Registry, SampleEvent, SampleQuery } from "../registry/index.ts";
import type { SampleState } from "../wire/index.ts";
import { wholeNumber, wordList } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import { setAction, type Call } from "./command-line.ts";
import { ArgumentError, checkArguments, optionParser } from "./failure.ts";
import { addFilters, filterOf, type FilterOptions } from "./feedback-filter.ts";
import { sampleSheet, sampleTable, withFeedback } from "./feedback-report.ts";
import { formatMinute, formatSecond, formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface EditOptions {
  readonly text?: string;
  readonly answers?: readonly string[];
  readonly rejected?: readonly string[];
  readonly domain?: string;
}

interface ReviewOptions extends FilterOptions {
  readonly limit?: number;
}

interface DecisionOptions extends FilterOptions {
  readonly all?: boolean;
  readonly count?: number;
}

type Decision = "accept" | "reject";

const LIST_LIMIT = 100;
const LIST_LIMIT_MAX = 100_000;
const DONE = { accept: "accepted", reject: "rejected" } as const;

const HELP = `
What is listed, and what --all takes, is held unless --state says otherwise. Of a sample without a
right word only what is wrong is learned, beside others; give it one with edit. What training doubts
a little is learned all the same: --doubted lists it, too.

Examples:
  whetstone feedback review
  whetstone feedback review --hold confident --domain 电商
  whetstone feedback review --unanswered
  whetstone feedback review --doubted
  whetstone feedback review accept 3f0c…,77ab…
  whetstone feedback review accept --all --hold confident --domain 电商 --count 12
  whetstone feedback review edit 3f0c… --answers 生效 --rejected 发货`;

/** Adds the commands to `feedback`. */
export function addFeedbackReview(feedback: Command, terminal: Terminal): void {
  const review = addFilters(
    feedback
      .command("review")
      .summary("what is held for a reviewer, and the decision")
      .description("Without a decision: lists the samples that are held for a reviewer."),
  )
    .option(
      "--limit <n>",
      `the most that are listed (default: ${LIST_LIMIT})`,
      optionParser(wholeNumber(1, LIST_LIMIT_MAX)),
    )
    .addHelpText("after", HELP);
  setAction<ReviewOptions>(review, terminal, (call) =>
    withFeedback(call, async ({ registry }) => {
      const { limit = LIST_LIMIT } = call.options;
      const filter = reviewed(call.options);
      const count = await countOf(registry, filter);
      const samples = await registry.feedback.list({ ...filter, order: "doubt", limit });
      const more =
        count > samples.length ? `; ${samples.length} are listed, the most doubtful first` : "";
      const text =
        count === 0
          ? "nothing is held for review"
          : `${sampleSheet(samples)}\n\n${count} to review${more}`;
      call.print({ json: { count, samples }, text });
    }),
  );
  for (const decision of ["accept", "reject"] as const) addDecision(review, terminal, decision);
  addEdit(review, terminal);
  addShow(feedback, terminal);
}

function addDecision(review: Command, terminal: Terminal, decision: Decision): void {
  const command = addFilters(
    review
      .command(decision)
      .description(
        decision === "accept"
          ? "Takes samples as they are; they wait for the next training run."
          : "Rejects samples for good; nothing is learned from them.",
      )
      .argument("[ids]", "ids of samples, separated by commas"),
  )
    .option("--all", "instead of ids: all that `feedback review` lists with the same options")
    .option(
      "--count <n>",
      "with --all: how many you expect it to be; nothing is done when it is another number",
      optionParser(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    );
  setAction<DecisionOptions>(command, terminal, async (call, argument = "") => {
    const named = checkArguments(() => namedIds(argument, call.options));
    await withFeedback(call, async ({ desk, registry }) => {
      const ids = named ?? (await matching(registry, call.options, decision));
      const samples = ids.length === 0 ? [] : await desk[decision](ids);
      await noteAct(registry, "feedback.review", `${decision} ${ids.length} samples`);
      const text = named === undefined ? doneLine(decision, samples) : sampleTable(samples);
      call.print({ json: { samples }, text });
    });
  });
}

/** "accepted 3 samples; 1 stays held: a suite asks it, and what is asked is not learned" */
function doneLine(decision: Decision, samples: readonly FeedbackSample[]): string {
  const asked = samples.filter(({ hold }) => hold === "asked").length;
  const line = `${DONE[decision]} ${samples.length - asked} samples`;
  if (asked === 0) return line;
  const what =
    asked === 1 ? "1 stays held: a suite asks it" : `${asked} stay held: suites ask them`;
  return `${line}; ${what}, and what is asked is not learned`;
}

/** Undefined: all that match. Throws `usage`. */
function namedIds(argument: string, options: DecisionOptions): readonly string[] | undefined {
  const isFiltered = Object.values(filterOf(options)).some((value) => value !== undefined);
  if (options.all !== true) {
    if (argument !== "" && !isFiltered && options.count === undefined) return wordList(argument);
    throw new AppError("usage", "Expected ids alone, or --all with --count and what narrows it.");
  }
  if (argument === "") return undefined;
  throw new AppError("usage", "Expected ids or --all, one of the two.");
}

/** Ids of what is listed under the same options, once their number is what somebody expects. */
async function matching(
  registry: Registry,
  options: DecisionOptions,
  decision: Decision,
): Promise<readonly string[]> {
  const found = await registry.feedback.list(reviewed(options));
  const count = found.length;
  if (count === options.count) return found.map(({ id }) => id);
  const what = count === 1 ? "1 sample matches" : `${count} samples match`;
  if (options.count === undefined) {
    throw new ArgumentError("usage", `${what}; say --count ${count} to ${decision} all of them.`);
  }
  throw new AppError(
    "conflict",
    `${what}, and not ${options.count}; nothing was done. Look again with ` +
      `\`whetstone feedback review\`, then say --count ${count}.`,
    { details: { expected: options.count, count } },
  );
}

/** What a reviewer looks at: what is held, or what lacks a right word wherever it waits. */
function reviewed(
  options: FilterOptions,
): SampleQuery & { readonly states: readonly SampleState[] } {
  const { unanswered = false, doubted = false } = options;
  const usual: SampleState[] = [
    "held",
    ...(unanswered ? (["queued"] as const) : []),
    ...(doubted ? (["used"] as const) : []),
  ];
  const { states = usual, ...filter } = filterOf(options);
  return { ...filter, states };
}

async function countOf(
  registry: Registry,
  { states, ...filter }: ReturnType<typeof reviewed>,
): Promise<number> {
  const counts = await registry.feedback.count(filter);
  return states.reduce((sum, state) => sum + counts[state], 0);
}

function addEdit(review: Command, terminal: Terminal): void {
  const command = review
    .command("edit")
    .description("Corrects a sample and takes it; what is not given stays.")
    .argument("<id>", "a sample")
    .option("--text <text>", "the sentence, with ___ for the word")
    .option("--answers <words>", "all right words, separated by commas", optionParser(wordList))
    .option("--rejected <words>", "all wrong words, separated by commas", optionParser(wordsOrNone))
    .option("--domain <domain>", "what the sentence is about");
  setAction<EditOptions>(command, terminal, async (call, id = "") => {
    const { text, answers, rejected, domain } = call.options;
    const edit = { text, answers, rejected, domain };
    checkArguments(() => {
      if (Object.values(edit).some((value) => value !== undefined)) return;
      throw new AppError("usage", "Expected --text, --answers, --rejected or --domain.");
    });
    await withFeedback(call, async ({ desk, registry }) => {
      const sample = await desk.edit(id, edit);
      await noteAct(registry, "feedback.review", `edit ${id}`);
      printSamples(call, [sample]);
    });
  });
}

function addShow(feedback: Command, terminal: Terminal): void {
  const command = feedback
    .command("show")
    .description(
      "Shows a sample, its life, what was said about it, and the versions that learned from it.",
    )
    .argument("<id>", "a sample");
  setAction<object>(command, terminal, async (call, id = "") => {
    await withFeedback(call, async ({ registry }) => {
      const shown = await registry.feedback.show(id);
      const said = shown.opinions.map(({ at, user, verdict, candidate, answer }) => {
        const instead = answer === null ? "" : ` → ${answer}`;
        return [formatMinute(at), user, verdict, candidate + instead];
      });
      const titles = ["when (UTC)", "user", "verdict", "word"].map((title) => ({ title }));
      const learned = shown.learnedBy.map(({ model, version }) => `${model}@${version}`);
      call.print({
        json: shown,
        text:
          `${sampleTable([shown.sample])}\n\n${lifeTable(shown.events)}\n\n` +
          `${formatTable(titles, said)}\n\n` +
          `learned by: ${learned.join(", ") || "no version yet"}`,
      });
    });
  });
}

function printSamples(call: Call<object>, samples: readonly FeedbackSample[]): void {
  call.print({ json: { samples }, text: sampleTable(samples) });
}

/** An empty list says that no word is wrong. */
function wordsOrNone(text: string): readonly string[] {
  return text.trim() === "" ? [] : wordList(text);
}

function lifeTable(events: readonly SampleEvent[]): string {
  const rows = events.map(({ at, state, hold, run }) => [
    formatSecond(at),
    hold === null ? state : `${state} (${hold})`,
    run ?? "",
  ]);
  const titles = ["when (UTC)", "state", "run"].map((title) => ({ title }));
  return formatTable(titles, rows);
}
