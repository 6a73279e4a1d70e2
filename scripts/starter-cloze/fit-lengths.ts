// Fits how lengths compete in blanks of unknown length, on sentences that no training saw.
//
//   npx tsx scripts/starter-cloze/fit-lengths.ts --model DIR --corpus DIR [--window TOKENS]
//     [--choice-windows A,B]
//
// Blanks one random word per sentence of CORPUS/heldout.jsonl and writes MODEL/fill-mask.json; what
// stands there and is not asked for stays.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { createRandom } from "../../src/base/index.ts";
import {
  fitLengths,
  lengthEvidence,
  openFillerParts,
  readSettings,
  settingsFileOf,
  type FillMaskSettings,
  type LengthExample,
} from "../../src/tasks/fill-mask/index.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    corpus: { type: "string" },
    window: { type: "string" },
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
const before = readSettings(values.model);
const windowTokens = Number(values.window ?? before.windowTokens);
const opened = await openFillerParts(values.model, { threads: 1, precision: "fp32" });
const parts = { ...opened, windowTokens: Math.min(windowTokens, opened.scorer.sequenceMax) };
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
const choiceWindows = values["choice-windows"]?.split(",").map(Number) ?? before.choiceWindows;
const settings: FillMaskSettings = { ...before, lengths, windowTokens, choiceWindows };
for (const [name, text] of settingsFileOf(settings)) {
  writeFileSync(path.join(values.model, name), text);
}
console.error(`${examples.length} blanks: ${JSON.stringify(lengths)}`);
