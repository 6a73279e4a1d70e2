// whetstone feedback review and show: what is held, and a reviewer's decision.

import type { Command } from "commander";
import { AppError } from "../base/index.ts";
import type { FeedbackSample, SampleEvent } from "../registry/index.ts";
import { wordList } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import { setAction, type Call } from "./command-line.ts";
import { checkArguments, optionParser } from "./failure.ts";
import { sampleTable, withFeedback } from "./feedback-report.ts";
import { formatMinute, formatSecond, formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface EditOptions {
  readonly text?: string;
  readonly answers?: readonly string[];
  readonly rejected?: readonly string[];
  readonly domain?: string;
}

const HELD_MAX = 1000;

const HELP = `
Examples:
  whetstone feedback review
  whetstone feedback review accept 3f0c…,77ab…
  whetstone feedback review edit 3f0c… --answers 生效 --rejected 发货`;

/** Adds the commands to `feedback`. */
export function addFeedbackReview(feedback: Command, terminal: Terminal): void {
  const review = feedback
    .command("review")
    .summary("what is held for a reviewer, and the decision")
    .description("Without a decision: lists the samples that are held for a reviewer.")
    .addHelpText("after", HELP);
  setAction<object>(review, terminal, (call) =>
    withFeedback(call, async ({ registry }) => {
      const samples = await registry.feedback.list({ states: ["held"], limit: HELD_MAX });
      const text = samples.length === 0 ? "nothing is held for review" : sampleTable(samples);
      call.print({ json: { samples }, text });
    }),
  );
  for (const decision of ["accept", "reject"] as const) {
    const command = review
      .command(decision)
      .description(
        decision === "accept"
          ? "Takes samples as they are; they wait for the next training run."
          : "Refuses samples for good; nothing is learned from them.",
      )
      .argument("<ids>", "ids of samples, separated by commas");
    setAction<object>(command, terminal, async (call, argument = "") => {
      const ids = checkArguments(() => wordList(argument));
      await withFeedback(call, async ({ desk, registry }) => {
        const samples = await desk[decision](ids);
        await noteAct(registry, "feedback.review", `${decision} ${ids.length} samples`);
        printSamples(call, samples);
      });
    });
  }
  addEdit(review, terminal);
  addShow(feedback, terminal);
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
