// `whetstone models add --version-of`: versions that were made elsewhere, patches among them.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { create } from "tar";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  PATCH_FILE,
  readModelConfig,
  readTokenizerFiles,
  savePatch,
} from "../../src/checkpoint/index.ts";
import { openDataDirectory } from "../../src/configured.ts";
import { parseConfig } from "../../src/config/index.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const BIAS = "cls.predictions.bias";
const VOCABULARY = 8000;
const folder = mkdtempSync(path.join(tmpdir(), "whetstone-added-versions-"));
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const elsewhere = inFolder("elsewhere");
const here = inFolder("here");
const env = { WHETSTONE_DATA: here };
let number = 0;

/** Adds a patch to a model of the other data directory; gives where it stores it. */
async function patchElsewhere(model: string): Promise<string> {
  const config = parseConfig({ flags: { "data.directory": elsewhere } });
  await using registry = await openDataDirectory(config);
  const [base] = (await registry.showModel(model)).versions;
  const data = Float32Array.from({ length: VOCABULARY }, (_, i) => 5 * (i % 7));
  const patch = inFolder(`patch-of-${model}`);
  savePatch(patch, {
    base: { key: base?.key ?? "", sha256: base?.sha256 ?? "" },
    config: readModelConfig(inFolder(model)),
    tokenizerFiles: readTokenizerFiles(inFolder(model)),
    differences: new Map([[BIAS, { shape: [VOCABULARY], data }]]),
  });
  const { version } = await registry.addVersion(model, patch);
  return (await registry.resolve(`${model}@${version}`)).directory;
}

const patches = new Map<string, string>();

beforeAll(async () => {
  for (const [i, model] of ["tiny", "other"].entries()) {
    writeTinyModel(inFolder(model), i + 1);
    await callCli(["models", "add", inFolder(model)], { env: { WHETSTONE_DATA: elsewhere } });
    patches.set(model, await patchElsewhere(model));
  }
});
beforeEach(async () => {
  rmSync(here, { recursive: true, force: true });
  await callCli(["models", "add", inFolder("tiny")], { env });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the files of a patch, under a name that says nothing of them. */
function carried(model: string): string {
  const copy = inFolder(`carried-${++number}`);
  cpSync(patches.get(model) ?? "", copy, { recursive: true });
  return copy;
}

const add = (source: string, ...more: string[]) =>
  callCli(["models", "add", source, "--version-of", "tiny", ...more], { env });

async function words(version: string): Promise<readonly string[]> {
  const filled = await callCli(["fill", "今天[MASK]气很好。", "--model", version, "--json"], {
    env,
  });
  const { candidates } = documentOf(filled) as { readonly candidates: { readonly text: string }[] };
  return candidates.map(({ text }) => text);
}

/** Whatever adding a version could leave behind. */
function left(): readonly string[] {
  return ["versions", "staged", "downloads"].flatMap((place) => {
    try {
      return readdirSync(path.join(here, place)).map((name) => path.join(place, name));
    } catch {
      return [];
    }
  });
}

describe("whetstone models add --version-of", () => {
  it("adds a patch that another data directory stored, which answers and is not stable", async () => {
    const added = await add(carried("tiny"), "--json");
    expect(added).toMatchObject({ code: 0 });
    expect(documentOf(added)).toMatchObject({
      added: "tiny@2",
      models: [
        {
          id: "tiny",
          stable: "1",
          versions: [
            { version: "1" },
            { version: "2", origin: "added", state: "ready", parent: null },
          ],
        },
      ],
    });
    expect(await words("tiny@2")).not.toEqual(await words("tiny@1"));
    expect(await words("tiny")).toEqual(await words("tiny@1"));
    const { stdout } = await callCli(["audit", "--json"], { env });
    expect(stdout).toContain('"version.add"');
  });

  it("takes it where it lies and out of an archive, and says what to do with it", async () => {
    const { code, stdout } = await add(patches.get("tiny") ?? "");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^added tiny@2, .*; version 1 stays stable\./);
    expect(stdout).toContain("`whetstone deploy tiny@2` releases it");
    const file = inFolder("patch.tar.gz");
    await create({ file, cwd: carried("tiny"), gzip: true }, ["."]);
    expect(documentOf(await add(file, "--json"))).toMatchObject({ added: "tiny@3" });
    expect(await words("tiny@3")).toEqual(await words("tiny@2"));
  });

  it("adds whole weights", async () => {
    expect(documentOf(await add(inFolder("other"), "--json"))).toMatchObject({ added: "tiny@2" });
    expect(await words("tiny@2")).not.toEqual(await words("tiny@1"));
  });

  it("refuses a patch for a base that is not here, and leaves nothing", async () => {
    const before = left();
    const refused = await add(carried("other"), "--json");
    expect(refused.code).toBe(1);
    expect(documentOf(refused)).toMatchObject({ error: { code: "not_found" } });
    expect(refused.stderr).toMatch(/is for the base [0-9a-f]{32}, which is no version of "tiny"/);
    expect(left()).toEqual(before);
    const shown = documentOf(await callCli(["models", "show", "tiny", "--json"], { env }));
    expect(shown).toMatchObject({ models: [{ versions: [{ version: "1" }] }] });
  });

  it("refuses a patch for a base that only another model has, and leaves nothing", async () => {
    await callCli(["models", "add", inFolder("other")], { env });
    const before = left();
    const refused = await add(carried("other"), "--json");
    expect(documentOf(refused)).toMatchObject({ error: { code: "not_found" } });
    expect(refused.stderr).toMatch(/is for the base [0-9a-f]{32}, which is no version of "tiny"/);
    expect(left()).toEqual(before);
    const fit = ["models", "add", carried("other"), "--version-of", "other"];
    expect(await callCli(fit, { env })).toMatchObject({ code: 0 });
  });

  it("refuses a patch with a changed byte, and leaves nothing", async () => {
    const damaged = carried("tiny");
    const file = path.join(damaged, PATCH_FILE);
    const bytes = readFileSync(file);
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(file, bytes);
    const before = left();
    const refused = await add(damaged, "--json");
    expect(refused.code).toBe(1);
    expect(documentOf(refused)).toMatchObject({ error: { code: "damaged_file" } });
    expect(refused.stderr).toContain("is not what was written: its hash differs");
    expect(left()).toEqual(before);
  });

  it.each([
    [["--version-of", "nix"], 1, /There is no model "nix"/],
    [["--version-of", "tiny@1"], 2, /without a version/],
    [["--version-of", "tiny", "--id", "x"], 2, /leave --id and --untrained out/],
    [["--version-of", "tiny", "--untrained"], 2, /leave --id and --untrained out/],
  ])("refuses %j", async (options, code, says) => {
    const result = await callCli(["models", "add", inFolder("other"), ...options], { env });
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(says);
  });
});
