// The embedded store: one SQLite file, shared by the server and the commands that run beside it.
// Everything above it speaks Kysely.

import { Kysely, sql } from "kysely";
import { AppError, messageOf } from "../../base/index.ts";
import { openInThread, startBuiltThread } from "./connection-thread.ts";
import {
  BUSY_TIMEOUT_MS,
  openConnection,
  openReader,
  type Connection,
  type Reader,
} from "./connection.ts";
import { ConnectionDialect } from "./dialect.ts";
import { MIGRATIONS, type Tables } from "./schema.ts";

/** Everybody shares the connection, so what can be done later waits hardly at all. */
const LIGHT_TIMEOUT_MS = 5;

export interface Store {
  readonly db: Kysely<Tables>;
  /** To read what every request needs: in this thread, and without waiting for who writes. */
  readonly reading: Kysely<Tables>;
  /**
   * Runs `task` as one transaction that holds the write lock from its start, so that what it reads
   * is still true when it writes.
   */
  transact<T>(task: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /**
   * As `transact`, without waiting: not for the disk (what was written is lost when the machine
   * loses power in the next moments), and not for other processes that write: then it throws, and
   * the caller tries again later. For what is kept for a day only.
   */
  transactLightly<T>(task: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** A number that is another one after each change, by whomever; cheap (microseconds). */
  changeStamp(): number;
  close(): Promise<void>;
}

export interface StoreOptions {
  /**
   * Whether its statements run in a thread of their own, where the program is built: for a process
   * that has to answer others while the disk or another process takes its time.
   */
  readonly hasThread?: boolean | undefined;
}

/**
 * Opens or creates the store and brings its tables up to date. Throws `damaged_file` when the
 * file is not a database or from a newer program, `io_failed` when it cannot be read or written.
 */
export async function openSqliteStore(file: string, options: StoreOptions = {}): Promise<Store> {
  const opened: Connection[] = [];
  try {
    const connection = await connectionTo(file, options);
    opened.push(connection);
    await connection.exec("PRAGMA journal_mode = WAL");
    await connection.exec("PRAGMA foreign_keys = ON");
    // What somebody wanted deleted must not stay readable in free pages of the file.
    await connection.exec("PRAGMA secure_delete = ON");
    const reader = openReader(file);
    opened.push(reader);
    const store = createStore(connection, reader);
    await store.transact((db) => migrate(db, file));
    return store;
  } catch (error) {
    for (const each of opened) await each.close().catch(() => {});
    throw asStoreError(error, file);
  }
}

async function connectionTo(
  file: string,
  { hasThread = false }: StoreOptions,
): Promise<Connection> {
  if (!hasThread || startBuiltThread === undefined) return openConnection(file);
  return openInThread(startBuiltThread(), file);
}

/**
 * Copies a store to a new file as it is at one moment, without the predictions, which may be kept
 * for a day only, and the messages that wait, which have been sent by then. Gives the content keys
 * of the versions in it; errors as `openSqliteStore`.
 */
export async function copySqliteStore(file: string, copy: string): Promise<readonly string[]> {
  const store = await openSqliteStore(file);
  try {
    await sql`VACUUM INTO ${copy}`.execute(store.db);
  } finally {
    await store.close();
  }
  const db = new Kysely<Tables>({ dialect: new ConnectionDialect(openConnection(copy)) });
  try {
    await db.deleteFrom("predictions").execute();
    await db.deleteFrom("webhooks").execute();
    await sql`VACUUM`.execute(db);
    const query = db.selectFrom("versions").select("key").where("state", "!=", "cleaned");
    const rows = await query.distinct().orderBy("key").execute();
    return rows.map(({ key }) => key);
  } finally {
    await db.destroy();
  }
}

function createStore(connection: Connection, reader: Reader): Store {
  const db = new Kysely<Tables>({ dialect: new ConnectionDialect(connection) });
  const reading = new Kysely<Tables>({ dialect: new ConnectionDialect(reader) });
  // A prepared statement that meets another's lock stays open until it is collected, and with it
  // what this connection sees stays as it is at that moment; `exec` closes it.
  const inTransaction = async <T>(
    own: Kysely<Tables>,
    task: (db: Kysely<Tables>) => Promise<T>,
  ): Promise<T> => {
    await connection.exec("BEGIN IMMEDIATE");
    try {
      const result = await task(own);
      await connection.exec("COMMIT");
      return result;
    } catch (error) {
      await connection.rollback();
      throw error;
    }
  };
  return {
    db,
    reading,
    transact: (task) => db.connection().execute((own) => inTransaction(own, task)),
    transactLightly: (task) =>
      db.connection().execute(async (own) => {
        await connection.exec("PRAGMA synchronous = NORMAL");
        await sql`PRAGMA busy_timeout = ${sql.lit(LIGHT_TIMEOUT_MS)}`.execute(own);
        try {
          return await inTransaction(own, task);
        } finally {
          await sql`PRAGMA busy_timeout = ${sql.lit(BUSY_TIMEOUT_MS)}`.execute(own);
          await connection.exec("PRAGMA synchronous = FULL");
        }
      }),
    changeStamp: () => reader.stamp(),
    async close() {
      await reading.destroy();
      // Kysely closes nothing that it was never asked to use.
      await reader.close();
      await db.destroy();
    },
  };
}

async function migrate(db: Kysely<Tables>, file: string): Promise<void> {
  await db.schema
    .createTable("migrations")
    .ifNotExists()
    .addColumn("id", "integer", (c) => c.primaryKey())
    .execute();
  const done = await db.selectFrom("migrations").select("id").execute();
  if (done.length > MIGRATIONS.length) {
    throw new AppError(
      "damaged_file",
      `${file} was written by a newer version of this program (${done.length} steps, this one ` +
        `knows ${MIGRATIONS.length}). Update the program, or use another data directory.`,
    );
  }
  for (const [id, step] of MIGRATIONS.entries()) {
    if (id < done.length) continue;
    await step(db);
    await db.insertInto("migrations").values({ id }).execute();
  }
}

/** Errors of the driver in the words of this program; others pass unchanged. */
function asStoreError(error: unknown, file: string): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (/NOTADB|CORRUPT/.test(code)) {
    return new AppError(
      "damaged_file",
      `${file} is not a database or is damaged (${messageOf(error)}). ` +
        "Restore it from a backup, or use another data directory.",
      { cause: error },
    );
  }
  return new AppError(
    "io_failed",
    `The database ${file} cannot be opened: ${messageOf(error)}. ` +
      "Check that its directory exists and can be written.",
    { cause: error },
  );
}
