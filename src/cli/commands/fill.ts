// whetstone fill TEXT

import { DEFAULT_MODEL, fillerOptionsOf, openDataDirectory } from "../../app.ts";
import { AppError } from "../../base/index.ts";
import type { Candidate, FillInput } from "../../tasks/fill-mask/index.ts";
import type { CommandContext } from "../context.ts";
import { decodeUtf8, readAll, textOption, wholeOption } from "../values.ts";

interface FillResult {
  readonly model: string;
  readonly version: string;
  /** Of the first blank. */
  readonly candidates: readonly PrintedCandidate[];
  /** Of each blank, when there are several. */
  readonly blanks?: readonly { readonly candidates: readonly PrintedCandidate[] }[];
}

type PrintedCandidate = Pick<Candidate, "text" | "score" | "sequence">;

export async function fill(context: CommandContext, text: string): Promise<void> {
  const { config, options } = context;
  const input = await inputOf(context, text);
  await using registry = await openDataDirectory(config);
  const resolved = await registry.resolve(textOption(options["model"]) ?? DEFAULT_MODEL);
  const { openFiller } = await import("../../tasks/fill-mask/index.ts");
  using filler = await openFiller(resolved.directory, fillerOptionsOf(config));
  const [output] = await filler.fill([input]);
  const blanks = (output?.blanks ?? []).map(({ candidates }) => ({
    candidates: candidates.map(({ text: word, score, sequence }) => {
      return { text: word, score, sequence };
    }),
  }));
  const result: FillResult = {
    model: resolved.id,
    version: resolved.version,
    candidates: blanks[0]?.candidates ?? [],
    ...(blanks.length > 1 ? { blanks } : {}),
  };
  context.answer(result, () => blanks.map(({ candidates }) => table(candidates)).join("\n\n"));
}

async function inputOf(context: CommandContext, text: string): Promise<FillInput> {
  const { options, config } = context;
  const length = textOption(options["length"]);
  if (length !== undefined && length !== "1" && length !== "auto") {
    throw new AppError("usage", `--length is ${length}; expected 1 or auto`);
  }
  const topK = wholeOption(options["topK"], {
    name: "--top-k",
    range: [1, 50],
    fallback: config.fill.topK,
  });
  const targets = textOption(options["targets"])
    ?.split(/[,，]/)
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (targets?.length === 0) {
    throw new AppError("usage", "--targets names no word; expected some, separated by commas");
  }
  const given =
    text === "-" ? decodeUtf8(await readAll(context.stdin, "standard input"), "the text") : text;
  if (given.trim() === "") {
    throw new AppError("usage", 'the text is empty; expected one such as "画龙点[MASK]"');
  }
  return {
    text: given.trimEnd(),
    topK,
    targets,
    length: length === "1" ? 1 : length,
  };
}

const BAR_WIDTH = 20;

/** One candidate a line: word, bar, percent, sentence. */
function table(candidates: readonly PrintedCandidate[]): string {
  const widest = Math.max(0, ...candidates.map(({ text }) => width(text)));
  return candidates
    .map(({ text, score, sequence }) => {
      const bar = "█".repeat(Math.round(score * BAR_WIDTH)).padEnd(BAR_WIDTH, "░");
      const percent = `${(100 * score).toFixed(1)} %`.padStart(7);
      return `${text}${" ".repeat(widest - width(text))}  ${bar} ${percent}  ${sequence}`;
    })
    .join("\n");
}

/** Columns on a terminal: Han characters and full-width forms take two. */
function width(text: string): number {
  const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/u;
  return [...text].reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
}
