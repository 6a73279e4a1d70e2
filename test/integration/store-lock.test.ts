import Database from "libsql";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openRegistry, type Registry } from "../../src/registry/index.ts";
import { writeStubModel } from "../helpers/running-app.ts";

let folder: string;
let server: Registry;
let training: Registry;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-lock-"));
  const starters = path.join(folder, "starters");
  writeStubModel(path.join(starters, "starter-cloze"));
  server = await openRegistry(path.join(folder, "data"), { starters });
  training = await openRegistry(path.join(folder, "data"), { starters });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await training[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const prediction = {
  id: "p1",
  model: "starter-cloze",
  version: "1",
  text: "订单一直没___",
  blanks: [],
  user: undefined,
  createdMs: Date.now(),
};

it("sees what others write, and writes, after another's lock had refused a prediction", async () => {
  const file = readdirSync(path.join(folder, "data")).find((name) => name.endsWith(".db")) ?? "";
  const other = new Database(path.join(folder, "data", file));
  other.exec("BEGIN IMMEDIATE");
  await expect(server.feedback.addPredictions([prediction])).rejects.toThrow(/locked/);
  other.exec("COMMIT");
  other.close();

  // A first look, which must not become the last.
  await server.listModels();
  await training.setAlias("best", "starter-cloze@1");
  expect(await server.resolve("best")).toMatchObject({ id: "starter-cloze" });
  await server.feedback.addPredictions([prediction]);
  expect(await server.feedback.findPrediction("p1")).toMatchObject({ id: "p1" });
});

it("says what went wrong where SQLite has rolled back by itself, as on a full disk", async () => {
  const other = new Database(path.join(folder, "data", "whetstone.db"));
  other.exec(
    "CREATE TRIGGER full BEFORE INSERT ON aliases " +
      "BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END",
  );
  await expect(server.setAlias("best", "starter-cloze@1")).rejects.toThrow(/disk is full/);
  other.exec("DROP TRIGGER full");
  other.close();
  await server.setAlias("best", "starter-cloze@1");
  expect(await server.resolve("best")).toMatchObject({ version: "1" });
});
