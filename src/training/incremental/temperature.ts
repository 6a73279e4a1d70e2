// One temperature for all scores, so that confidence is what it says (Guo et al. 2017, arXiv
// 1706.04599): the T that makes known tokens likeliest under softmax(logits / T).

/** Logits [V] at one place, and the token that stood there. */
export interface ScoredToken {
  readonly logits: Float32Array;
  readonly label: number;
}

const LOWEST = 0.5;
const HIGHEST = 3;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The best temperature within 0.5..3, to two digits; 1 without tokens. */
export function fitTemperature(tokens: readonly ScoredToken[]): number {
  if (tokens.length === 0) return 1;
  // The loss is convex in 1/T, so a golden-section search finds its lowest point.
  let [low, high] = [1 / HIGHEST, 1 / LOWEST];
  while (high - low > 1e-3) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    if (lossAt(tokens, left) < lossAt(tokens, right)) high = right;
    else low = left;
  }
  return Math.round(200 / (low + high)) / 100;
}

/**
 * The temperature of a version after a training, from that before: what the training did to the
 * sharpness of scores is taken back, and whatever the version before was fitted to stays.
 *
 * @param fitted what `fitTemperature` makes of the same tokens before and after
 */
export function temperatureAfter(
  earlier: number,
  fitted: { readonly before: number; readonly after: number },
): number {
  return Math.round((100 * earlier * fitted.after) / fitted.before) / 100;
}

/** Mean −ln p under softmax(logits · inverse). */
function lossAt(tokens: readonly ScoredToken[], inverse: number): number {
  let loss = 0;
  for (const { logits, label } of tokens) {
    let highest = -Infinity;
    for (const logit of logits) if (logit > highest) highest = logit;
    let sum = 0;
    for (const logit of logits) sum += Math.exp((logit - highest) * inverse);
    loss += Math.log(sum) - ((logits[label] as number) - highest) * inverse;
  }
  return loss / tokens.length;
}
