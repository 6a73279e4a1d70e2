// A server that is killed in the middle of a release, and the next one over the same data.

import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Deployment, DeploymentsResponse, HealthResponse } from "../../src/wire/index.ts";
import { addStubVersion, writeStubModel } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const ENTRY = path.resolve(import.meta.dirname, "../helpers/stub-server.main.ts");

let folder: string;
let server: ChildProcess;
let url: string;

async function start(): Promise<void> {
  const args = [path.join(folder, "data"), path.join(folder, "starters")];
  server = fork(ENTRY, args, { execArgv: ["--import", "tsx"], stdio: "ignore" });
  url = await new Promise<string>((resolve, reject) => {
    server.once("message", (message) => resolve(message as string));
    server.once("exit", (code) => reject(new Error(`it ended with code ${code}`)));
  });
}

async function kill(): Promise<void> {
  const exit = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await exit;
}

async function post(address: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(url + address, { method: "POST", headers, body: JSON.stringify(body) });
}

async function show(): Promise<Deployment | undefined> {
  const response = await fetch(`${url}/api/deployments`);
  return ((await response.json()) as DeploymentsResponse).deployments[0];
}

async function reaches(state: Deployment["state"]): Promise<Deployment> {
  for (let i = 0; i < 300; i++) {
    const found = await show();
    if (found?.state === state) return found;
    await sleep(100);
  }
  throw new Error(`never ${state}`);
}

/** Which versions are ready, once as many are. */
async function ready(count: number): Promise<string[]> {
  for (let i = 0; i < 300; i++) {
    const { live } = (await (await fetch(`${url}/healthz`)).json()) as HealthResponse;
    const versions = live.filter(({ state }) => state === "ready").map(({ version }) => version);
    if (versions.length === count) return versions.toSorted();
    await sleep(100);
  }
  throw new Error(`never ${count} versions ready`);
}

/** Which version answers each of 40 users. */
async function versionsOfUsers(): Promise<(string | null)[]> {
  const versions: (string | null)[] = [];
  for (let user = 0; user < 40; user++) {
    const response = await post("/api/fill", { text: "[MASK]", userKey: `user ${user}` });
    expect(response.status).toBe(200);
    versions.push(response.headers.get("x-whetstone-version"));
  }
  return versions;
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-restart-"));
  writeStubModel(path.join(folder, "starters/starter-cloze"));
  await start();
  const version = await addStubVersion({ folder });
  const wish = { model: "starter-cloze", version, steps: [50], intervalSeconds: 600 };
  await post("/api/deployments", wish);
  await reaches("canary");
});

afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

describe("a server that is killed in the middle of a release", () => {
  it("comes back at the same share, with every user where they were", async () => {
    const before = await show();
    const users = await versionsOfUsers();
    expect(new Set(users)).toEqual(new Set(["1", "2"]));
    await kill();
    await start();
    const after = await show();
    expect(after).toMatchObject({ state: "canary", share: 50, stable: "1", canary: "2" });
    expect(after?.release?.id).toBe(before?.release?.id);
    await ready(2);
    expect(await versionsOfUsers()).toEqual(users);
  });

  it("keeps the old version warm after a promotion, and the way back is exact", async () => {
    expect((await post("/api/deployments/starter-cloze/promote", {})).status).toBe(200);
    await kill();
    await start();
    expect(await show()).toMatchObject({ state: "promoted", stable: "2", canary: null });
    expect(await ready(2)).toEqual(["1", "2"]);
    expect(new Set(await versionsOfUsers())).toEqual(new Set(["2"]));
    expect((await post("/api/deployments/starter-cloze/rollback", {})).status).toBe(200);
    expect(new Set(await versionsOfUsers())).toEqual(new Set(["1"]));
  });
});
