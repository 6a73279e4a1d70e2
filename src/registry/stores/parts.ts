// Many values in as many statements as take them.

/** Values in one statement, well below the 32,766 that SQLite takes. */
const VALUES_MAX = 10_000;

/** The values in their order, `size` at a time. */
export function* parts<T>(values: readonly T[], size = VALUES_MAX): Generator<readonly T[]> {
  for (let start = 0; start < values.length; start += size) {
    yield values.slice(start, start + size);
  }
}

/** All rows that a query gives for values, asked for as many of them as one statement takes. */
export async function rowsInParts<T, Row>(
  values: readonly T[],
  select: (part: readonly T[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of parts(values)) for (const row of await select(part)) rows.push(row);
  return rows;
}

/** Rows to insert, so many at a time that their columns stay below the same limit. */
export function rowParts<T extends object>(rows: readonly T[]): Generator<readonly T[]> {
  const columnCount = Object.keys(rows[0] ?? {}).length;
  return parts(rows, Math.floor(VALUES_MAX / Math.max(1, columnCount)));
}
