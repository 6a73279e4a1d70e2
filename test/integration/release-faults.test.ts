// A release that meets broken files, with real replicas of tiny models: it fails and says why, and
// the stable version answers all the while.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import { readModelConfig, readTokenizerFiles, savePatch } from "../../src/checkpoint/index.ts";
import { parseConfig } from "../../src/config/index.ts";
import { openRegistry, type Release } from "../../src/registry/index.ts";
import { writeTinyModel } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const BIAS = "cls.predictions.bias";
const VOCABULARY = 8000;
const REPLICA = {
  file: path.resolve(import.meta.dirname, "../../src/serving/replica.main.ts"),
  execArgv: ["--import", "tsx"],
};

let folder: string;
let data: string;
let app: App;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-faults-"));
  data = path.join(folder, "data");
  writeTinyModel(path.join(folder, "base"));
  const flags = { "data.directory": data, "cache.maxBytes": "0", "fill.deadlineMs": "60000" };
  app = await createApp(parseConfig({ flags }), {
    replicaEntry: REPLICA,
    starters: path.join(folder, "none"),
  });
  await app.registry.addModel("m", path.join(folder, "base"));
  await app.releases.start();
});

afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Adds a patch to "m" unseen, as what has been damaged since it was added. */
async function addPatch(base: string, name = BIAS, size = VOCABULARY): Promise<string> {
  const patch = path.join(folder, "patch");
  const source = path.join(folder, "base");
  savePatch(patch, {
    base: { key: base, sha256: "0".repeat(64) },
    config: readModelConfig(source),
    tokenizerFiles: readTokenizerFiles(source),
    differences: new Map([[name, { shape: [size], data: new Float32Array(size).fill(0.5) }]]),
  });
  await using registry = await openRegistry(data);
  return (await registry.addVersion("m", patch)).version;
}

async function keyOf(reference: string): Promise<string> {
  return path.basename((await app.registry.resolve(reference)).directory);
}

/** Releases `version` while "m" is asked without a pause; gives how it ended. */
async function release(version: string): Promise<{ last: Release; versions: Set<unknown> }> {
  let last: Release | undefined;
  app.releases.onMove((moved) => (last = moved));
  const versions = new Set<unknown>();
  const ask = async (): Promise<void> => {
    const payload = { text: "今天[MASK]气很好。", model: "m" };
    const answer = await app.server.inject({ method: "POST", url: "/api/fill", payload });
    expect(answer.statusCode, answer.body).toBe(200);
    versions.add(answer.json<{ version: string }>().version);
  };
  await ask();
  await app.releases.deploy({ model: "m", version, steps: [50, 100] }, { by: "command" });
  const hasEnded = (): boolean => last?.state === "failed" || last?.state === "canary";
  while (!hasEnded()) await ask();
  await ask();
  return { last: last as unknown as Release, versions };
}

describe("the release of a version", () => {
  it("fails when its patch was damaged after it had been staged", async () => {
    const version = await addPatch(await keyOf("m@1"));
    const { directory } = await app.registry.resolve(`m@${version}`);
    await app.gateway.warm(`m@${version}`);
    await app.gateway.retire(`m@${version}`);
    const file = path.join(directory, "patch.safetensors");
    const bytes = readFileSync(file);
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(file, bytes);
    const { last, versions } = await release(version);
    expect(last).toMatchObject({ state: "failed", share: 0, by: "server" });
    expect(last.reason).toContain("patch.safetensors is not what was stored");
    expect([...versions]).toEqual(["1"]);
  });

  it.each([
    ["lacks a weight of it", "bert.encoder.layer.1.output.dense.bias", 32],
    ["has a weight of it in another shape", BIAS, VOCABULARY - 1],
  ])("fails when its patch is for another base: this one %s", async (_what, name, size) => {
    const version = await addPatch(await keyOf("m@1"), name, size);
    const { last, versions } = await release(version);
    expect(last).toMatchObject({ state: "failed", share: 0 });
    expect(last.reason).toMatch(/belongs to another base|no tensor/);
    expect([...versions]).toEqual(["1"]);
  });

  it("fails when the base of its patch is not there", async () => {
    const version = await addPatch("0".repeat(32));
    const { last, versions } = await release(version);
    expect(last).toMatchObject({ state: "failed", share: 0 });
    expect(last.reason).toContain("0".repeat(32));
    expect([...versions]).toEqual(["1"]);
  });
});
