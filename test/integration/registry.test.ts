import Database from "libsql";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import {
  announceServer,
  findServer,
  openRegistry,
  withdrawServer,
  type Registry,
} from "../../src/registry/index.ts";
import { identityOf } from "../../src/serving/release/identity.ts";
import { writeStubModel } from "../helpers/running-app.ts";

let folder: string;
let data: string;
let starters: string;
let source: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-registry-"));
  data = path.join(folder, "data");
  starters = path.join(folder, "starters");
  source = path.join(folder, "source");
  writeStubModel(path.join(starters, "starter-cloze"));
  writeStubModel(source, "other weights");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Opens, runs, closes. */
async function withRegistry<T>(
  task: (registry: Registry) => Promise<T>,
  options: Parameters<typeof openRegistry>[1] = { starters },
): Promise<T> {
  await using registry = await openRegistry(data, options);
  return await task(registry);
}

/** What came from the source; hidden files are the store's own. */
const shownIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => !name.startsWith("."))
    .sort();

const versionFolders = (): string[] => readdirSync(path.join(data, "versions"));

describe("a data directory", () => {
  it("contains the starters when it is new", async () => {
    await withRegistry(async (registry) => {
      const [model, ...others] = await registry.listModels();
      expect(others).toEqual([]);
      expect(model).toMatchObject({
        id: "starter-cloze",
        kind: "fill-mask",
        stable: "1",
        versions: [{ version: "1", origin: "shipped", state: "ready", parent: null, metrics: {} }],
      });
      const { directory } = await registry.resolve("starter-cloze");
      expect(shownIn(directory)).toEqual(["config.json", "model.safetensors"]);
    });
  });

  it("knows by its files what a version is, and that they are not what they were", async () => {
    await withRegistry(async (registry) => {
      const { versions } = await registry.showModel("starter-cloze");
      const version = await registry.resolve("starter-cloze");
      const { sha256 } = versions[0] ?? {};
      expect(await identityOf(version)).toEqual({ sha256, temperature: null });
      writeFileSync(path.join(version.directory, "model.safetensors"), "no weights");
      await expect(identityOf(version)).rejects.toMatchObject({ code: "damaged_file" });
    });
    const lengths = { bias: [0, 0, 0, 0], peakWeight: 1, massWeight: 1 };
    const settings = { lengths, windowTokens: 64, temperature: 1.2 };
    writeFileSync(path.join(source, "fill-mask.json"), JSON.stringify(settings));
    await withRegistry(async (registry) => {
      await registry.addModel("m", source);
      expect(await identityOf(await registry.resolve("m"))).toMatchObject({ temperature: 1.2 });
    });
  });

  it("stays as it is when it is opened again", async () => {
    const before = await withRegistry((registry) => registry.listModels());
    expect(await withRegistry((registry) => registry.listModels())).toEqual(before);
    expect(versionFolders()).toHaveLength(1);
  });

  it("gets a newer starter as a further version, which then answers", async () => {
    await withRegistry((registry) => registry.listModels());
    writeStubModel(path.join(starters, "starter-cloze"), "better weights");
    await withRegistry(async (registry) => {
      const { stable, versions } = await registry.showModel("starter-cloze");
      expect([stable, versions.map(({ version }) => version)]).toEqual(["2", ["1", "2"]]);
      const first = await registry.resolve("starter-cloze@1");
      expect(existsSync(path.join(first.directory, "config.json"))).toBe(true);
    });
  });

  it("does not get a removed starter back, not even a newer one", async () => {
    await withRegistry((registry) => registry.removeModel("starter-cloze"));
    writeStubModel(path.join(starters, "starter-cloze"), "better weights");
    expect(await withRegistry((registry) => registry.listModels())).toEqual([]);
  });

  it("can be moved, since it names no other place", async () => {
    const { key } = await withRegistry(async (registry) => {
      const [model] = await registry.listModels();
      return model!.versions[0]!;
    });
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    const moved = path.join(folder, "moved");
    renameSync(data, moved);
    data = moved;
    const { directory } = await withRegistry((registry) => registry.resolve("starter-cloze"));
    expect(directory).toBe(path.join(moved, "versions", key));
  });

  it("is opened by several at the same moment", async () => {
    const opened = await Promise.all([1, 2, 3].map(() => openRegistry(data, { starters })));
    for (const registry of opened) {
      const { versions } = await registry.showModel("starter-cloze");
      expect(versions).toHaveLength(1);
    }
    for (const registry of opened) await registry.close();
    expect(versionFolders()).toHaveLength(1);
  });

  it("says what is wrong when its database is broken", async () => {
    await withRegistry(async () => {});
    writeFileSync(path.join(data, "whetstone.db"), "not a database ".repeat(1000));
    rmSync(path.join(data, "whetstone.db-wal"), { force: true });
    await expect(openRegistry(data)).rejects.toMatchObject({
      code: "damaged_file",
      message: expect.stringContaining("whetstone.db") as string,
    });
  });

  it("says what is wrong when a file is in its place", async () => {
    writeFileSync(data, "");
    await expect(openRegistry(data)).rejects.toMatchObject({
      code: "io_failed",
      message: expect.stringContaining(data) as string,
    });
  });

  it("says so when it cannot be made", async () => {
    const inFile = path.join(source, "config.json", "data");
    await expect(openRegistry(inFile)).rejects.toMatchObject({
      code: "io_failed",
      message: expect.stringContaining("--data DIR") as string,
    });
  });
});

describe("adding and removing models", () => {
  it("copies a model, without hidden files and weights of other formats", async () => {
    const foreign = ["pytorch_model.bin", "tf_model.h5", "model.onnx"];
    const foreignData = ["model.onnx_data", "model.onnx_data_1", "model.onnx.data"];
    for (const name of [".gitattributes", "vocab.txt", ...foreign, ...foreignData]) {
      writeFileSync(path.join(source, name), "x");
    }
    await withRegistry(async (registry) => {
      const model = await registry.addModel("mine", source);
      expect(model).toMatchObject({ id: "mine", stable: "1", versions: [{ origin: "added" }] });
      rmSync(source, { recursive: true });
      const { directory } = await registry.resolve("mine@1");
      const files = ["config.json", "model.safetensors", "vocab.txt"];
      expect(shownIn(directory)).toEqual(files);
    });
  });

  it("refuses what cannot be opened, and leaves nothing behind", async () => {
    const validate = async (): Promise<never> => {
      throw new AppError("damaged_file", "broken");
    };
    const adding = withRegistry((r) => r.addModel("mine", source), { starters, validate });
    await expect(adding).rejects.toMatchObject({ code: "damaged_file" });
    expect(versionFolders()).toHaveLength(1);
  });

  it.each([
    ["starter-cloze", "conflict"],
    ["Not An Id", "invalid_input"],
    ["../up", "invalid_input"],
  ])("refuses the id %j with %s", async (id, code) => {
    await expect(withRegistry((r) => r.addModel(id, source))).rejects.toMatchObject({ code });
  });

  it("refuses a directory that is none, or empty", async () => {
    const missing = withRegistry((r) => r.addModel("mine", path.join(folder, "missing")));
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
    const file = withRegistry((r) => r.addModel("mine", path.join(source, "config.json")));
    await expect(file).rejects.toMatchObject({ code: "not_found" });
  });

  it("adds versions that do not answer unless they are named", async () => {
    await withRegistry(async (registry) => {
      const metrics = { top1: 0.5 };
      const version = await registry.addVersion("starter-cloze", source, { parent: "1", metrics });
      expect(version).toMatchObject({ version: "2", origin: "trained", parent: "1", metrics });
      expect(await registry.resolve("starter-cloze")).toMatchObject({ version: "1" });
      expect(await registry.resolve("starter-cloze@2")).toMatchObject({ version: "2" });
    });
  });

  it("sees what another process adds", async () => {
    await using first = await openRegistry(data, { starters });
    await using second = await openRegistry(data, { starters });
    expect(await first.listModels()).toHaveLength(1);
    await second.addModel("mine", source);
    expect(await first.listModels()).toHaveLength(2);
  });

  it("keeps files that another model has too", async () => {
    await withRegistry(async (registry) => {
      await registry.addModel("one", source);
      await registry.addModel("two", source);
      expect(versionFolders()).toHaveLength(2);
      await registry.removeModel("one");
      const { directory } = await registry.resolve("two");
      expect(existsSync(directory)).toBe(true);
      await registry.removeModel("two");
      expect(versionFolders()).toHaveLength(1);
    });
  });

  it("keeps the files of a model whose removal could not be written", async () => {
    await withRegistry(async (registry) => {
      await registry.addModel("mine", source);
      const db = new Database(path.join(data, "whetstone.db"));
      // Looked at when the removal is committed, after all that it does.
      db.exec("CREATE TABLE needs (id REFERENCES models (id) DEFERRABLE INITIALLY DEFERRED)");
      db.exec("INSERT INTO needs VALUES ('mine')");
      await expect(registry.removeModel("mine")).rejects.toThrow(/FOREIGN KEY/);
      const { directory } = await registry.resolve("mine");
      expect(shownIn(directory)).toEqual(["config.json", "model.safetensors"]);
      db.exec("DROP TABLE needs");
      db.close();
      await registry.removeModel("mine");
      expect(versionFolders()).toHaveLength(1);
    });
  });

  it("finds the files of a model whose removal was killed after it was written", async () => {
    await withRegistry(async (registry) => {
      await registry.addModel("mine", source);
      const { directory } = await registry.resolve("mine");
      const copy = path.join(folder, "copy");
      cpSync(directory, copy, { recursive: true });
      await registry.removeModel("mine");
      // Before it took them out of sight, and after.
      const killed = path.join(data, "versions", `.${2 ** 30}-0123456789ab.tmp`);
      for (const place of [directory, killed]) cpSync(copy, place, { recursive: true });
      utimesSync(directory, 0, 0);
      const { leftovers } = await registry.clean({ keep: 1 });
      const names = leftovers.map(({ place, name }) => path.join(data, place, name));
      expect(names.sort()).toEqual([killed, directory].sort());
      expect(versionFolders()).toHaveLength(1);
    });
  });

  it("begins with nothing that a killed removal of the same name has left", async () => {
    await withRegistry(async (registry) => {
      const version = { model: "mine", version: "2" };
      await registry.learned.keep(version, { samples: Buffer.from("{}\n") });
      mkdirSync(path.join(data, "suites/mine"), { recursive: true });
      await registry.addModel("mine", source);
      expect(registry.learned.samplesFileOf(version)).toBeUndefined();
      expect(existsSync(path.join(data, "suites/mine"))).toBe(false);
    });
  });

  it("names what there is when something is asked for that is not", async () => {
    await withRegistry(async (registry) => {
      await expect(registry.resolve("nix")).rejects.toMatchObject({
        code: "unknown_model",
        message: expect.stringContaining("there is starter-cloze") as string,
      });
      await expect(registry.resolve("starter-cloze@9")).rejects.toMatchObject({
        code: "unknown_version",
        message: expect.stringContaining("it has 1") as string,
      });
    });
  });

  it("does not remove a model that the running server answers with", async () => {
    await withRegistry(async (registry) => {
      const server = { pid: process.pid, port: 1, url: "http://127.0.0.1:1", token: "t" };
      await announceServer(data, { ...server, serving: ["starter-cloze@1"] });
      const removing = registry.removeModel("starter-cloze");
      await expect(removing).rejects.toMatchObject({ code: "conflict" });
      await withdrawServer(data, process.pid);
      await registry.removeModel("starter-cloze");
      expect(await registry.listModels()).toEqual([]);
    });
  });
});

describe("what people do to versions", () => {
  const now = (): string => "2026-11-25T05:00:00.000Z";

  it("keeps every note with its date, the last one last", async () => {
    await withRegistry(
      async (registry) => {
        await registry.writeNote("starter-cloze@1", "弱在古文", "command");
        await registry.writeNote("starter-cloze@1", "  弱在诗词\n", "http");
        expect(await registry.eventsOf("starter-cloze@1")).toEqual([
          { kind: "note", at: now(), by: "command", text: "弱在古文" },
          { kind: "note", at: now(), by: "http", text: "弱在诗词" },
        ]);
        await expect(
          registry.writeNote("starter-cloze@1", "长".repeat(4001), "http"),
        ).rejects.toMatchObject({ code: "text_too_long" });
        const nowhere = registry.writeNote("starter-cloze@9", "x", "http");
        await expect(nowhere).rejects.toMatchObject({ code: "unknown_version" });
      },
      { starters, now },
    );
  });

  it("makes another version stable, and writes that down", async () => {
    await withRegistry(
      async (registry) => {
        await registry.addVersion("starter-cloze", source, { parent: "1" });
        const change = await registry.makeStable("starter-cloze@2", { by: "http" });
        expect(change).toEqual({ from: "1" });
        expect(await registry.resolve("starter-cloze")).toMatchObject({ version: "2" });
        await registry.makeStable("starter-cloze@2", { by: "http" });
        expect(await registry.eventsOf("starter-cloze@2")).toEqual([
          { kind: "stable", at: now(), by: "http", from: "1", isForced: false },
        ]);
      },
      { starters, now },
    );
  });

  it("makes a refused version stable by force alone", async () => {
    await withRegistry(async (registry) => {
      await registry.addVersion("starter-cloze", source, { state: "refused" });
      const making = registry.makeStable("starter-cloze@2", { by: "http" });
      await expect(making).rejects.toMatchObject({ code: "conflict" });
      expect(await registry.resolve("starter-cloze")).toMatchObject({ version: "1" });
      await registry.makeStable("starter-cloze@2", { by: "command" }, { force: true });
      expect(await registry.eventsOf("starter-cloze@2")).toMatchObject([{ isForced: true }]);
    });
  });

  it("forgets them with the model", async () => {
    await withRegistry(async (registry) => {
      await registry.addModel("mine", source);
      await registry.writeNote("mine@1", "old", "http");
      await registry.removeModel("mine");
      await registry.addModel("mine", source);
      expect(await registry.eventsOf("mine@1")).toEqual([]);
    });
  });
});

describe("server.json", () => {
  const server = { port: 8080, url: "http://127.0.0.1:8080", serving: [], token: "t" };

  it("names the running server until it withdraws", async () => {
    await announceServer(data, { ...server, pid: process.pid });
    expect(await findServer(data)).toEqual({ ...server, pid: process.pid });
    await withdrawServer(data, process.pid);
    expect(await findServer(data)).toBeUndefined();
  });

  it("is for nobody but its owner to read, since it lets commands in", async () => {
    await announceServer(data, { ...server, pid: process.pid });
    expect(statSync(path.join(data, "server.json")).mode & 0o777).toBe(0o600);
  });

  it("is not believed when its process has ended, or when it is broken", async () => {
    await announceServer(data, { ...server, pid: 2 ** 30 });
    expect(await findServer(data)).toBeUndefined();
    writeFileSync(path.join(data, "server.json"), "{");
    expect(await findServer(data)).toBeUndefined();
  });

  it.runIf(process.platform === "linux")(
    "is not believed when another has its number",
    async () => {
      await announceServer(data, { ...server, pid: process.pid });
      const file = path.join(data, "server.json");
      const announced = JSON.parse(readFileSync(file, "utf8")) as object;
      writeFileSync(file, JSON.stringify({ ...announced, mark: `${process.pid} 1` }));
      expect(await findServer(data)).toBeUndefined();
      // As an older program writes it.
      writeFileSync(file, JSON.stringify({ ...announced, mark: undefined }));
      expect(await findServer(data)).toMatchObject({ pid: process.pid });
    },
  );

  it("is not withdrawn by a server that it does not name", async () => {
    await announceServer(data, { ...server, pid: process.pid });
    await withdrawServer(data, 1);
    expect(await findServer(data)).toBeDefined();
  });
});
