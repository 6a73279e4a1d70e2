// What a sample says, without personal data. Knows nothing of files and stores.

import type { Scrubber } from "./scrub/scrubber.ts";

export interface SampleText {
  readonly text: string;
  readonly answers: readonly string[];
  readonly rejected: readonly string[];
  readonly domain?: string | undefined;
}

/** Throws as the scrubber does; the sample must not be stored then. */
export function scrubbedContent(
  { text, answers, rejected, domain }: SampleText,
  scrubber: Scrubber,
): SampleText {
  const clean = scrubber.scrubSample({ text, words: [...answers, ...rejected] });
  return {
    text: clean.text,
    answers: clean.words.slice(0, answers.length),
    rejected: clean.words.slice(answers.length),
    domain: domain === undefined ? undefined : scrubber.scrub(domain).text,
  };
}
