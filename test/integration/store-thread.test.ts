// The store's connection in a thread of its own, which only a built program has.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Worker } from "node:worker_threads";
import { Kysely } from "kysely";
import Database from "libsql";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openInThread } from "../../src/registry/stores/connection-thread.ts";
import { openConnection, type Connection } from "../../src/registry/stores/connection.ts";
import { ConnectionDialect } from "../../src/registry/stores/dialect.ts";
import { settled } from "../helpers/fake-timer.ts";
import { startSourceThread } from "../helpers/source-thread.ts";

const entry = new URL("../../src/registry/stores/connection-thread.main.ts", import.meta.url);

let folder: string;
let file: string;
let worker: Worker;
let connection: Connection;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-thread-"));
  file = path.join(folder, "store.db");
  worker = startSourceThread(entry);
  connection = await openInThread(worker, file);
  await connection.exec("CREATE TABLE words (text TEXT PRIMARY KEY, count INTEGER)");
});

afterEach(async () => {
  await connection.close().catch(() => {});
  rmSync(folder, { recursive: true, force: true });
});

const insert = (text: string, count: number): ReturnType<Connection["query"]> =>
  connection.query("INSERT INTO words VALUES (?, ?)", [text, count]);

it("answers in order, with rows or with how many it changed", async () => {
  const answers = await Promise.all([
    insert("生效", 1),
    insert("发货", 2),
    connection.query("SELECT text, count FROM words ORDER BY count", []),
    connection.query("DELETE FROM words", []),
  ]);
  expect(answers[0]).toEqual({ rows: [], changes: 1 });
  const rows = [
    { text: "生效", count: 1 },
    { text: "发货", count: 2 },
  ];
  expect(answers[2]).toMatchObject({ rows });
  expect(answers[3]).toEqual({ rows: [], changes: 2 });
});

it("says what the driver says, with its code, and goes on", async () => {
  await insert("生效", 1);
  await expect(insert("生效", 2)).rejects.toMatchObject({
    code: "SQLITE_CONSTRAINT_PRIMARYKEY",
    message: expect.stringContaining("UNIQUE") as string,
  });
  expect(await insert("发货", 2)).toMatchObject({ changes: 1 });
});

it("takes back a transaction that failed, and nothing where there is none", async () => {
  await connection.exec("BEGIN IMMEDIATE");
  await insert("生效", 1);
  await connection.rollback();
  await connection.rollback();
  expect(await connection.query("SELECT * FROM words", [])).toMatchObject({ rows: [] });
});

it("lets this thread go on while it waits for another connection that writes", async () => {
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  const written = insert("生效", 1);
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  other.exec("COMMIT");
  other.close();
  expect(await written).toMatchObject({ changes: 1 });
});

it("ends what is under way before it is closed", async () => {
  const db = new Kysely<{ words: { text: string; count: number } }>({
    dialect: new ConnectionDialect(connection),
  });
  const written = db.connection().execute(async (own) => {
    await connection.exec("BEGIN IMMEDIATE");
    for (const text of ["生效", "发货"]) {
      await own.insertInto("words").values({ text, count: 1 }).execute();
    }
    await connection.exec("COMMIT");
  });
  await settled();
  await db.destroy();
  await written;
  const again = openConnection(file);
  expect((await again.query("SELECT text FROM words", [])).rows).toHaveLength(2);
  await again.close();
});

it("fails what waits, and all that comes, when the thread ends; and can be closed", async () => {
  const waiting = connection.query("SELECT 1", []);
  await worker.terminate();
  await Promise.allSettled([waiting]);
  await expect(insert("生效", 1)).rejects.toMatchObject({ code: "io_failed" });
  await connection.close();
});

it("throws what is wrong with a file that cannot be opened", async () => {
  const nowhere = path.join(folder, "nowhere", "store.db");
  await expect(openInThread(startSourceThread(entry), nowhere)).rejects.toThrow(/open/);
});
