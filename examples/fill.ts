// Fills a blank with the starter, in this process:
//
//   npx tsx examples/fill.ts "春风又绿江南[MASK]，明月何时照我还。"

import path from "node:path";
import { openFiller } from "../src/index.ts";

const [text = "春风又绿江南[MASK]，明月何时照我还。"] = process.argv.slice(2);
const starter = path.resolve(import.meta.dirname, "../models/starter-cloze");

using filler = await openFiller(starter, { threads: 1, precision: "fp32" });
const [output] = await filler.fill([{ text, topK: 3 }]);
for (const { candidates } of output?.blanks ?? []) {
  for (const { score, sequence } of candidates) console.log(score.toFixed(3), sequence);
}
