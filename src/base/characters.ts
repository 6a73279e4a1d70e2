// Texts as people count them.

/** Characters of the longest text that anything here takes. */
export const TEXT_LENGTH_MAX = 2000;

/** Unicode characters, not UTF-16 units: 1 for 𠮷. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
