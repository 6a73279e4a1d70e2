// One line of a sample or suite file: a text with a blank and what belongs there, or what does not.

import { AppError, messageOf } from "../../base/index.ts";

export interface Sample {
  readonly text: string;
  /** All right answers; none where wrong words alone are known, which only training reads. */
  readonly answers: readonly string[];
  readonly rejected: readonly string[];
  readonly targets?: readonly string[] | undefined;
  readonly length?: 1 | "auto" | undefined;
  readonly domain?: string | undefined;
  readonly source?: string | undefined;
  /** Whether a person vouches for it, so that no training doubts it. */
  readonly reviewed?: true | undefined;
}

const FIELDS = new Set([
  "text",
  "answer",
  "answers",
  "rejected",
  "targets",
  "length",
  "domain",
  "source",
  "reviewed",
]);

/** Domains that are shown, those with the most samples; more would be a list nobody reads. */
export const DOMAINS_SHOWN_MAX = 20;
const DOMAIN_CHARACTERS_MAX = 64;

/** A domain as one short line: it is told of versions, which hold no texts. */
export function domainLabel(domain: string): string {
  return domain.replaceAll(/\s+/g, " ").slice(0, DOMAIN_CHARACTERS_MAX);
}

/** What is a sample where it is read. */
export interface SampleRules {
  /** Whether rejected words alone will do: they can be learned, but there is no asking for them. */
  readonly isAnswerOptional?: boolean | undefined;
}

/**
 * Samples from lines of JSON; empty lines are skipped.
 *
 * @throws AppError `bad_row` with the row number (from 1) of the first bad line.
 */
export function parseSamples(lines: Iterable<string>, rules: SampleRules = {}): Sample[] {
  const samples: Sample[] = [];
  let row = 0;
  for (const line of lines) {
    row++;
    if (line.trim() === "") continue;
    samples.push(parseSample(line, row, rules));
  }
  return samples;
}

/** The sample of one line; `row` stands in what is said of a bad one. Throws `bad_row`. */
export function parseSample(
  line: string,
  row: number,
  { isAnswerOptional = false }: SampleRules = {},
): Sample {
  const fail = (what: string): AppError =>
    new AppError("bad_row", `row ${row}: ${what}`, { details: { row } });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw fail(`not JSON (${messageOf(error)}); expected {"text": "…___…", "answer": "…"}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail("not a JSON object");
  }
  const raw = value as Record<string, unknown>;
  const unknown = Object.keys(raw).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) {
    throw fail(`unknown field "${unknown}"; known: ${[...FIELDS].join(", ")}`);
  }
  const { text, answer, length, reviewed } = raw;
  if (typeof text !== "string" || text === "") throw fail("text should be a sentence with a blank");
  const words = (field: string): string[] | undefined => {
    const list = raw[field];
    if (list === undefined) return undefined;
    const good = Array.isArray(list) && list.every((word) => typeof word === "string" && word);
    if (!good) throw fail(`${field} should be a list of words`);
    return list as string[];
  };
  if (answer !== undefined && (typeof answer !== "string" || answer === "")) {
    throw fail("answer should be a word");
  }
  const answers = [
    ...new Set([...(answer === undefined ? [] : [answer]), ...(words("answers") ?? [])]),
  ];
  const rejected = words("rejected") ?? [];
  if (answers.length === 0 && rejected.length === 0) throw fail("answer is missing");
  if (answers.length === 0 && !isAnswerOptional) {
    throw fail("answer is missing; a sample of rejected words alone can be learned, but not asked");
  }
  if (length !== undefined && length !== 1 && length !== "auto") {
    throw fail(`length is ${JSON.stringify(length)}; expected 1 or "auto"`);
  }
  if (reviewed !== undefined && typeof reviewed !== "boolean") {
    throw fail("reviewed should be true or false");
  }
  const optional = (field: string): string | undefined => {
    const label = raw[field];
    if (label === undefined || typeof label === "string") return label;
    throw fail(`${field} should be text`);
  };
  return {
    text,
    answers,
    rejected,
    targets: words("targets"),
    length,
    domain: optional("domain"),
    source: optional("source"),
    reviewed: reviewed === true || undefined,
  };
}
