// Writes the compact list of words that blanks of unknown length are filled with.
//
//   npx tsx scripts/starter-cloze/build-lexicon.ts --data DIR --out models/lexicon-zh.txt.gz

import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { readLines } from "./read-lines.ts";

const { values } = parseArgs({ options: { data: { type: "string" }, out: { type: "string" } } });
if (values.data === undefined || values.out === undefined) {
  console.error("usage: build-lexicon.ts --data DIR --out FILE");
  process.exit(2);
}

/** Rarer words than these are names and typing errors more often than answers. */
const COUNT_MIN = 5;

const words = new Map<string, number>();
for (const line of readLines(path.join(values.data, "cloze/word-counts.tsv.gz"))) {
  const [word = "", count = "0"] = line.split(/\s+/);
  if (/^\p{Script=Han}{1,4}$/u.test(word) && Number(count) >= COUNT_MIN) {
    words.set(word, Number(count));
  }
}
for (const line of readLines(path.join(values.data, "cloze/idioms.jsonl.gz"))) {
  const { idiom } = JSON.parse(line) as { idiom: string };
  if (/^\p{Script=Han}{4}$/u.test(idiom) && !words.has(idiom)) words.set(idiom, 0);
}
const sorted = [...words.keys()].sort();
writeFileSync(values.out, gzipSync(sorted.join("\n"), { level: 9 }));
console.error(`${sorted.length} words`);
