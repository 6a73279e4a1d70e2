// Models out of archives that strangers may have made: what is in them arrives whole or not at all,
// and nothing is written beside the place where it belongs.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32, gzipSync } from "node:zlib";
import { create, Header } from "tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpackArchive, type UnpackOptions } from "../../src/checkpoint/index.ts";
import { runCommandLine } from "../../src/cli/program.ts";
import { fakeTerminal } from "../helpers/fake-terminal.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";

let folder: string;
let target: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-archives-"));
  target = path.join(folder, "inner", "target");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LIMITS = { bytesMax: 1_000_000, filesMax: 10 };

function unpack(file: string, changes: Partial<UnpackOptions> = {}): Promise<string> {
  return unpackArchive(file, { directory: target, ...LIMITS, ...changes });
}

interface Member {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly type?: "File" | "SymbolicLink" | "Link" | "CharacterDevice" | "FIFO";
}

const bytesOf = (content: string | Uint8Array): Buffer =>
  typeof content === "string" ? Buffer.from(content) : Buffer.from(content);

/** A tar archive of just these headers, which no honest program would write. */
function tarOf(...members: readonly Member[]): string {
  const blocks = members.flatMap(({ name, content = "", type = "File" }) => {
    const bytes = bytesOf(content);
    const size = type === "File" ? bytes.length : 0;
    const linkpath = type.endsWith("Link") ? "/etc/passwd" : "";
    const header = new Header({ path: name, size, type, mode: 0o644, linkpath });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    return [block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return written("made.tar", Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** A zip archive whose files are stored as they are. */
function zipOf(...members: readonly (Member & { readonly mode?: number; crc?: number })[]): string {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content = "", mode = 0o100644, crc = crc32(content) } of members) {
    const [path_, bytes] = [Buffer.from(name), bytesOf(content)];
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    const common = (into: Buffer, at: number): void => {
      into.writeUInt32LE(crc, at);
      into.writeUInt32LE(bytes.length, at + 4);
      into.writeUInt32LE(bytes.length, at + 8);
      into.writeUInt16LE(path_.length, at + 12);
    };
    common(local, 14);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE((3 << 8) | 20, 4);
    entry.writeUInt16LE(20, 6);
    common(entry, 16);
    entry.writeUInt32LE((mode << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, path_, bytes);
    central.push(entry, path_);
    offset += local.length + path_.length + bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return written("made.zip", Buffer.concat([...locals, directory, end]));
}

function written(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const MODEL: readonly Member[] = [
  { name: "my-model/config.json", content: "{}" },
  { name: "my-model/onnx/model.onnx", content: "weights" },
];
const MAKERS = [
  ["tar", tarOf],
  ["zip", zipOf],
] as const;

/** All files below the test's folder but the archive: what unpacking has written. */
const found = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.startsWith("made") && name !== "inner")
    .toSorted();

describe.each(MAKERS)("a %s archive", (_, make) => {
  it("is unpacked without its lone top folder", async () => {
    const directory = await unpack(make(...MODEL));
    expect(readFileSync(path.join(directory, "config.json"), "utf8")).toBe("{}");
    expect(readFileSync(path.join(directory, "onnx/model.onnx"), "utf8")).toBe("weights");
  });

  it("is unpacked as it is where its files lie at the top", async () => {
    const members = MODEL.map(({ name, ...rest }) => ({ name: name.slice(9), ...rest }));
    const directory = await unpack(make(...members));
    expect(directory).toBe(target);
    expect(readdirSync(directory).toSorted()).toEqual(["config.json", "onnx"]);
  });

  it("loses what is hidden and what macOS adds", async () => {
    const extras = ["my-model/.DS_Store", "__MACOSX/my-model/._config.json", ".git/config"];
    const directory = await unpack(make(...extras.map((name) => ({ name })), ...MODEL));
    expect(readdirSync(directory).toSorted()).toEqual(["config.json", "onnx"]);
  });

  it.each([
    ["../outside", "a step up"],
    ["a/../../outside", "a step up inside"],
    ["/tmp/whetstone-outside", "an absolute path"],
    ["C:\\outside", "a drive"],
    ["..\\outside", "a step up as Windows writes it"],
  ])("is refused with %s, %s, and nothing is left", async (name) => {
    const file = make(...MODEL, { name, content: "x" });
    await expect(unpack(file)).rejects.toMatchObject({ code: "invalid_input" });
    expect(found()).toEqual([]);
    expect(existsSync("/tmp/whetstone-outside")).toBe(false);
  });

  it("is refused with more files or bytes than the limits", async () => {
    const file = make(...MODEL);
    await expect(unpack(file, { filesMax: 1 })).rejects.toMatchObject({
      code: "invalid_input",
      details: { limit: 1 },
    });
    await expect(unpack(file, { bytesMax: 8 })).rejects.toMatchObject({
      code: "invalid_input",
      details: { limitBytes: 8 },
    });
    expect(found()).toEqual([]);
    await expect(unpack(file, { filesMax: 2, bytesMax: 9 })).resolves.toBeTypeOf("string");
  });

  it("is refused with two files of one name", async () => {
    const [first] = MODEL;
    await expect(unpack(make(first!, first!))).rejects.toMatchObject({ code: "invalid_input" });
    expect(found()).toEqual([]);
  });

  it("is refused when it is cut short anywhere", async () => {
    const file = make(...MODEL, { name: "my-model/big", content: "x".repeat(5000) });
    const whole = readFileSync(file).length;
    for (const length of [0, 100, 700, 1200, whole - 2000]) {
      truncateSync(make(...MODEL, { name: "my-model/big", content: "x".repeat(5000) }), length);
      await expect(unpack(file), `${length} bytes`).rejects.toMatchObject({ code: "damaged_file" });
      expect(found()).toEqual([]);
    }
  });

  it("stops when it is told to, and leaves nothing", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const onProgress = (): void => stop.abort(reason);
    const unpacking = unpack(make(...MODEL), { signal: stop.signal, onProgress });
    await expect(unpacking).rejects.toThrow("enough");
    expect(found()).toEqual([]);
  });
});

describe("a tar archive", () => {
  it.each(["SymbolicLink", "Link", "CharacterDevice", "FIFO"] as const)(
    "is refused with an entry of the type %s",
    async (type) => {
      const file = tarOf(...MODEL, { name: "my-model/vocab.txt", type });
      await expect(unpack(file)).rejects.toMatchObject({ code: "invalid_input" });
      expect(found()).toEqual([]);
    },
  );

  it("in gzip is refused when it is cut short or damaged", async () => {
    const random = Buffer.from(Array.from({ length: 90_000 }, (_, i) => (i * i * 31) % 251));
    const plain = readFileSync(tarOf(...MODEL, { name: "a", content: random.toString("latin1") }));
    const zipped = gzipSync(plain);
    const cut = written("made-cut.tar.gz", zipped.subarray(0, zipped.length / 2));
    await expect(unpack(cut)).rejects.toMatchObject({ code: "damaged_file" });
    zipped[zipped.length - 8]! ^= 1;
    const damaged = written("made-damaged.tgz", zipped);
    await expect(unpack(damaged)).rejects.toMatchObject({ code: "damaged_file" });
    expect(found()).toEqual([]);
  });

  it("may have long names, and begin with the directory itself", async () => {
    const long = `${"d".repeat(120)}/${"f".repeat(120)}`;
    const source = path.join(folder, "made-source");
    mkdirSync(path.join(source, path.dirname(long)), { recursive: true });
    writeFileSync(path.join(source, long), "content");
    writeFileSync(path.join(source, "config.json"), "{}");
    const file = path.join(folder, "made.tar.gz");
    await create({ file, cwd: source, gzip: true }, ["."]);
    const directory = await unpack(file);
    expect(readFileSync(path.join(directory, long), "utf8")).toBe("content");
  });
});

describe("a zip archive", () => {
  it("is refused with a symbolic link or a device", async () => {
    for (const mode of [0o120777, 0o020666]) {
      const file = zipOf(...MODEL, { name: "my-model/vocab.txt", content: "/etc/passwd", mode });
      await expect(unpack(file)).rejects.toMatchObject({ code: "invalid_input" });
    }
    expect(found()).toEqual([]);
  });

  it("is refused when a file is not what was packed", async () => {
    const file = zipOf(...MODEL, { name: "my-model/vocab.txt", content: "one", crc: 1 });
    await expect(unpack(file)).rejects.toMatchObject({ code: "damaged_file" });
    expect(found()).toEqual([]);
  });
});

describe("models add", () => {
  const data = (): string => path.join(folder, "data");

  /** What is under way or left of it. */
  const leftovers = (): string[] =>
    ["downloads", "versions", "staged"].flatMap((name) => {
      const directory = path.join(data(), name);
      return existsSync(directory) ? readdirSync(directory).filter((n) => n.startsWith(".")) : [];
    });

  async function packed(name: string): Promise<string> {
    const source = path.join(folder, "tiny-bert");
    writeTinyModel(source);
    const file = path.join(folder, name);
    if (!name.endsWith(".zip")) {
      await create({ file, cwd: folder, gzip: !name.endsWith(".tar") }, ["tiny-bert"]);
      return file;
    }
    const members = readdirSync(source).map((each) => {
      return { name: `tiny-bert/${each}`, content: readFileSync(path.join(source, each)) };
    });
    renameSync(zipOf(...members), file);
    return file;
  }
  it.each(["tiny.tar", "tiny.tar.gz", "tiny.tgz", "tiny.zip"])("adds %s", async (name) => {
    const file = await packed(name);
    const added = await callCli(["models", "add", file, "--data", data(), "--json"]);
    expect(added.stderr).not.toContain("rror");
    expect(documentOf(added)).toMatchObject({ models: [{ id: "tiny" }] });
    expect(leftovers()).toEqual([]);
    const filled = await callCli(["fill", "春[MASK]", "--model", "tiny", "--data", data()]);
    expect(filled.code).toBe(0);
  });

  it("says what is wrong with an archive, and leaves nothing of it", async () => {
    const file = await packed("tiny.tar.gz");
    truncateSync(file, 5000);
    const add = (source: string) => callCli(["models", "add", source, "--data", data(), "--json"]);
    expect(documentOf(await add(file))).toMatchObject({ error: { code: "damaged_file" } });
    expect(documentOf(await add(path.join(folder, "none.zip")))).toMatchObject({
      error: { code: "not_found" },
    });
    expect(await add("model.tar.xz")).toMatchObject({ code: 2 });
    expect(leftovers()).toEqual([]);
  });

  it("takes back what it did when it is interrupted", async () => {
    const file = await packed("tiny.tar");
    const { terminal, out, interrupt } = fakeTerminal();
    const args = ["models", "add", file, "--id", "late", "--data", data(), "--json"];
    const running = runCommandLine(args, {
      ...terminal,
      onInterrupt: (callback) => {
        const forget = terminal.onInterrupt(callback);
        setImmediate(interrupt);
        return forget;
      },
    });
    expect(await running).toBe(1);
    expect(JSON.parse(out())).toMatchObject({ error: { code: "cancelled" } });
    expect(leftovers()).toEqual([]);
    const listed = await callCli(["models", "list", "--data", data(), "--json"]);
    expect(listed.stdout).not.toContain("late");
  });
});
