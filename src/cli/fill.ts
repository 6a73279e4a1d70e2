// whetstone fill: the candidates for the blanks of one text, by a model opened in this process.

import { Option, type Command } from "commander";
import {
  AppError,
  characterCount,
  formatPercent,
  TEXT_LENGTH_MAX,
  TOP_K_MAX,
} from "../base/index.ts";
import type { FillInput } from "../tasks/fill-mask/index.ts";
import { asBlank, type FillBlank } from "../wire/index.ts";
import { reference, share, wholeNumber, wordList } from "./arguments.ts";
import { addSettings, setAction, type Call } from "./command-line.ts";
import { checkArguments, optionParser } from "./failure.ts";
import { formatBar, formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { readTextArgument, type TextArgument } from "./text-argument.ts";

interface FillOptions {
  readonly topK?: number;
  readonly length?: "1" | "auto";
  readonly targets?: readonly string[];
  readonly words?: "known" | "any";
  readonly minConfidence?: number;
  readonly model?: string;
}

const BAR_COLUMNS = 20;

const HELP = `
Blanks:
  [MASK]             one token, in Chinese one character
  ___  or  [BLANK]   a word of one to four characters

Examples:
  whetstone fill "春风又绿江南[MASK]，明月何时照我还。"
  whetstone fill "订单一直没___。" --top-k 10 --json
  whetstone fill "春风又绿江南[MASK]。" --targets 岸,水
  whetstone fill "订单一直没___。" --min-confidence 0.5
  whetstone fill - < sentence.txt`;

/** Adds the command to `program`. */
export function addFill(program: Command, terminal: Terminal): void {
  const command = program
    .command("fill")
    .summary("fill the blanks of a text")
    .description("Fills the blanks of a text and ranks the candidates by calibrated confidence.")
    .argument("<text>", "a text with at least one blank, or - to read it from standard input")
    .option(
      "--top-k <n>",
      `candidates per blank, 1 to ${TOP_K_MAX} (default: the setting fill.topK)`,
      optionParser(wholeNumber(1, TOP_K_MAX)),
    )
    .addOption(
      new Option(
        "--length <length>",
        "1: one token for every blank; auto: words of one to four characters for every blank",
      ).choices(["1", "auto"]),
    )
    .option(
      "--targets <words>",
      "choose among these words, separated by commas",
      optionParser(wordList),
    )
    .addOption(
      new Option(
        "--words <words>",
        "known: a blank of open length becomes words that are known; any: others as well",
      ).choices(["known", "any"]),
    )
    .option(
      "--min-confidence <x>",
      "leave a blank open whose best candidate is less sure, 0 to 1 (default: 0, never)",
      optionParser(share),
    )
    .option(
      "--model <id[@v]>",
      "a model, or one version of it (default: the starter)",
      optionParser(reference),
    )
    .addHelpText("after", HELP);
  addSettings(command, ["fill.topK", "replica.threads", "replica.precision"]);
  setAction(command, terminal, fill);
}

async function fill(call: Call<FillOptions>, argument = ""): Promise<void> {
  const { options, config } = call;
  const text = await readTextArgument(argument, call.terminal);
  // Only now is anything heavy loaded, so that wrong usage is told at once.
  const { abstainBelow, findBlanks, openFiller } = await import("../tasks/fill-mask/index.ts");
  const input: FillInput = {
    text: text.text,
    topK: options.topK ?? config.fill.topK,
    length: options.length === "1" ? 1 : options.length,
    targets: options.targets,
    words: options.words,
  };
  checkText(text, () => {
    requireLength(input.text, TEXT_LENGTH_MAX);
    findBlanks(input);
  });
  const { DEFAULT_MODEL, fillerOptionsOf, openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(config);
  const { id, version, directory } = await registry.resolve(options.model ?? DEFAULT_MODEL);
  using filler = await openFiller(directory, fillerOptionsOf(config));
  const [output = { blanks: [] }] = await filler.fill([input]);
  const { minConfidence = 0 } = options;
  const blanks = abstainBelow(minConfidence, input, output).blanks.map(asBlank);
  const [first = { candidates: [] }] = blanks;
  call.print({
    json: {
      model: id,
      version,
      ...first,
      ...(blanks.length > 1 ? { blanks } : {}),
    },
    text: `${describe(blanks, minConfidence)}\n\n${id}@${version}`,
  });
}

function requireLength(text: string, limit: number): void {
  if (text.trim() === "") {
    throw new AppError("no_blank", "TEXT is empty; give a text with a blank: [MASK] or ___.");
  }
  const length = characterCount(text);
  if (length <= limit) return;
  throw new AppError(
    "text_too_long",
    `TEXT has ${length} characters; at most ${limit} are taken. Shorten it.`,
    { details: { limitCharacters: limit } },
  );
}

/** What the arguments show to be wrong is wrong usage; what standard input holds is not. */
function checkText({ isArgument }: TextArgument, check: () => void): void {
  if (isArgument) checkArguments(check);
  else check();
}

function describe(blanks: readonly FillBlank[], minConfidence: number): string {
  const sections = blanks.map((blank, i) => {
    const title = blanks.length > 1 ? `Blank ${i + 1}\n` : "";
    if (blank.abstained !== true) return title + describeBlank(blank);
    return `${title}left open: no candidate is sure to ${formatPercent(minConfidence)}`;
  });
  return sections.join("\n\n");
}

function describeBlank({ candidates }: FillBlank): string {
  const [best] = candidates;
  if (best === undefined) return "no candidates";
  const rows = candidates.map(({ text, score }, i) => {
    return [String(i + 1), text, formatBar(score, BAR_COLUMNS), formatPercent(score)];
  });
  const columns = [
    { title: "", align: "right" },
    { title: "" },
    { title: "" },
    { title: "", align: "right" },
  ] as const;
  return `${best.sequence}\n\n${formatTable(columns, rows)}`;
}
