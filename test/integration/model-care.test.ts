import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyFiles } from "../../src/integrity/index.ts";
import { ownMark } from "../../src/jobs/index.ts";
import {
  announceServer,
  type DiskUse,
  openRegistry,
  type Registry,
  type RegistryOptions,
  type Release,
} from "../../src/registry/index.ts";
import { CANARY_LIMITS } from "../../src/serving/release/limits.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";
import { writeStubModel } from "../helpers/running-app.ts";

let folder: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-care-"));
  data = path.join(folder, "data");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A registry with the model "m" of as many versions, each with files of its own. */
async function withVersions<T>(
  count: number,
  task: (registry: Registry) => Promise<T>,
  options: RegistryOptions = {},
): Promise<T> {
  await using registry = await openRegistry(data, options);
  for (let number = 1; number <= count; number++) {
    const source = path.join(folder, `source-${number}`);
    writeStubModel(source, `weights ${number}`);
    if (number === 1) await registry.addModel("m", source);
    else await registry.addVersion("m", source);
  }
  return await task(registry);
}

const stored = (): string[] => readdirSync(path.join(data, "versions")).sort();

describe("the files of a version", () => {
  it("are listed so that sha256sum can check them", async () => {
    await withVersions(1, async (registry) => {
      const { directory } = await registry.resolve("m");
      const list = readFileSync(path.join(directory, ".sha256sums"), "utf8");
      expect(list).toMatch(/^[0-9a-f]{64} {2}config\.json\n[0-9a-f]{64} {2}model\.safetensors\n$/);
    });
  });

  it.each([
    ["changed", (file: string) => writeFileSync(file, "WEIGHTS 1")],
    ["longer", (file: string) => appendFileSync(file, "x")],
    ["shorter", (file: string) => writeFileSync(file, "w")],
    ["missing", (file: string) => rmSync(file)],
  ])("are not opened when one is %s", async (_, damage) => {
    await withVersions(1, async (registry) => {
      const { directory } = await registry.resolve("m");
      await verifyFiles(directory);
      damage(path.join(directory, "model.safetensors"));
      await expect(verifyFiles(directory)).rejects.toMatchObject({
        code: "damaged_file",
        details: { file: "model.safetensors" },
      });
      await expect(registry.verify("m")).rejects.toMatchObject({ code: "damaged_file" });
    });
  });

  it("are found out also with the old times put back, and with the list changed too", async () => {
    await withVersions(1, async (registry) => {
      const { directory } = await registry.resolve("m");
      const [file, list] = ["model.safetensors", ".sha256sums"].map((n) => path.join(directory, n));
      writeFileSync(file!, "WEIGHTS 1");
      utimesSync(file!, 0, 0);
      await expect(verifyFiles(directory)).rejects.toMatchObject({ code: "damaged_file" });
      writeFileSync(list!, readFileSync(list!, "utf8").replaceAll(/[0-9a-f]{64}/g, "0".repeat(64)));
      await expect(verifyFiles(directory)).rejects.toMatchObject({
        details: { file: ".sha256sums" },
      });
    });
  });

  it("may be touched and copied, since what counts is what is in them", async () => {
    await withVersions(1, async (registry) => {
      const { directory } = await registry.resolve("m");
      utimesSync(path.join(directory, "model.safetensors"), 1, 1);
      await expect(verifyFiles(directory)).resolves.toBe(true);
      writeFileSync(path.join(directory, "something-else"), "");
      await expect(verifyFiles(directory, { isFull: true })).resolves.toBe(true);
    });
  });

  it("are read again by every look once one was found damaged", async () => {
    await withVersions(1, async (registry) => {
      const { directory } = await registry.resolve("m");
      const [file, stamp] = ["model.safetensors", ".verified"].map((n) => path.join(directory, n));
      writeFileSync(file!, "WEIGHTS 1");
      // As if the disk had changed it, which no time of the file tells.
      const { size, ino, mtimeNs, ctimeNs } = statSync(file!, { bigint: true });
      const line = `model.safetensors ${size} ${ino} ${mtimeNs} ${ctimeNs}\n`;
      writeFileSync(stamp!, readFileSync(stamp!, "utf8").replace(/^model.*\n/m, line));
      await expect(verifyFiles(directory)).resolves.toBe(true);
      await expect(registry.verify("m")).rejects.toMatchObject({ code: "damaged_file" });
      await expect(verifyFiles(directory)).rejects.toMatchObject({ code: "damaged_file" });
    });
  });

  it("make a model that never answers when they are damaged", async () => {
    writeTinyModel(path.join(folder, "tiny"));
    const run = (...args: string[]) => callCli([...args, "--data", data, "--json"]);
    expect((await run("models", "add", path.join(folder, "tiny"))).code).toBe(0);
    expect((await run("models", "verify", "tiny")).code).toBe(0);
    const key = stored().find((name) =>
      readFileSync(path.join(data, "versions", name, "config.json"), "utf8").includes('"bert"'),
    );
    const file = path.join(data, "versions", key ?? "", "model.safetensors");
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    const filled = await run("fill", "春[MASK]", "--model", "tiny");
    expect([filled.code, documentOf(filled)]).toMatchObject([
      1,
      { error: { code: "damaged_file" } },
    ]);
    expect(documentOf(await run("models", "verify", "tiny"))).toMatchObject({
      error: { code: "damaged_file" },
    });
  });
});

describe("aliases", () => {
  it("stand for the stable version of a model, or for one version", async () => {
    await withVersions(2, async (registry) => {
      await registry.setAlias("prod", "m");
      await registry.setAlias("frozen", "m@2");
      expect(await registry.resolve("prod")).toMatchObject({ id: "m", version: "1" });
      expect(await registry.resolve("prod")).not.toHaveProperty("isPinned");
      expect(await registry.resolve("frozen")).toMatchObject({ version: "2", isPinned: true });
      await registry.makeStable("m@2", { by: "command" });
      expect(await registry.resolve("prod")).toMatchObject({ version: "2" });
      await registry.setAlias("frozen", "m@1");
      await registry.setAlias("copy", "frozen");
      expect(await registry.resolve("copy")).toMatchObject({ version: "1", isPinned: true });
      await registry.removeAlias("frozen");
      await expect(registry.resolve("frozen")).rejects.toMatchObject({ code: "unknown_model" });
    });
  });

  it("share their names with models", async () => {
    await withVersions(1, async (registry) => {
      const source = path.join(folder, "source-1");
      await registry.setAlias("prod", "m");
      await expect(registry.setAlias("m", "m@1")).rejects.toMatchObject({
        code: "conflict",
        message: expect.not.stringContaining("--id") as string,
      });
      await expect(registry.addModel("prod", source)).rejects.toMatchObject({ code: "conflict" });
      await expect(registry.setAlias("x", "nix")).rejects.toMatchObject({ code: "unknown_model" });
      await expect(registry.setAlias("x", "m@9")).rejects.toMatchObject({
        code: "unknown_version",
      });
      await expect(registry.setAlias("A b", "m")).rejects.toMatchObject({ code: "invalid_input" });
      await expect(registry.removeAlias("x")).rejects.toMatchObject({ code: "not_found" });
      await expect(registry.resolve("prod@1")).rejects.toMatchObject({ code: "unknown_model" });
    });
  });

  it("keep a model from being removed", async () => {
    await withVersions(1, async (registry) => {
      await registry.setAlias("prod", "m");
      await expect(registry.removeModel("m")).rejects.toMatchObject({ code: "conflict" });
      await registry.removeAlias("prod");
      await registry.removeModel("m");
      expect(await registry.listModels()).toEqual([]);
    });
  });
});

describe("cleaning up", () => {
  it("frees the files of old versions and keeps what is known of them", async () => {
    await withVersions(4, async (registry) => {
      const dry = await registry.clean({ keep: 2, isDryRun: true });
      expect(dry.versions.map(({ version }) => version)).toEqual(["2"]);
      expect(stored()).toHaveLength(4);
      const cleaned = await registry.clean({ keep: 2 });
      expect(cleaned).toEqual(dry);
      expect(cleaned.freedBytes).toBeGreaterThan(0);
      expect(stored()).toHaveLength(3);
      const { versions } = await registry.showModel("m");
      expect(versions.map(({ state }) => state)).toEqual(["ready", "cleaned", "ready", "ready"]);
      await expect(registry.resolve("m@2")).rejects.toMatchObject({ code: "unknown_version" });
      await registry.writeNote("m@2", "gone", "command");
      expect(await registry.eventsOf("m@2")).toMatchObject([{ text: "gone" }]);
      expect(await registry.clean({ keep: 2 })).toEqual({
        versions: [],
        leftovers: [],
        freedBytes: 0,
      });
      await registry.removeModel("m");
      expect(stored()).toEqual([]);
    });
  });

  it("leaves what is served, what an alias names, and what a patch stands on", async () => {
    let bases = new Map<string, string>();
    const options = { baseOf: (directory: string) => bases.get(path.basename(directory)) };
    const task = async (registry: Registry): Promise<void> => {
      const keys = (await registry.showModel("m")).versions.map(({ key }) => key);
      bases = new Map([[keys[5]!, keys[2]!]]);
      await registry.setAlias("prod", "m@4");
      const server = { pid: process.pid, port: 1, url: "http://127.0.0.1:1", token: "t" };
      await announceServer(data, { ...server, serving: ["m@2"] });
      const { versions } = await registry.clean({ keep: 1 });
      expect(versions.map(({ version }) => version)).toEqual(["5"]);
    };
    await withVersions(6, task, options);
  });

  it.each([
    ["promoted", []],
    ["paused", []],
    ["rolled-back", ["2", "3"]],
  ] as const)("leaves what a release may go back to: %s", async (state, going) => {
    await withVersions(5, async (registry) => {
      const arm = (version: string) => ({ version, sha256: "", temperature: null });
      const release: Release = {
        id: "r",
        model: "m",
        state,
        stable: arm("2"),
        canary: arm("3"),
        share: 1,
        steps: [1],
        intervalMs: 1,
        isShadow: false,
        waits: false,
        isForced: false,
        limits: CANARY_LIMITS,
        createdAt: "2026-01-01T00:00:00.000Z",
        since: "2026-01-01T00:00:00.000Z",
        by: "http",
        reason: "begun",
      };
      await registry.releases.save(release, undefined);
      const { versions } = await registry.clean({ keep: 2 });
      expect(versions.map(({ version }) => version)).toEqual(going);
    });
  });

  it("counts files that versions share once, and leaves them while one of them stays", async () => {
    await withVersions(1, async (registry) => {
      const [first, second] = ["source-1", "source-b"].map((name) => path.join(folder, name));
      writeStubModel(second!, "weights b");
      for (const source of [second!, second!, first!, second!]) {
        await registry.addVersion("m", source);
      }
      const cleaned = await registry.clean({ keep: 1 });
      expect(cleaned.versions).toHaveLength(3);
      expect(cleaned.freedBytes).toBe(0);
      expect(stored()).toHaveLength(2);
    });
  });

  it("takes what killed processes left, and nothing that may be under way", async () => {
    await withVersions(1, async (registry) => {
      const versions = path.join(data, "versions");
      const [old, young] = ["a", "b"].map((letter) => letter.repeat(32));
      const mine = `.${process.pid}-0123456789ab.tmp`;
      for (const name of [old!, young!, mine, `.${2 ** 30}-0123456789ab.tmp`, "notes"]) {
        mkdirSync(path.join(versions, name));
      }
      utimesSync(path.join(versions, old!), 0, 0);
      await registry.clean({ keep: 1 });
      const left = stored();
      expect(left).toEqual(expect.arrayContaining([young, mine, "notes"]));
      expect(left).toHaveLength(4);
    });
  });

  it("leaves what one that stays was trained from, and what is younger than it is told", async () => {
    await withVersions(3, async (registry) => {
      const source = path.join(folder, "source-trained");
      writeStubModel(source, "weights trained");
      await registry.addVersion("m", source, { parent: "3" });
      const created = (await registry.showModel("m")).versions.map(({ createdAt }) => createdAt);
      const numbers = async (before?: string): Promise<string[]> => {
        const { versions } = await registry.clean({ keep: 1, before, isDryRun: true });
        return versions.map(({ version }) => version);
      };
      expect(await numbers()).toEqual(["2"]);
      expect(await numbers(created[1])).toEqual([]);
    });
  });

  it("takes what is left in staged, downloads and activations, and counts it", async () => {
    await withVersions(1, async (registry) => {
      const [key] = stored();
      const unknown = "c".repeat(32);
      const killed = `.${2 ** 30}-0123456789ab.tmp`;
      const old = [`downloads/hf--a--b--main`, `staged/${unknown}`, `cache/activations/${unknown}`];
      const young = ["downloads/hf--a--b--new", `cache/activations/${key}`, `staged/${key}/form`];
      const left = [`downloads/${killed}`, `staged/${killed}`, `staged/${key}/${killed}`];
      for (const name of [...old, ...young, ...left]) {
        mkdirSync(path.join(data, name), { recursive: true });
        writeFileSync(path.join(data, name, "file"), "12345");
      }
      for (const name of old) utimesSync(path.join(data, name), 0, 0);
      const { downloadsBytes, stagedBytes, activationsBytes } = await registry.diskUse();
      expect({ downloadsBytes, stagedBytes, activationsBytes }).toEqual({
        downloadsBytes: 15,
        stagedBytes: 20,
        activationsBytes: 10,
      });
      const dry = await registry.clean({ keep: 1, isDryRun: true });
      expect(dry.leftovers).toHaveLength(6);
      expect(dry.freedBytes).toBe(30);
      expect(await registry.clean({ keep: 1 })).toEqual(dry);
      expect(young.every((name) => existsSync(path.join(data, name)))).toBe(true);
      const gone = [...old, ...left];
      expect(gone.some((name) => existsSync(path.join(data, name)))).toBe(false);
    });
  });

  it("takes what ended trainings left, and nothing that is held or can be gone on with", async () => {
    await withVersions(1, async (registry) => {
      for (const name of ["old", "young", "held", "stopped"]) {
        const run = path.join(data, "runs", name);
        mkdirSync(path.join(run, "checkpoint"), { recursive: true });
        writeFileSync(path.join(run, "pid"), name === "held" ? ownMark() : `${2 ** 30} 1`);
        if (name !== "young") utimesSync(run, 0, 0);
      }
      mkdirSync(path.join(data, "training"), { recursive: true });
      writeFileSync(path.join(data, "training/stopped.jsonl"), "{}");
      const { leftovers } = await registry.clean({ keep: 1 });
      expect(leftovers).toMatchObject([{ place: "runs", name: "old" }]);
      expect(readdirSync(path.join(data, "runs")).sort()).toEqual(["held", "stopped", "young"]);
    });
  });

  it("takes what was learned by, and added to, models that are gone", async () => {
    await withVersions(1, async (registry) => {
      for (const name of ["learned/m", "learned/gone", "suites/gone", "suites/young"]) {
        mkdirSync(path.join(data, name), { recursive: true });
        if (name !== "suites/young") utimesSync(path.join(data, name), 0, 0);
      }
      const { leftovers } = await registry.clean({ keep: 1 });
      expect(leftovers).toMatchObject([
        { place: "learned", name: "gone" },
        { place: "suites", name: "gone" },
      ]);
      expect(readdirSync(path.join(data, "learned"))).toEqual(["m"]);
      expect(readdirSync(path.join(data, "suites"))).toEqual(["young"]);
    });
  });

  it("counts a file that others share by a link as not freed", async () => {
    await withVersions(3, async (registry) => {
      const keys = (await registry.showModel("m")).versions.map((version) => version.key);
      const [one, two] = [keys[0]!, keys[1]!].map((key) => {
        const form = path.join(data, "staged", key, "form");
        mkdirSync(form, { recursive: true });
        return form;
      });
      writeFileSync(path.join(one!, "scorer.bin"), "x".repeat(1000));
      linkSync(path.join(one!, "scorer.bin"), path.join(two!, "base-scorer.bin"));
      writeFileSync(path.join(two!, "scorer.bin"), "x".repeat(10_000));
      expect((await registry.diskUse()).stagedBytes).toBe(11_000);
      const { versions, freedBytes } = await registry.clean({ keep: 1 });
      expect(versions.map(({ version }) => version)).toEqual(["2"]);
      expect(freedBytes).toBeGreaterThan(10_000);
      expect(freedBytes).toBeLessThan(11_000);
    });
  });

  it("refuses a model that is not there, and touches nothing then", async () => {
    await withVersions(3, async (registry) => {
      await expect(registry.clean({ id: "nix", keep: 1 })).rejects.toMatchObject({
        code: "unknown_model",
      });
      expect(stored()).toHaveLength(3);
    });
  });
});

describe("the commands", () => {
  const run = (...args: string[]) => callCli([...args, "--data", data, "--json"]);

  it("alias and clean, and say so in the audit log", async () => {
    await withVersions(3, async () => {});
    expect(documentOf(await run("models", "alias", "prod", "m@1"))).toMatchObject({
      alias: "prod",
    });
    const listed = documentOf(await run("models", "list"))["models"] as object[];
    expect(listed).toContainEqual(
      expect.objectContaining({ id: "m", aliases: [{ name: "prod", version: "1" }] }),
    );
    const cleaned = documentOf(await run("models", "clean", "m", "--keep", "1"));
    expect(cleaned).toMatchObject({ versions: [{ model: "m", version: "2" }], isDryRun: false });
    expect(documentOf(await run("audit"))).toMatchObject({
      entries: [
        { action: "version.clean", target: "m@2" },
        { action: "alias.set", target: "prod → m@1" },
      ],
    });
    expect((await run("models", "archive", "m@2")).code).toBe(0);
    const { disk } = documentOf(await run("models", "disk")) as { disk: DiskUse };
    expect(disk.models).toContainEqual({
      model: "m",
      versionsBytes: expect.any(Number) as number,
      stagedBytes: 0,
    });
    expect(disk.versionsBytes).toBeGreaterThan(0);
  });

  it.each([
    [["models", "alias", "prod"], 2],
    [["models", "alias", "prod", "m", "--remove"], 2],
    [["models", "alias", "A b", "m"], 2],
    [["models", "alias", "prod", "nix"], 1],
    [["models", "alias", "prod", "--remove"], 1],
    [["models", "clean", "--keep", "0"], 2],
    [["models", "clean", "nix"], 1],
    [["models", "verify", "m@x"], 2],
    [["models", "add", "model.tar.xz"], 2],
  ])("%j ends with %i", async (args, code) => {
    await withVersions(1, async () => {});
    expect((await run(...args)).code).toBe(code);
    expect(existsSync(path.join(data, "versions"))).toBe(true);
  });
});
