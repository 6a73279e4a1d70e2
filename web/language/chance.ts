// A p-value in a sentence.

/** "p = 0.042", "p < 0.001" */
export function formatChance(pValue: number): string {
  return pValue < 0.001 ? "p < 0.001" : `p = ${pValue.toFixed(3)}`;
}
