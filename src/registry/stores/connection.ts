// A connection to the embedded store, with answers that come later, so that the driver may work in
// another thread. The only door to the driver.

import Database from "libsql";

/** How long a statement waits for another connection that writes, unless it is told otherwise. */
export const BUSY_TIMEOUT_MS = 10_000;

/** What a statement gives. */
export interface Answer {
  readonly rows: readonly object[];
  /** Rows changed; absent for a statement that reads. */
  readonly changes?: number;
}

export interface Connection {
  /** One statement with values for its ? in order. */
  query(text: string, values: readonly unknown[]): Promise<Answer>;
  /** Statements that give no rows, none of which stays open, whatever becomes of it. */
  exec(text: string): Promise<void>;
  /** Ends a transaction that has failed; SQLite has rolled back by itself on a full disk. */
  rollback(): Promise<void>;
  close(): Promise<void>;
}

/** One in this thread; throws where the file cannot be opened. */
export function openConnection(file: string): Connection {
  return connectionOver(new Database(file, { timeout: BUSY_TIMEOUT_MS }));
}

/** A connection that is only read from, which never has to wait for one that writes. */
export interface Reader extends Connection {
  /** A number that is another one after each change by other connections; takes microseconds. */
  stamp(): number;
}

/** One in this thread, to a file that is there. */
export function openReader(file: string): Reader {
  const driver = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    const dataVersion = driver.prepare("PRAGMA data_version");
    return {
      ...connectionOver(driver),
      stamp: () => (dataVersion.get() as { data_version: number }).data_version,
    };
  } catch (error) {
    driver.close();
    throw error;
  }
}

function connectionOver(driver: Database.Database): Connection {
  return {
    async query(text, values) {
      const statement = driver.prepare(text);
      if (statement.reader) return { rows: statement.all(values) as object[] };
      return { rows: [], changes: statement.run(values).changes };
    },
    async exec(text) {
      driver.exec(text);
    },
    async rollback() {
      if (driver.inTransaction) driver.exec("ROLLBACK");
    },
    async close() {
      driver.close();
    },
  };
}
