// The starter's results on the development questions, as its model card gives them.
//
//   npx tsx scripts/starter-cloze/evaluate.ts --model DIR --data DIR [--precision int8]
//     [--limit N] [--threads N]
//
// Ends in one JSON line.

import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  evaluateFiller,
  openFiller,
  parseSamples,
  type FillMetrics,
} from "../../src/tasks/fill-mask/index.ts";
import { readLines } from "./read-lines.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    data: { type: "string" },
    precision: { type: "string", default: "fp32" },
    limit: { type: "string", default: "100000" },
    threads: { type: "string", default: "1" },
  },
});
if (values.model === undefined || values.data === undefined) {
  console.error("usage: evaluate.ts --model DIR --data DIR [--precision int8] [--limit N]");
  process.exit(2);
}
const cloze = (name: string): string[] =>
  readLines(path.join(values.data as string, "cloze", `dev-${name}.jsonl.gz`));
const famous = path.join(import.meta.dirname, "../../bench/suites/famous.jsonl");
const suites: Record<string, string[]> = {
  famous: readFileSync(famous, "utf8").split("\n"),
  "idiom-character": cloze("idiom-character"),
  word: cloze("word"),
  "idiom-choice": cloze("idiom-choice"),
};

using filler = await openFiller(values.model, {
  threads: Number(values.threads),
  precision: values.precision === "int8" ? "int8" : "fp32",
});
const results: Record<string, FillMetrics> = {};
for (const [name, lines] of Object.entries(suites)) {
  const samples = parseSamples(lines).slice(0, Number(values.limit));
  const start = performance.now();
  const metrics = await evaluateFiller(filler, samples);
  results[name] = metrics;
  const ms = (performance.now() - start) / samples.length;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  console.error(
    `${name}: ${metrics.count} questions, top-1 ${percent(metrics.top1)}, ` +
      `top-5 ${percent(metrics.top5)}, ${ms.toFixed(0)} ms each`,
  );
}
console.log(JSON.stringify(results));
