// Many values in as many statements as take them.

/** Values in one statement, well below the 32,766 that SQLite takes. */
const VALUES_MAX = 10_000;

/** The values in their order, `size` at a time. */
export function* parts<T>(values: readonly T[], size = VALUES_MAX): Generator<readonly T[]> {
  for (let start = 0; start < values.length; start += size) {
    yield values.slice(start, start + size);
  }
}

/** Rows to insert, so many at a time that their columns stay below the same limit. */
export function rowParts<T extends object>(rows: readonly T[]): Generator<readonly T[]> {
  const columnCount = Object.keys(rows[0] ?? {}).length;
  return parts(rows, Math.floor(VALUES_MAX / Math.max(1, columnCount)));
}
