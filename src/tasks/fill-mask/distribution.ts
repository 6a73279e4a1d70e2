// Logits → log-probabilities, and the best of a list.

/** Rows [M, V] of logits, divided by a temperature, become natural log-probabilities in place. */
export function logSoftmaxRows(
  logits: Float32Array,
  vocabularySize: number,
  temperature = 1,
): void {
  for (let start = 0; start < logits.length; start += vocabularySize) {
    const row = logits.subarray(start, start + vocabularySize);
    let highest = -Infinity;
    for (let i = 0; i < row.length; i++) highest = Math.max(highest, row[i] as number);
    let sum = 0;
    for (let i = 0; i < row.length; i++) {
      sum += Math.exp(((row[i] as number) - highest) / temperature);
    }
    const shift = highest / temperature + Math.log(sum);
    for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) / temperature - shift;
  }
}

/** Indices of the `count` highest scores, best first; -Infinity never counts. */
export function topIndices(scores: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  let threshold = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score <= threshold || score === -Infinity) continue;
    let at = best.length;
    while (at > 0 && (scores[best[at - 1] as number] as number) < score) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
    if (best.length === count) threshold = scores[best[count - 1] as number] as number;
  }
  return best;
}

/** ln Σ exp(x). */
export function logSumExp(values: readonly number[]): number {
  const highest = Math.max(...values);
  if (highest === -Infinity) return -Infinity;
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}
