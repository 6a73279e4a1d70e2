// A character 5-gram model over a token stream. Counts are not stored: all positions are sorted by
// the five tokens that follow them, and a count is the width of a range found by binary search.

/** Conditional probabilities P(token | up to four tokens before it). */
export interface NgramModel {
  /** Sum of ln P over `tokens[from..]`, each given up to ORDER − 1 tokens before it, in nats. */
  logProbability(tokens: readonly number[], from: number): number;
  /** How often `tokens` (at most ORDER of them) occur one after another. */
  count(tokens: readonly number[]): number;
}

export const ORDER = 5;

/** Builds the model from a stream in which `separator` stands between documents.
 *
 *  P_n(w | c) = (count(c w) + μ P_{n−1}(w | c′)) / (count(c) + μ), c′ being c without its first
 *  token: Dirichlet-smoothed back-off (MacKay and Peto 1995), a proper distribution. */
export function buildNgramModel(
  stream: Uint16Array,
  vocabularySize: number,
  strength: number,
): NgramModel {
  const positions = sortPositions(stream, vocabularySize);
  const unigrams = new Uint32Array(vocabularySize);
  for (const token of stream) unigrams[token] = (unigrams[token] ?? 0) + 1;

  const count = (tokens: readonly number[]): number => {
    if (tokens.length === 0) return stream.length;
    if (tokens.length === 1) return unigrams[tokens[0] ?? 0] ?? 0;
    const range = { stream, positions, tokens };
    return boundary(range, 1) - boundary(range, 0);
  };
  const cache = new Map<string, number>();
  const cachedCount = (tokens: readonly number[]): number => {
    const key = String.fromCharCode(...tokens);
    let value = cache.get(key);
    if (value === undefined) {
      value = count(tokens);
      if (cache.size > 2_000_000) cache.clear();
      cache.set(key, value);
    }
    return value;
  };
  const probability = (context: readonly number[], token: number): number => {
    let p = (cachedCount([token]) + 0.5) / (stream.length + 0.5 * vocabularySize);
    for (let length = 1; length <= context.length; length++) {
      const tail = context.slice(context.length - length);
      const total = cachedCount(tail);
      if (total === 0) break;
      p = (cachedCount([...tail, token]) + strength * p) / (total + strength);
    }
    return p;
  };
  return {
    count,
    logProbability: (tokens, from) => {
      let sum = 0;
      for (let at = from; at < tokens.length; at++) {
        const context = tokens.slice(Math.max(0, at - ORDER + 1), at);
        sum += Math.log(probability(context, tokens[at] ?? 0));
      }
      return sum;
    },
  };
}

/** All positions of the stream in order of their next ORDER tokens: radix sort, last token first. */
function sortPositions(stream: Uint16Array, vocabularySize: number): Uint32Array {
  const length = stream.length;
  let from = new Uint32Array(length);
  let to = new Uint32Array(length);
  for (let i = 0; i < length; i++) from[i] = i;
  for (let depth = ORDER - 1; depth >= 0; depth--) {
    const starts = new Uint32Array(vocabularySize + 1);
    const tokenAt = (position: number): number => stream[position + depth] ?? 0;
    for (let i = 0; i < length; i++) {
      const next = tokenAt(i) + 1;
      starts[next] = (starts[next] ?? 0) + 1;
    }
    for (let i = 1; i <= vocabularySize; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
    for (let i = 0; i < length; i++) {
      const position = from[i] ?? 0;
      const token = tokenAt(position);
      const slot = starts[token] ?? 0;
      to[slot] = position;
      starts[token] = slot + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}

interface Range {
  readonly stream: Uint16Array;
  readonly positions: Uint32Array;
  readonly tokens: readonly number[];
}

/** First index whose n-gram is not before (`after` 0) or is behind (`after` 1) the searched one. */
function boundary({ stream, positions, tokens }: Range, after: 0 | 1): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const position = positions[middle] ?? 0;
    let order = 0;
    for (let i = 0; i < tokens.length && order === 0; i++) {
      order = (stream[position + i] ?? 0) - (tokens[i] ?? 0);
    }
    if (order < after) low = middle + 1;
    else high = middle;
  }
  return low;
}
