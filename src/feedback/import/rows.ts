// What all imports have in common: a sample with its row, checked, and at odds with no other row.

import { AppError, characterCount, messageOf, TEXT_LENGTH_MAX } from "../../base/index.ts";
import { canonicalText, checkedWord, countBlanks, requireConsistent } from "../sample-text.ts";

/** A sample from a file, checked, with the row it stands in. */
export interface ImportedSample {
  readonly row: number;
  readonly text: string;
  readonly answers: readonly string[];
  readonly rejected: readonly string[];
  readonly domain?: string | undefined;
}

/** Characters of the name of a domain. */
export const DOMAIN_LENGTH_MAX = 64;

export function badRow(row: number, what: string, cause?: unknown): AppError {
  return new AppError("bad_row", `row ${row}: ${what}`, { details: { row }, cause });
}

/** Checks and cleans a sample. Throws AppError `bad_row`. */
export function checkedSample(sample: ImportedSample): ImportedSample {
  const { row, domain } = sample;
  const text = canonicalText(sample.text);
  const length = characterCount(text);
  if (length > TEXT_LENGTH_MAX) {
    throw badRow(row, `the text has ${length} characters; at most ${TEXT_LENGTH_MAX}`);
  }
  if (countBlanks(text) === 0) {
    throw badRow(row, "the text has no blank; write ___ where the answer belongs");
  }
  const domainLength = characterCount(domain ?? "");
  if (domainLength > DOMAIN_LENGTH_MAX) {
    throw badRow(row, `the domain has ${domainLength} characters; at most ${DOMAIN_LENGTH_MAX}`);
  }
  try {
    const answers = unique(sample.answers, "the answer");
    const rejected = unique(sample.rejected, "the rejected word");
    requireConsistent(answers, rejected);
    return { row, text, answers, rejected, domain };
  } catch (error) {
    throw badRow(row, messageOf(error).replace(/\.$/, ""), error);
  }
}

/** Throws AppError `bad_row` when one row calls right what another one calls wrong. */
export function requireAgreement(samples: readonly ImportedSample[]): void {
  const said = new Map<string, { readonly row: number; readonly isRight: boolean }>();
  for (const { row, text, answers, rejected } of samples) {
    for (const word of [...answers, ...rejected]) {
      const isRight = answers.includes(word);
      const key = `${text}\n${word}`;
      const earlier = said.get(key);
      if (earlier !== undefined && earlier.isRight !== isRight) {
        const [is, was] = isRight ? ["right", "wrong"] : ["wrong", "right"];
        const what = `${word} is ${is} here and ${was} in row ${earlier.row}, in the same text`;
        throw badRow(row, `${what}; keep one of the two rows`);
      }
      said.set(key, { row, isRight });
    }
  }
}

function unique(words: readonly string[], label: string): string[] {
  return [...new Set(words.map((word) => checkedWord(word, label)))];
}
