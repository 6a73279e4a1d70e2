// Lines of samples, as `train` reads them: a line may have rejected words alone. What matters only
// where a sample is asked, and what only a review here can say, is read over.

import { messageOf } from "../../base/index.ts";
import { badRow, checkedSample, requireAgreement, type ImportedSample } from "./rows.ts";

const FIELDS = new Set(["text", "answer", "answers", "rejected", "domain", "source"]);
/** Fields that matter when a sample is asked, and what only a review here can say. */
const IGNORED = new Set(["targets", "length", "reviewed"]);
const EXAMPLE = '{"text": "订单一直没___", "answer": "生效"}';

/**
 * Samples from lines of JSON; empty lines are skipped.
 *
 * @throws AppError `bad_row` with the first bad row, from 1.
 */
export function parseSampleLines(lines: readonly string[]): ImportedSample[] {
  const samples = lines.flatMap((line, i) =>
    line.trim() === "" ? [] : [checkedSample(parseLine(line, i + 1))],
  );
  requireAgreement(samples);
  return samples;
}

function parseLine(line: string, row: number): ImportedSample {
  const value = parseJson(line, row);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRow(row, `not a JSON object; expected ${EXAMPLE}`);
  }
  const raw = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(raw).find((name) => !FIELDS.has(name) && !IGNORED.has(name));
  if (unknown !== undefined) {
    throw badRow(row, `unknown field "${unknown}"; known: ${[...FIELDS, ...IGNORED].join(", ")}`);
  }
  const { text } = raw;
  if (typeof text !== "string") throw badRow(row, `text is missing; expected ${EXAMPLE}`);
  const answer = optionalText(raw, "answer", row);
  const answers = [...(answer === undefined ? [] : [answer]), ...words(raw, "answers", row)];
  const rejected = words(raw, "rejected", row);
  if (answers.length + rejected.length === 0) throw badRow(row, "answer is missing");
  optionalText(raw, "source", row);
  return { row, text, answers, rejected, domain: optionalText(raw, "domain", row) };
}

function parseJson(line: string, row: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw badRow(row, `not JSON (${messageOf(error)}); expected ${EXAMPLE}`, error);
  }
}

function optionalText(
  raw: Readonly<Record<string, unknown>>,
  name: string,
  row: number,
): string | undefined {
  const value = raw[name];
  if (value === undefined || typeof value === "string") return value;
  throw badRow(row, `${name} is ${JSON.stringify(value)}; expected text`);
}

function words(raw: Readonly<Record<string, unknown>>, name: string, row: number): string[] {
  const value = raw[name] ?? [];
  if (Array.isArray(value) && value.every((word) => typeof word === "string")) return value;
  throw badRow(row, `${name} is ${JSON.stringify(value)}; expected a list of words`);
}
