// Whether two answers to the same questions differ by more than chance.

/**
 * P that chance alone makes questions change sides as unevenly: twice the tail of a fair coin
 * thrown once for each question that did (McNemar 1947, the exact test, two-sided). 1 when none
 * did.
 *
 * @param lost questions that were right and are wrong now
 * @param won those that were wrong and are right now
 */
export function mcNemar(lost: number, won: number): number {
  const count = lost + won;
  // As a logarithm: beyond a thousand throws, 2^-count is no number any more.
  let lnTerm = -count * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(lost, won); k++) {
    tail += Math.exp(lnTerm);
    lnTerm += Math.log((count - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
