// Fits how lengths compete in blanks of unknown length, on sentences that no training saw.
//
//   npx tsx scripts/starter-cloze/fit-lengths.ts --model DIR --corpus DIR
//
// Blanks one random word per sentence of CORPUS/heldout.jsonl and writes MODEL/fill-mask.json.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { createRandom } from "../../src/base/index.ts";
import {
  fitLengths,
  lengthEvidence,
  openFillerParts,
  type LengthExample,
} from "../../src/tasks/fill-mask/index.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    corpus: { type: "string" },
    window: { type: "string", default: "320" },
    "choice-windows": { type: "string" },
  },
});
if (values.model === undefined || values.corpus === undefined) {
  console.error(
    "usage: fit-lengths.ts --model DIR --corpus DIR [--window TOKENS] [--choice-windows A,B]",
  );
  process.exit(2);
}

const random = createRandom(7);
const segmenter = new Intl.Segmenter("zh", { granularity: "word" });
const parts = await openFillerParts(values.model, { threads: 1, precision: "fp32" });
const examples: LengthExample[] = [];
for (const line of readFileSync(path.join(values.corpus, "heldout.jsonl"), "utf8").split("\n")) {
  if (line === "") continue;
  const { text } = JSON.parse(line) as { text: string };
  if (text.length > 200) continue;
  // One character words are mostly particles, which people seldom leave blank: they count half.
  const words = [...segmenter.segment(text)].filter(
    ({ segment }) =>
      /^\p{Script=Han}{1,4}$/u.test(segment) && (segment.length > 1 || random.next() < 0.5),
  );
  const word = words[random.integer(words.length)];
  if (word === undefined) continue;
  const end = word.index + word.segment.length;
  const blanked = `${text.slice(0, word.index)}___${text.slice(end)}`;
  const evidence = await lengthEvidence(parts, blanked);
  examples.push({ evidence, length: word.segment.length });
}
const lengths = fitLengths(examples);
const choiceWindows = values["choice-windows"]?.split(",").map(Number);
const settings = { lengths, windowTokens: Number(values.window), choiceWindows };
writeFileSync(path.join(values.model, "fill-mask.json"), `${JSON.stringify(settings, null, 2)}\n`);
console.error(`${examples.length} blanks: ${JSON.stringify(lengths)}`);
