// Texts as people count them.

/** Unicode characters, not UTF-16 units: 1 for 𠮷. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
