// "Did you mean": the known names that a mistyped one probably stands for.

const MAX_MATCHES = 3;

/**
 * The known names closest to `name`, best first and at most three: within a third of the name's
 * length in edits, or with the same last part ("port" for "server.port" and "SERVER_PORT").
 */
export function nearMatches(name: string, known: Iterable<string>): readonly string[] {
  const wanted = fold(name);
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return [...known]
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_MATCHES)
    .map(({ candidate }) => candidate);
}

function distanceTo(wanted: string, candidate: string): number {
  const isLastPart = fold(candidate.split(/[._]/).at(-1) ?? "") === wanted;
  return isLastPart ? 0 : editDistance(wanted, fold(candidate));
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** Levenshtein distance in UTF-16 units, by rows of the usual table. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
