// The random checkpoint of bert-base-chinese shape that the programs of bench/ share, made once.

import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { writeRandomCheckpoint } from "../../src/checkpoint/index.ts";
import { note } from "./report.ts";

/** The directory of the checkpoint; `tiny` is a small one to try the programs with. */
export function benchCheckpoint(size: "base" | "tiny"): string {
  const directory = path.join(os.tmpdir(), `whetstone-bench-bert-${size}`);
  if (existsSync(path.join(directory, "config.json"))) return directory;
  note(`writing a random checkpoint to ${directory}`);
  const tiny = { layers: 4, hidden: 64, heads: 4, intermediate: 128, vocabularySize: 9000 };
  writeRandomCheckpoint(directory, size === "tiny" ? tiny : {});
  return directory;
}
