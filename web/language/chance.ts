// A p-value by itself, as in a table, and in a sentence.

/** "0.042", "<0.001" */
export function formatPValue(pValue: number): string {
  return pValue < 0.001 ? "<0.001" : pValue.toFixed(3);
}

/** "p = 0.042", "p < 0.001" */
export function formatChance(pValue: number): string {
  return pValue < 0.001 ? "p < 0.001" : `p = ${formatPValue(pValue)}`;
}
