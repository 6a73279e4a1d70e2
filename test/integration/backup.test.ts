import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { announceServer, openRegistry, withdrawServer } from "../../src/registry/index.ts";
import { writeStubModel } from "../helpers/running-app.ts";
import { callCli, documentOf } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let data: string;
let backup: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-backup-"));
  data = path.join(folder, "data");
  backup = path.join(folder, "backup");
  writeStubModel(path.join(folder, "one"), "weights of one");
  await using registry = await openRegistry(data);
  await registry.addModel("one", path.join(folder, "one"));
  const prediction = { id: "p", model: "one", version: "1", text: "问[MASK]", blanks: [] };
  await registry.feedback.addPredictions([{ ...prediction, user: undefined, createdMs: 1 }]);
  const waiting = { id: "msg_1", address: "a".repeat(64), type: "training.failed", attempt: 1 };
  await registry.webhooks.put({ ...waiting, body: "told to nobody yet", dueMs: 1 });
  for (const [name, content] of [
    ["suites/one/合同.jsonl", "{}\n"],
    ["training/run.json", "{}"],
    ["training/run.jsonl", "{}\n"],
    ["cache/activations/x", "to be made again"],
  ] as const) {
    mkdirSync(path.dirname(path.join(data, name)), { recursive: true });
    writeFileSync(path.join(data, name), content);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const result = await callCli([...args, "--data", data, "--json"]);
  const document = documentOf(result) as { error?: { code: string; message: string } };
  return { code: result.code, document };
}

/** What a data directory holds, read through the registry and from disk. */
async function contentOf(directory: string) {
  await using registry = await openRegistry(directory);
  const models = await registry.listModels();
  const { directory: files } = await registry.resolve("one");
  return {
    models,
    weights: readFileSync(path.join(files, "model.safetensors"), "utf8"),
    suites: readdirSync(path.join(directory, "suites/one")),
    runs: readdirSync(path.join(directory, "training")).toSorted(),
  };
}

/** Nothing beside what the test made. */
const leftovers = () => readdirSync(folder).filter((name) => name.startsWith("."));

describe("whetstone backup and restore", () => {
  it("bring back models, files, suites and runs; no caches, predictions and webhooks", async () => {
    const before = await contentOf(data);
    const { document } = await run("backup", backup);
    expect(document).toMatchObject({ backup, fileCount: 6 });
    const other = path.join(folder, "restored/data");
    const restored = await callCli(["restore", backup, "--data", other, "--json"]);
    expect(documentOf(restored)).toMatchObject({ data: other, backup, fileCount: 6 });
    expect(await contentOf(other)).toEqual(before);
    expect(existsSync(path.join(other, "cache"))).toBe(false);
    const store = readFileSync(path.join(other, "whetstone.db"));
    expect(store.includes(Buffer.from("问[MASK]"))).toBe(false);
    expect(store.includes(Buffer.from("told to nobody yet"))).toBe(false);
    await using registry = await openRegistry(data);
    expect(await registry.webhooks.list()).toHaveLength(1);
  });

  it("works while a server uses the data directory and a connection is open", async () => {
    await announceServer(data, {
      pid: process.pid,
      port: 1,
      url: "http://x",
      serving: [],
      token: "t",
    });
    await using registry = await openRegistry(data);
    await registry.writeNote("one@1", "told after the last checkpoint", "command");
    expect((await run("backup", backup)).code).toBe(0);
    await withdrawServer(data, process.pid);
    await run("restore", backup, "--replace");
    await using restored = await openRegistry(data);
    expect(await restored.eventsOf("one@1")).toMatchObject([{ kind: "note" }]);
  });

  it("names a backup by its time when no name is given", async () => {
    const here = process.cwd();
    process.chdir(folder);
    try {
      await run("backup");
    } finally {
      process.chdir(here);
    }
    expect(readdirSync(folder)).toContainEqual(
      expect.stringMatching(/^whetstone-backup-\d{8}T\d{6}Z$/),
    );
  });

  it("refuse to overwrite: a backup never, a data directory without --replace", async () => {
    await run("backup", backup);
    expect(await run("backup", backup)).toMatchObject({ code: 1, document: refusal("conflict") });
    const before = await contentOf(data);
    const { document } = await run("restore", backup);
    expect(document).toMatchObject(refusal("conflict", "--replace"));
    expect(await contentOf(data)).toEqual(before);
    writeFileSync(path.join(data, "left.txt"), "goes");
    expect((await run("restore", backup, "--replace")).code).toBe(0);
    const { document: audit } = await run("audit");
    expect(audit).toMatchObject({ entries: [{ action: "restore" }] });
    expect(existsSync(path.join(data, "left.txt"))).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  it("refuse to restore under a running server", async () => {
    await run("backup", backup);
    await announceServer(data, {
      pid: process.pid,
      port: 1,
      url: "http://x",
      serving: [],
      token: "t",
    });
    const { document } = await run("restore", backup, "--replace");
    expect(document).toMatchObject(refusal("conflict", "The server at http://x uses"));
    expect(existsSync(path.join(data, "server.json"))).toBe(true);
  });

  it.each([
    ["a changed file", "whetstone.db has changed", (file: string) => append(file, "x")],
    ["a missing file", "whetstone.db is missing", (file: string) => rmSync(file)],
    ["a changed manifest", "manifest.json has changed", () => edit(/whetstone\.db/, "../data.db")],
    ["a broken manifest", "manifest.json is not JSON", () => edit(/\{/, "")],
    ["another format", 'has the format "whetstone-backup-9"', () => edit(/backup-1/, "backup-9")],
  ])("refuse %s and change nothing", async (_what, message, damage) => {
    await run("backup", backup);
    const before = await contentOf(data);
    damage(path.join(backup, "whetstone.db"));
    const { code, document } = await run("restore", backup, "--replace");
    expect(code).toBe(1);
    expect(document).toMatchObject(refusal("damaged_file", message));
    expect(await contentOf(data)).toEqual(before);
    expect(leftovers()).toEqual([]);
  });

  it("refuse what is no data directory and what is no backup", async () => {
    const { document } = await run("restore", folder, "--replace");
    expect(document).toMatchObject(refusal("not_found", "no backup"));
    data = path.join(folder, "nowhere");
    expect((await run("backup", backup)).document).toMatchObject(refusal("not_found", "--data"));
    expect(existsSync(data)).toBe(false);
  });

  it("leave nothing that looks whole when they are killed", async () => {
    writeFileSync(path.join(folder, "one/model.safetensors"), Buffer.alloc(20_000_000, 1));
    {
      await using registry = await openRegistry(data);
      await registry.addVersion("one", path.join(folder, "one"));
    }
    const script =
      'import { backUp } from "./src/registry/index.ts";\n' +
      `await backUp(${JSON.stringify(data)}, ${JSON.stringify(backup)});`;
    const args = ["--import", "tsx", "--input-type=module", "-e", script];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await vi.waitFor(() => expect(leftovers()).toHaveLength(1), { timeout: 20_000, interval: 1 });
    child.kill("SIGKILL");
    await ended;
    expect(existsSync(backup)).toBe(false);
    const [partial = ""] = leftovers();
    const { document } = await run("restore", path.join(folder, partial), "--replace");
    expect(document).toMatchObject(refusal("not_found", "no backup"));
  });
});

function refusal(code: string, message = ""): object {
  return { error: { code, message: expect.stringContaining(message) as string } };
}

function append(file: string, text: string): void {
  writeFileSync(file, text, { flag: "a" });
}

function edit(what: RegExp, by: string): void {
  const file = path.join(backup, "manifest.json");
  writeFileSync(file, readFileSync(file, "utf8").replace(what, by));
}
