// Texts as they are compared. Knows nothing of blanks.

const DRESS = /[\p{P}\p{Z}\p{C}\s]+/gu;

/** A text without what may differ in writing: spaces, punctuation, full width, case. */
export function bareText(text: string): string {
  return text.normalize("NFKC").replaceAll(DRESS, "").toLowerCase();
}

/** The parts of a text between punctuation and spaces, each bare; empty ones at its ends stay. */
export function bareClauses(text: string): string[] {
  return text.normalize("NFKC").split(DRESS).map(bareText);
}
