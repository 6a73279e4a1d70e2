// Learns WordPiece pieces from word counts by byte-pair merges (Sennrich et al. 2016), the pieces
// written as WordPiece reads them: "##" before one that continues a word.

/** Words rarer than this teach little and cost most of the time. */
const WORD_MINIMUM = 5;

interface Spelling {
  pieces: string[];
  readonly count: number;
}

/** The `pieceCount` pieces of two letters or more that the most frequent merges make, in order. */
export function learnWordPieces(words: ReadonlyMap<string, number>, pieceCount: number): string[] {
  const spellings: Spelling[] = [];
  for (const [word, count] of words) {
    if (count < WORD_MINIMUM || word.length < 2) continue;
    const pieces = [...word].map((letter, index) => (index === 0 ? letter : `##${letter}`));
    spellings.push({ pieces, count });
  }
  const learned = new Set<string>();
  while (learned.size < pieceCount) {
    const pair = mostFrequentPair(spellings);
    if (pair === undefined) break;
    learned.add(joined(pair[0], pair[1]));
    for (const spelling of spellings) merge(spelling, pair);
  }
  return [...learned];
}

function mostFrequentPair(spellings: readonly Spelling[]): [string, string] | undefined {
  const counts = new Map<string, number>();
  for (const { pieces, count } of spellings) {
    for (let i = 1; i < pieces.length; i++) {
      const key = `${pieces[i - 1]} ${pieces[i]}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let bestCount = 0;
  for (const [key, count] of counts) {
    if (count < bestCount || (count === bestCount && best !== undefined && key >= best)) continue;
    best = key;
    bestCount = count;
  }
  if (best === undefined) return undefined;
  const [left = "", right = ""] = best.split(" ");
  return [left, right];
}

function merge(spelling: Spelling, [left, right]: readonly [string, string]): void {
  const { pieces } = spelling;
  for (let i = 1; i < pieces.length; i++) {
    if (pieces[i - 1] === left && pieces[i] === right) {
      pieces.splice(i - 1, 2, joined(left, right));
    }
  }
}

function joined(left: string, right: string): string {
  return left + right.slice(2);
}
