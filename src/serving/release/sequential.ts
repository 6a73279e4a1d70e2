// Tests of "is this share of events too high?" that may be looked at after every request. Pure
// numbers: it knows neither arms nor time.

/** Of how many requests so many had the event. */
export interface Count {
  readonly count: number;
  readonly events: number;
}

/** Shares of requests, 0..1: what is fine, and what is to be found out. */
export interface Hypotheses {
  readonly fine: number;
  readonly bad: number;
}

/**
 * How much one look adds to the evidence (natural logarithm) that the share is `bad`, not `fine`.
 * The sum over all looks is the likelihood ratio test of Wald (1945). As a test martingale it stays
 * below ln(1/α) for ever with probability 1 − α while the share is at most `fine` (Ville 1939),
 * however often it is looked at; so reaching ln(1/α) once is a proof at level α. The hypotheses may
 * change from look to look, as long as they are chosen before it.
 */
export function evidenceOf({ count, events }: Count, { fine, bad }: Hypotheses): number {
  return events * Math.log(bad / fine) + (count - events) * Math.log((1 - bad) / (1 - fine));
}

/** Evidence that proves it at level `alpha`. */
export function proofAt(alpha: number): number {
  return Math.log(1 / alpha);
}

/** Requests that the proof takes on average when the share is `bad` (Wald's approximation). */
export function requestsToProof(alpha: number, { fine, bad }: Hypotheses): number {
  const gain = evidenceOf({ count: 1, events: bad }, { fine, bad });
  return proofAt(alpha) / gain;
}

/** P(at least `events` of `count`) when each has probability `share`: the binomial's upper tail. */
export function tailOf({ count, events }: Count, share: number): number {
  if (events <= 0) return 1;
  let term = Math.exp(
    logChoose(count, events) + events * Math.log(share) + (count - events) * Math.log1p(-share),
  );
  let sum = 0;
  for (let k = events; k <= count && term > sum * Number.EPSILON; k++) {
    sum += term;
    term *= ((count - k) / (k + 1)) * (share / (1 - share));
  }
  return Math.min(1, sum);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log((n - i + 1) / i);
  return sum;
}
