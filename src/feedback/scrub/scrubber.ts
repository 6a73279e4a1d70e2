// The scrub: replaces personal data in a text before anything is stored. Knows in which order the
// detectors look, and that what it returns is clean: it looks again until nothing more is found.

import { AppError, characterCount, invariant, messageOf } from "../../base/index.ts";
import { detectAddresses } from "./addresses.ts";
import { detectCreditCodes, detectPlates, detectTravelDocuments } from "./codes.ts";
import {
  PII_KINDS,
  TAKEN,
  withoutFindings,
  type Detector,
  type Finding,
  type PiiKind,
} from "./kinds.ts";
import { detectNames } from "./names.ts";
import { detectEmails, detectIpAddresses } from "./network.ts";
import { detectNumbers } from "./numbers.ts";
import { detectSecrets } from "./secrets.ts";
import { isSurrogate } from "./surrogate-signs.ts";
import { surrogateFor } from "./surrogates.ts";
import { createTermDetector } from "./terms.ts";
import { hasMarkers, replaceInView, viewOf, type View } from "./view.ts";

export const SCRUB_LENGTH_MAX = 20_000;
/** Passes until nothing more is found; two nearly always. */
const PASSES_MAX = 8;
/** Tries for a surrogate that is not yet in the text; names of one character have only one. */
const TRIES_MAX = 32;

export type PiiCounts = Readonly<Record<PiiKind, number>>;

export interface Scrubbed {
  /** As long as the original, in UTF-16 units, with every blank marker where it was. */
  readonly text: string;
  readonly counts: PiiCounts;
}

/** A text with blanks and the words that were said to belong or not to belong into the first. */
export interface ScrubbedSample extends Scrubbed {
  readonly words: string[];
}

export interface ScrubberOptions {
  /** Words that must never be stored. */
  readonly terms?: readonly string[];
}

export interface Scrubber {
  /**
   * The text with surrogates of the same shape and length for all personal data.
   *
   * @throws AppError `text_too_long` above {@link SCRUB_LENGTH_MAX}, `scrub_failed` for anything
   *   that goes wrong. Either way the text must not be stored.
   */
  scrub(text: string): Scrubbed;
  /**
   * A text with a blank and its words (answers, rejected, targets), each also seen in its place,
   * since 王小明 is a name in 我叫[MASK] and nothing by itself. Throws as {@link Scrubber.scrub}.
   */
  scrubSample(sample: { readonly text: string; readonly words: readonly string[] }): ScrubbedSample;
}

/** @throws AppError `invalid_input` for a term that is too short or too long. */
export function createScrubber({ terms = [] }: ScrubberOptions = {}): Scrubber {
  const detectors: readonly Detector[] = [
    createTermDetector(terms),
    detectEmails,
    detectSecrets,
    detectIpAddresses,
    detectCreditCodes,
    detectTravelDocuments,
    detectNumbers,
    detectPlates,
    detectAddresses,
    detectNames,
  ];
  return {
    scrub: (text) =>
      guarded(() => {
        refuseLong(characterCount(text));
        const ledger = createLedger();
        return { text: cleaned(text, detectors, ledger), counts: ledger.counts };
      }),
    scrubSample: ({ text, words }) =>
      guarded(() => {
        refuseLong(characterCount(text + words.join("")));
        const ledger = createLedger();
        return { ...cleanedSample({ text, words }, detectors, ledger), counts: ledger.counts };
      }),
  };
}

/** Which surrogate an original has been given, and how often each kind was found. */
interface Ledger {
  readonly counts: Record<PiiKind, number>;
  /** Each original, however it is written → its ordinal. */
  readonly surrogates: Map<string, number>;
  /** Each shape that was found, as it is written → what replaces it. */
  readonly replacements: Map<string, string | undefined>;
  /** The next free ordinal of each kind. */
  readonly ordinals: Record<PiiKind, number>;
}

function createLedger(): Ledger {
  const zeros = (): Record<PiiKind, number> =>
    Object.fromEntries(PII_KINDS.map((kind) => [kind, 0])) as Record<PiiKind, number>;
  return { counts: zeros(), surrogates: new Map(), replacements: new Map(), ordinals: zeros() };
}

function refuseLong(length: number): void {
  if (length > SCRUB_LENGTH_MAX) {
    throw new AppError(
      "text_too_long",
      `the text has ${length} characters; at most ${SCRUB_LENGTH_MAX} can be searched for ` +
        "personal data, so it was not stored",
      { details: { length, limit: SCRUB_LENGTH_MAX } },
    );
  }
}

/** Whatever goes wrong in the search ends in an error that blocks the text. */
function guarded<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      "scrub_failed",
      `the search for personal data failed (${messageOf(error)}), so the text was not stored; ` +
        "please report this with the kind of text, not the text itself",
      { cause: error },
    );
  }
}

function cleaned(text: string, detectors: readonly Detector[], ledger: Ledger): string {
  let clean = text;
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const before = clean;
    clean = scrubbedOnce(clean, detectors, ledger);
    if (clean === before) {
      invariant(clean.length === text.length, () => "a surrogate is not as long as its original");
      return clean;
    }
  }
  throw new AppError(
    "scrub_failed",
    `the search for personal data still finds some after ${PASSES_MAX} passes; not stored`,
  );
}

/**
 * One look at the text without its markers, and one with markers as boundaries at what the first
 * left over: were both to look at everything, each could undo what the other made.
 */
function scrubbedOnce(text: string, detectors: readonly Detector[], ledger: Ledger): string {
  const whole = viewOf(text, "drop");
  const findings = findingsIn(whole.text, detectors);
  const clean = replaced(whole, findings, ledger);
  if (!hasMarkers(text)) return clean;
  const parted = viewOf(clean, "break");
  const taken = new Set(findings.flatMap(({ start, end }) => whole.at.slice(start, end)));
  const rest = parted.at.map((place, i) => (taken.has(place) ? TAKEN : parted.text.charAt(i)));
  return replaced(parted, findingsIn(rest.join(""), detectors), ledger);
}

function findingsIn(text: string, detectors: readonly Detector[]): Finding[] {
  const findings: Finding[] = [];
  let rest = text;
  for (const detect of detectors) {
    const found = apart(detect(rest));
    if (found.length === 0) continue;
    findings.push(...found);
    rest = withoutFindings(rest, found);
  }
  return findings;
}

function replaced(view: View, findings: readonly Finding[], ledger: Ledger): string {
  const replacements = findings.flatMap(({ kind, start, end }) => {
    const text = replacementOf(kind, view.text.slice(start, end), view.text, ledger);
    if (text === undefined) return [];
    invariant(text.length === end - start, () => `a surrogate of kind ${kind} changed its length`);
    ledger.counts[kind]++;
    return [{ start, end, text }];
  });
  return replacements.length === 0 ? view.original : replaceInView(view, replacements);
}

/** Of findings that overlap the first. */
function apart(findings: readonly Finding[]): Finding[] {
  const kept: Finding[] = [];
  for (const finding of findings.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (finding.start >= (kept.at(-1)?.end ?? 0)) kept.push(finding);
  }
  return kept;
}

/** The surrogate for a find; undefined when it is one. Asked once for each way of writing. */
function replacementOf(
  kind: PiiKind,
  shape: string,
  text: string,
  ledger: Ledger,
): string | undefined {
  const key = `${kind} ${shape}`;
  if (!ledger.replacements.has(key)) {
    const made = isSurrogate(kind, shape) ? undefined : surrogateOf(kind, shape, text, ledger);
    ledger.replacements.set(key, made);
  }
  return ledger.replacements.get(key);
}

function surrogateOf(kind: PiiKind, shape: string, text: string, ledger: Ledger): string {
  const key = `${kind} ${shape.replaceAll(/[^\p{L}\p{N}]/gu, "").toUpperCase()}`;
  const known = ledger.surrogates.get(key);
  if (known !== undefined) return surrogateFor(kind, shape, known);
  let ordinal = ledger.ordinals[kind];
  let surrogate = surrogateFor(kind, shape, ordinal);
  for (let tries = 1; tries < TRIES_MAX && text.includes(surrogate); tries++) {
    ordinal++;
    surrogate = surrogateFor(kind, shape, ordinal);
  }
  ledger.surrogates.set(key, ordinal);
  ledger.ordinals[kind] = ordinal + 1;
  return surrogate;
}

const MARKER = /\[MASK\]|\[BLANK\]|_{2,}|＿{2,}/;

function cleanedSample(
  sample: { readonly text: string; readonly words: readonly string[] },
  detectors: readonly Detector[],
  ledger: Ledger,
): { text: string; words: string[] } {
  let text = cleaned(sample.text, detectors, ledger);
  const words: string[] = [];
  for (const word of sample.words) {
    const marker = MARKER.exec(text);
    if (marker === null) {
      words.push(cleaned(word, detectors, ledger));
      continue;
    }
    const start = marker.index;
    const after = start + marker[0].length;
    const filled = text.slice(0, start) + word + text.slice(after);
    const clean = cleaned(filled, detectors, ledger);
    const end = start + word.length;
    text = clean.slice(0, start) + marker[0] + clean.slice(end);
    words.push(cleaned(clean.slice(start, end), detectors, ledger));
  }
  return { text, words };
}
