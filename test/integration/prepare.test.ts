// Starts bin/whetstone on a small clone of its own: the real script and compiler, a one-file program.

import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const REPOSITORY = path.resolve(import.meta.dirname, "../..");
const MAIN = "src/cli/cli.main.ts";
const COPIED = ["bin/whetstone", "scripts/build.mjs", "scripts/prepare.mjs", "package.json"];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe("bin/whetstone on a clone", () => {
  let root = "";

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "whetstone-prepare-"));
    for (const file of [...COPIED, "tsconfig.json", "tsconfig.build.json"]) {
      await cp(path.join(REPOSITORY, file), path.join(root, file));
    }
    await symlink(path.join(REPOSITORY, "node_modules"), path.join(root, "node_modules"));
    await mkdir(path.join(root, "src/cli"), { recursive: true });
    await writeMain("one");
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  const writeMain = (answer: string): Promise<void> =>
    writeFile(path.join(root, MAIN), `console.log("${answer}", process.argv.slice(2).join());\n`);

  const start = (...args: string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const child = spawn(path.join(root, "bin/whetstone"), args);
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk) => (stdout += String(chunk)));
      child.stderr.on("data", (chunk) => (stderr += String(chunk)));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });

  it("builds first, says so on stderr only, and hands the arguments on", async () => {
    const first = await start("fill", "x");
    expect(first).toMatchObject({ code: 0, stdout: "one fill,x\n" });
    expect(first.stderr).toMatch(/^whetstone: building …\nwhetstone: built in [\d.]+ s\n$/);
    expect(await start()).toEqual({ code: 0, stdout: "one \n", stderr: "" });
  });

  it("builds again when a source changes, and not when only a test does", async () => {
    await start();
    await writeFile(path.join(root, "src/cli/cli.test.ts"), "export {};\n");
    expect((await start()).stderr).toBe("");
    await writeMain("two");
    expect(await start()).toMatchObject({
      stdout: "two \n",
      stderr: expect.stringContaining("built") as string,
    });
  });

  it("builds once for several starts at the same time", async () => {
    const ends = await Promise.all([start(), start(), start()]);
    expect(ends.map((end) => end.stdout)).toEqual(["one \n", "one \n", "one \n"]);
    expect(ends.filter((end) => end.stderr.includes("built in"))).toHaveLength(1);
  });

  it("takes over the lock of a process that is gone", async () => {
    const lock = path.join(root, ".cache/prepare.lock");
    await mkdir(lock, { recursive: true });
    await writeFile(path.join(lock, "pid"), "4194305");
    expect(await start()).toMatchObject({ code: 0, stdout: "one \n" });
  });

  it("shows the compiler's message, exits with 1 and keeps the build that was there", async () => {
    await start();
    await writeFile(path.join(root, MAIN), 'export const port: number = "8080";\n');
    const end = await start();
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toContain("error TS2322");
    expect(await readFile(path.join(root, "dist/cli/cli.main.js"), "utf8")).toContain("one");
  });

  it("copies files that are not TypeScript and drops those whose source is gone", async () => {
    const asset = path.join(root, "src/cli/words.json");
    await writeFile(asset, "[]");
    await start();
    await readFile(path.join(root, "dist/cli/words.json"));
    await rm(asset);
    await start();
    await expect(readFile(path.join(root, "dist/cli/words.json"))).rejects.toThrow("ENOENT");
  });

  it("never builds in an installed package, which has no scripts", async () => {
    await start();
    await rm(path.join(root, "scripts"), { recursive: true });
    await writeMain("two");
    expect(await start()).toEqual({ code: 0, stdout: "one \n", stderr: "" });
  });
});
