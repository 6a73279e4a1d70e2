// Kysely over a connection: its own dialect for SQLite knows only drivers that answer at once.

import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from "kysely";
import { BugError } from "../../base/index.ts";
import type { Connection } from "./connection.ts";

/** One connection that everybody shares, one after the other. */
export class ConnectionDialect implements Dialect {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  createAdapter(): SqliteAdapter {
    return new SqliteAdapter();
  }

  createDriver(): Driver {
    return new ConnectionDriver(this.#connection);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}

class ConnectionDriver implements Driver {
  readonly #connection: Connection;
  readonly #shared: DatabaseConnection;
  /** Ends when whoever came last has released the connection. */
  #last: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#shared = {
      executeQuery: (query) => execute(connection, query),
      streamQuery() {
        throw new BugError("rows are not streamed from this store");
      },
    };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#last;
    let release = (): void => {};
    this.#last = new Promise((resolve) => (release = resolve));
    await before;
    this.#release = release;
    return this.#shared;
  }

  async releaseConnection(): Promise<void> {
    this.#release();
  }

  async beginTransaction(): Promise<void> {
    await this.#connection.exec("BEGIN");
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.exec("COMMIT");
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.rollback();
  }

  /** What is under way ends first; Kysely lets nobody come after. */
  async destroy(): Promise<void> {
    await this.#last;
    await this.#connection.close();
  }
}

async function execute<Row>(
  connection: Connection,
  { sql, parameters }: CompiledQuery,
): Promise<QueryResult<Row>> {
  const { rows, changes } = await connection.query(sql, parameters);
  const answer = { rows: rows as Row[] };
  return changes === undefined ? answer : { ...answer, numAffectedRows: BigInt(changes) };
}
