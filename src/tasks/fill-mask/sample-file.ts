// Sample and suite files, and text files of one document a line: plain or packed with gzip.

import { readFileSync, statSync, type Stats } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { AppError, characterCount, messageOf, TEXT_LENGTH_MAX } from "../../base/index.ts";
import { findBlanks } from "./blanks.ts";
import { parseSamples, type Sample, type SampleRules } from "./sample.ts";

/** A sample and the row of its file that it stands in, from 1. */
export interface SampleInFile extends Sample {
  readonly row: number;
}

/** Unpacked. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/**
 * The samples of a file, each known to have an answer and a blank that can be filled.
 *
 * @throws AppError `bad_row` naming the row, `not_found`, `damaged_file` or `bad_encoding`.
 */
export function readSamples(file: string): SampleInFile[] {
  return samplesIn(readLines(file), path.basename(file));
}

/** The same of a file to learn from, some of which may have rejected words alone. */
export function readTrainingSamples(file: string): SampleInFile[] {
  return samplesIn(readLines(file), path.basename(file), { isAnswerOptional: true });
}

/** The samples of a file called `name`, whose lines are given; throws `bad_row` as above. */
export function samplesIn(
  lines: readonly string[],
  name: string,
  rules: SampleRules = {},
): SampleInFile[] {
  const rows = lines.flatMap((line, i) => (line.trim() === "" ? [] : [i + 1]));
  const samples = naming(name, () => parseSamples(lines, rules));
  if (samples.length === 0) {
    throw new AppError("bad_row", `${name} has no samples; expected lines like ${EXAMPLE}`);
  }
  return samples.map((sample, i) => {
    const row = rows[i] ?? 0;
    checkSample(sample, { name, row });
    return { ...sample, row };
  });
}

const EXAMPLE = '{"text": "订单一直没___", "answer": "生效"}';

/**
 * The lines of a UTF-8 text file, empty ones included; gzip is recognised by its first bytes.
 *
 * @throws AppError `not_found`, `damaged_file` (also for one that is too large) or `bad_encoding`.
 */
export function readLines(file: string): string[] {
  const bytes = unpacked(file);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError(
      "bad_encoding",
      `${path.basename(file)} is not valid UTF-8 in row ${firstBadRow(bytes)}; save it as UTF-8`,
      { cause, details: { row: firstBadRow(bytes) } },
    );
  }
  return text.split(/\r?\n/);
}

function unpacked(file: string): Uint8Array {
  // Messages may leave this machine, where nobody is told of its directories.
  const name = path.basename(file);
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined) {
    throw new AppError("not_found", `${name} does not exist; check the path`);
  }
  if (!facts.isFile()) {
    const message = `${name} is ${kindOf(facts)}, not a file; give the path of a file`;
    throw new AppError("not_found", message);
  }
  if (facts.size > FILE_BYTES_MAX) throw tooLarge(name);
  try {
    const bytes = readFileSync(file);
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return isPacked ? gunzipSync(bytes, { maxOutputLength: FILE_BYTES_MAX }) : bytes;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(name);
    if (!code.startsWith("Z_")) {
      throw new AppError("io_failed", `cannot read ${name}: ${code || "unknown"}`, { cause });
    }
    throw new AppError(
      "damaged_file",
      `${name} cannot be unpacked (${messageOf(cause)}); it may be truncated: make it again`,
      { cause },
    );
  }
}

function kindOf(facts: Stats): string {
  if (facts.isDirectory()) return "a directory";
  if (facts.isFIFO()) return "a pipe";
  return facts.isSocket() ? "a socket" : "a device";
}

function tooLarge(name: string): AppError {
  return new AppError(
    "damaged_file",
    `${name} has more than ${FILE_BYTES_MAX / 1024 / 1024} MB of text; split it`,
  );
}

function firstBadRow(bytes: Uint8Array): number {
  for (let row = 1, start = 0; start <= bytes.length; row++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, end));
    } catch {
      return row;
    }
    start = end + 1;
  }
  return 0;
}

/** Refuses what a filler would refuse, and an answer that cannot be found. */
function checkSample(sample: Sample, { name, row }: { name: string; row: number }): void {
  const { text, length, targets, answers } = sample;
  const fail = (what: string, cause?: unknown): AppError =>
    new AppError("bad_row", `${name}, row ${row}: ${what}`, { details: { row }, cause });
  const characters = characterCount(text);
  if (characters > TEXT_LENGTH_MAX) {
    throw fail(`the text has ${characters} characters; at most ${TEXT_LENGTH_MAX} are taken`);
  }
  const isMissed =
    targets !== undefined && answers.length > 0 && !answers.some((each) => targets.includes(each));
  if (isMissed) throw fail(`no answer is among the targets (${targets.join(", ")})`);
  try {
    findBlanks({ text, length, topK: 1 });
  } catch (error) {
    throw fail(messageOf(error), error);
  }
}

/** Puts the file before the message of whatever is wrong with a row. */
function naming<T>(name: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { details } = error;
    throw new AppError("bad_row", `${name}, ${error.message}`, {
      cause: error,
      ...(details === undefined ? {} : { details }),
    });
  }
}
