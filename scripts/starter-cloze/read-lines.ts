// Text files, and the cleaning every training text goes through.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Lines of a text file, gzipped or not, without empty ones. */
export function readLines(path: string): string[] {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

const FULL_WIDTH = /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/g;

/** One space for any run of white space; control characters and soft hyphens gone; full-width
 *  letters and digits as ASCII. */
export function clean(text: string): string {
  return text
    .replace(/[\s\u3000]+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\ufffd]/gu, "")
    .replace(FULL_WIDTH, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0))
    .trim();
}
