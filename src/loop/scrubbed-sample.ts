// A sample of a file without personal data, as something that may be stored.

import type { Scrubber } from "../feedback/index.ts";
import type { Sample, SampleInFile } from "../tasks/fill-mask/index.ts";

/** The sample as it may be stored; throws as the scrubber does. */
export function scrubbed({ row: _row, ...sample }: SampleInFile, scrubber: Scrubber): Sample {
  const { text, answers, rejected, targets = [], domain, source } = sample;
  const clean = scrubber.scrubSample({ text, words: [...answers, ...rejected, ...targets] });
  const wordsFrom = (start: number, count: number): string[] =>
    clean.words.slice(start, start + count);
  const cleaned = (label: string | undefined): string | undefined =>
    label === undefined ? undefined : scrubber.scrub(label).text;
  return {
    ...sample,
    text: clean.text,
    answers: wordsFrom(0, answers.length),
    rejected: wordsFrom(answers.length, rejected.length),
    targets: sample.targets && wordsFrom(answers.length + rejected.length, targets.length),
    domain: cleaned(domain),
    source: cleaned(source),
  };
}
