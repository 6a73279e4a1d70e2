// whetstone evaluate ID[@V] --suite F

import { fillerOptionsOf, openDataDirectory } from "../../app.ts";
import { AppError } from "../../base/index.ts";
import type { CommandContext } from "../context.ts";
import { readLines, textOption } from "../values.ts";

export async function evaluate(context: CommandContext, reference: string): Promise<void> {
  const { config, options } = context;
  const suite = textOption(options["suite"]) ?? "";
  const task = await import("../../tasks/fill-mask/index.ts");
  const samples = task.parseSamples(await readLines(suite));
  if (samples.length === 0) {
    throw new AppError("bad_row", `${suite} holds no question; expected one JSON object a line`);
  }
  await using registry = await openDataDirectory(config);
  const { directory } = await registry.resolve(reference);
  using filler = await task.openFiller(directory, fillerOptionsOf(config));
  const metrics = await task.evaluateFiller(filler, samples, (done) => {
    if (context.isInteractive) context.writeErr(`\r${done} of ${samples.length} questions`);
  });
  if (context.isInteractive) context.writeErr("\n");
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  context.answer(metrics, ({ count, top1, top3, top5, mrr, ece, brier, overconfidentErrors }) =>
    [
      `questions             ${count}`,
      `top-1                 ${percent(top1)}`,
      `top-3                 ${percent(top3)}`,
      `top-5                 ${percent(top5)}`,
      `mean reciprocal rank  ${mrr.toFixed(3)}`,
      `calibration error     ${percent(ece)}`,
      `Brier score           ${brier.toFixed(3)}`,
      `overconfident errors  ${overconfidentErrors}`,
    ].join("\n"),
  );
}
