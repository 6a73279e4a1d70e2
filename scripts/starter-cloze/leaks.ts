// Which development questions stand in the training text, their blank filled: whole, or as a part
// of a longer document; spaces, punctuation and case do not count.
//
//   npx tsx scripts/starter-cloze/leaks.ts --corpus DIR --data DIR
//
// Ends in one JSON line.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bareText } from "../../src/base/index.ts";
import { readShard, TOKEN_MASK } from "../../src/training/data/shard.ts";
import { readLines } from "./read-lines.ts";
import { filledText } from "./sources.ts";

const { values } = parseArgs({ options: { corpus: { type: "string" }, data: { type: "string" } } });
if (values.corpus === undefined || values.data === undefined) {
  process.stderr.write("usage: leaks.ts --corpus DIR --data DIR\n");
  process.exit(2);
}
const { corpus, data } = values;
/** No document has it, so that nothing is found across two. */
const BETWEEN = "\n";
const SHOWN = 5;

const pieces = readLines(join(corpus, "vocab.txt")).map((piece) => piece.replace(/^##/, ""));
const shards = readdirSync(corpus)
  .filter((name) => name.endsWith(".tokens"))
  .map((file) => file.slice(0, -".tokens".length))
  .map((name) => ({ name, text: textOf(name) }));
const bench = join(import.meta.dirname, "../../bench/suites");
const suites: Record<string, string> = {
  famous: join(bench, "famous.jsonl"),
  everyday: join(bench, "everyday.jsonl"),
  word: join(data, "cloze/dev-word.jsonl.gz"),
  "idiom-choice": join(data, "cloze/dev-idiom-choice.jsonl.gz"),
};
const result: Record<string, Record<string, { asked: number; found: number }>> = {};
for (const [suite, file] of Object.entries(suites)) {
  const domains: Record<string, { asked: number; found: number }> = (result[suite] = {});
  for (const line of existsSync(file) ? readLines(file) : []) {
    const { domain = "all" } = JSON.parse(line) as { domain?: string };
    const counts = (domains[domain] ??= { asked: 0, found: 0 });
    counts.asked++;
    const asked = bareText(filledText(line));
    const where = shards.filter(({ text }) => text.includes(asked)).map(({ name }) => name);
    if (where.length === 0) continue;
    if (++counts.found <= SHOWN) process.stderr.write(`${suite}: ${asked} (${where.join(", ")})\n`);
  }
}
process.stdout.write(`${JSON.stringify(result)}\n`);

function textOf(name: string): string {
  const { tokens, offsets } = readShard(corpus, name);
  const documents: string[] = [];
  for (let i = 1; i < offsets.length; i++) {
    const ids = tokens.subarray(offsets[i - 1], offsets[i]);
    documents.push(bareText(Array.from(ids, (id) => pieces[id & TOKEN_MASK] ?? "").join("")));
  }
  return documents.join(BETWEEN);
}
