// A server that is killed in the middle of a release, and the next one over the same data.

import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openRegistry, type Release } from "../../src/registry/index.ts";
import type {
  Deployment,
  DeploymentsResponse,
  FillPrediction,
  HealthResponse,
} from "../../src/wire/index.ts";
import { addStubVersion, writeStubModel } from "../helpers/running-app.ts";
import { GATE } from "../helpers/stub-filler.ts";

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

/** Where the release is on disk, and the directory of the stable version. */
async function onDisk(): Promise<{ release: Release | undefined; stable: string }> {
  await using registry = await openRegistry(path.join(folder, "data"));
  const { directory: stable } = await registry.resolve("starter-cloze@1");
  return { release: (await registry.releases.newest())[0], stable };
}

/** A request as its client saw it. */
interface Told {
  readonly text: string;
  readonly user: string;
  readonly status: number;
  readonly body: FillPrediction;
  /** Times that the connection broke, or there was none, before there was an answer. */
  readonly cutCount: number;
}

/** Undefined where the connection breaks before there is an answer, or there is none. */
async function tryFill(body: object): Promise<Response | undefined> {
  try {
    return await post("/api/fill", body);
  } catch (error) {
    if (error instanceof TypeError && error.message === "fetch failed") return undefined;
    throw error;
  }
}

/** Asks until there is an answer, whatever it says; one that breaks off halfway throws. */
async function askUntilAnswered(text: string, user: string): Promise<Told> {
  for (let cutCount = 0; cutCount < 1000; cutCount++) {
    const response = await tryFill({ text, userKey: user });
    if (response === undefined) {
      await sleep(100);
      continue;
    }
    const body = (await response.json()) as FillPrediction;
    return { text, user, status: response.status, body, cutCount };
  }
  throw new Error(`never answered: ${text}`);
}

interface Stream extends AsyncDisposable {
  readonly told: Told[];
  /** Resolves once everybody has the last answer. */
  readonly end: () => Promise<void>;
}

/** Each of the users asks one thing after the other, until the end. */
function streamOf(users: readonly string[]): Stream {
  const told: Told[] = [];
  const ending = new AbortController();
  const ask = async (user: string): Promise<void> => {
    for (let i = 0; !ending.signal.aborted; i++) {
      told.push(await askUntilAnswered(`${user} 问 ${i} 次[MASK]`, user));
      await sleep(20);
    }
  };
  const all = Promise.all(users.map(ask));
  const end = async (): Promise<void> => {
    ending.abort();
    await all;
  };
  return { told, end, [Symbol.asyncDispose]: end };
}

/** Resolves once `condition` holds; fails after 10 s. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await sleep(10);
  expect(condition()).toBe(true);
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

  it("answers every request once, also those that it was killed with", async () => {
    const versions = await versionsOfUsers();
    const usersOf = (version: string): string[] =>
      versions.flatMap((each, user) => (each === version ? [`user ${user}`] : [])).slice(0, 4);
    const [stableUsers, canaryUsers] = [usersOf("1"), usersOf("2")];
    await using stream = streamOf([...stableUsers, ...canaryUsers]);
    const { told } = stream;
    const isStable = ({ user }: Told): boolean => stableUsers.includes(user);
    const answeredOf = (stable: boolean): number =>
      told.filter((each) => isStable(each) === stable).length;
    await until(() => answeredOf(true) >= 50 && answeredOf(false) >= 50);
    // What keeps the stable arm from answering, so that requests are in it when the kill comes; the
    // other arm is in the middle of its answers.
    const held = askUntilAnswered("gate[MASK]", stableUsers[0] ?? "");
    for (let before = -1; before !== answeredOf(true);) {
      before = answeredOf(true);
      await sleep(100);
    }
    const beforeKill = told.length;
    await kill();
    const { release, stable } = await onDisk();
    expect(release).toMatchObject({ state: "canary", share: 0.5 });
    writeFileSync(path.join(stable, GATE), "");
    await start();
    expect((await onDisk()).release).toEqual(release);
    expect(await show()).toMatchObject({ state: "canary", share: 50, stable: "1", canary: "2" });
    await ready(2);
    const beforeEnd = told.length;
    await until(() => told.length >= beforeEnd + 100);
    await stream.end();
    told.push(await held);

    const afterKill = told.slice(beforeKill);
    const cut = afterKill.filter(({ cutCount }) => cutCount > 0);
    expect(cut.filter(isStable).length).toBeGreaterThanOrEqual(stableUsers.length + 1);
    expect(told.slice(0, beforeKill).every(({ cutCount }) => cutCount === 0)).toBe(true);
    for (const { text, status, body, user } of told) {
      expect(status).toBe(200);
      expect(stableUsers.includes(user) ? ["1"] : ["1", "2"]).toContain(body.version);
      const [first] = body.candidates;
      expect(first?.sequence).toBe(text.replace("[MASK]", first?.text ?? ""));
    }
    expect(new Set(told.map(({ text }) => text)).size).toBe(told.length);
    expect(new Set(told.map(({ body }) => body.predictionId)).size).toBe(told.length);
    const versionsAfter = told.slice(beforeEnd).map(({ body }) => body.version);
    expect(new Set(versionsAfter)).toEqual(new Set(["1", "2"]));
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
