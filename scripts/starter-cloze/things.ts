// Sentences about everyday things: what each is, and what one does with it.

import { join } from "node:path";
import { invariant } from "../../src/base/index.ts";
import { readLines } from "./read-lines.ts";

/** `[kind] name` opens a block of things and sentences, `= kind` sentences for all blocks of it. */
const BLOCK = /^\[(\w+)\]/;
const OF_KIND = /^= (\w+)/;

interface Block {
  readonly kind: string;
  readonly things: readonly string[];
  readonly patterns: string[];
}

/** Each thing in each sentence of its block and of its kind. */
export function thingSentences(): string[] {
  const blocks: Block[] = [];
  const ofKind = new Map<string, string[]>();
  let patterns: string[] | undefined;
  let opened: string | undefined;
  for (const line of readLines(join(import.meta.dirname, "things.txt"))) {
    const [, block] = BLOCK.exec(line) ?? [];
    const [, kind] = OF_KIND.exec(line) ?? [];
    if (line === "" || line.startsWith("#")) continue;
    if (block !== undefined) {
      opened = block;
    } else if (kind !== undefined) {
      patterns = [];
      ofKind.set(kind, patterns);
    } else if (opened !== undefined) {
      patterns = [];
      blocks.push({ kind: opened, things: line.split(" "), patterns });
      opened = undefined;
    } else {
      invariant(patterns !== undefined && line.includes("{}"), () => `no sentence: ${line}`);
      patterns.push(line);
    }
  }
  return blocks.flatMap(({ kind, things, patterns: own }) =>
    things.flatMap((thing) =>
      [...own, ...(ofKind.get(kind) ?? [])].map((pattern) => pattern.replaceAll("{}", thing)),
    ),
  );
}
