// Releases on a running server with real processes, whose versions do wrong on request.

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextPosition } from "../../src/serving/release/state.ts";
import type { Deployment, DeploymentsResponse, VersionArchive } from "../../src/wire/index.ts";
import { addStubVersion, startApp, until, type RunningApp } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let running: RunningApp;
let ended: AbortController;

beforeEach(async () => {
  ended = new AbortController();
  running = await startApp({ flags: { "release.minRequests": "20", "cache.maxBytes": "0" } });
  await running.ready;
});
afterEach(async () => {
  ended.abort();
  await running[Symbol.asyncDispose]();
});

async function post(url: string, body: object = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(running.url + url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const deploy = (version: string, more: object = {}): ReturnType<typeof post> =>
  post("/api/deployments", { model: "starter-cloze", version, ...more });
const move = (kind: string): ReturnType<typeof post> =>
  post(`/api/deployments/starter-cloze/${kind}`);

async function show(): Promise<Deployment> {
  const response = await fetch(`${running.url}/api/deployments`);
  const { deployments } = (await response.json()) as DeploymentsResponse;
  const [deployment] = deployments;
  if (deployment === undefined) throw new Error("there is no deployment");
  return deployment;
}

async function reaches(state: Deployment["state"]): Promise<Deployment> {
  for (let i = 0; i < 600; i++) {
    const deployment = await show();
    if (deployment.state === state) return deployment;
    await sleep(100);
  }
  throw new Error(`never ${state}: ${JSON.stringify(await show())}`);
}

/** Asks again and again, as user 0, 1, … 49, until the result is called. */
function load(): () => Promise<{ statuses: number[]; versions: Map<number, string[]> }> {
  const own = new AbortController();
  const statuses: number[] = [];
  const versions = new Map<number, string[]>();
  const ask = async (user: number): Promise<void> => {
    const { status, headers } = await running.fill({ text: "[MASK]", userKey: `user ${user}` });
    statuses.push(status);
    const version = headers.get("x-whetstone-version") ?? "none";
    versions.set(user, [...(versions.get(user) ?? []), version]);
  };
  const all = (async () => {
    // A test that fails leaves no load behind.
    const over = AbortSignal.any([own.signal, ended.signal]);
    for (let turn = 0; !over.aborted; turn++) {
      await Promise.all([0, 1, 2, 3, 4].map((i) => ask((5 * turn + i) % 50)));
      await sleep(10);
    }
  })();
  return async () => {
    own.abort();
    await all;
    return { statuses, versions };
  };
}

describe("a release", () => {
  it("goes through its steps under load, loses no request, and sends no user back", async () => {
    const version = await addStubVersion(running);
    const stop = load();
    const begun = await deploy(version, { steps: [5, 50, 100], intervalSeconds: 1 });
    expect(begun).toMatchObject({ status: 202, body: { stable: "1", canary: "2" } });
    const promoted = await reaches("promoted");
    expect(promoted).toMatchObject({ stable: "2", canary: null, share: 0 });
    const { statuses, versions } = await stop();
    expect(new Set(statuses)).toEqual(new Set([200]));
    for (const seen of versions.values()) expect(seen).toEqual(seen.toSorted());
    expect((await running.app.registry.showModel("starter-cloze")).stable).toBe("2");
    const events = await running.app.registry.eventsOf("starter-cloze@2");
    const moves = events.flatMap((e) => (e.kind === "release" ? [`${e.to} ${e.share}`] : []));
    expect(moves).toEqual([
      "loading 0",
      "warm 0",
      "canary 0.05",
      "canary 0.5",
      "canary 1",
      "promoted 1",
    ]);
  });

  it("is promoted without any traffic, by probes through both arms", async () => {
    await deploy(await addStubVersion(running), { steps: [50], intervalSeconds: 0 });
    const { release } = await reaches("promoted");
    expect(release?.reason).toContain("all gates passed");
    expect(release?.why).toMatchObject({ code: "passed" });
  });

  it("keeps why it moved as data beside the sentence, also in the archive of its version", async () => {
    await deploy(await addStubVersion(running), { steps: [5], intervalSeconds: 600 });
    await reaches("canary");
    await move("rollback");
    const response = await fetch(`${running.url}/api/versions/starter-cloze@2/archive`);
    const { moves } = (await response.json()) as VersionArchive;
    const [first, last] = [moves[0], moves.at(-1)];
    expect(first).toMatchObject({ reason: "begun", why: { code: "begun" } });
    const why = { code: "switched-back" };
    expect(last).toMatchObject({ reason: "switched back by a person", why });
  });

  it("is switched back by a person, before and after its promotion, loading nothing", async () => {
    await deploy(await addStubVersion(running), { steps: [50], intervalSeconds: 600 });
    await reaches("canary");
    const pids = running.app.gateway.pids();
    expect(await move("promote")).toMatchObject({ status: 200, body: { state: "promoted" } });
    expect((await running.fill({ text: "[MASK]" })).headers.get("x-whetstone-version")).toBe("2");
    const back = await move("rollback");
    expect(back).toMatchObject({ status: 200, body: { state: "rolled-back", stable: "1" } });
    expect((await running.fill({ text: "[MASK]" })).headers.get("x-whetstone-version")).toBe("1");
    await until(() => running.app.gateway.pids().length === 1);
    expect(pids).toContain(running.app.gateway.pids()[0]);
    expect(await move("rollback")).toMatchObject({ status: 200, body: { state: "rolled-back" } });
  });

  it("is paused, resumed, and given another share by hand", async () => {
    await deploy(await addStubVersion(running), { steps: [5, 100], intervalSeconds: 600 });
    await reaches("canary");
    expect(await move("pause")).toMatchObject({ body: { state: "paused", share: 5 } });
    expect(await move("pause")).toMatchObject({ status: 409 });
    expect(await move("resume")).toMatchObject({ body: { state: "canary", share: 5 } });
    expect(await move("promote?share=20")).toMatchObject({ body: { state: "canary", share: 20 } });
    expect(await move("promote?share=120")).toMatchObject({ status: 400 });
  });

  it("keeps to the version that a header names", async () => {
    await deploy(await addStubVersion(running), { steps: [5], intervalSeconds: 600 });
    await reaches("canary");
    const ask = async (headers: Record<string, string>, model = "starter-cloze") => {
      const response = await fetch(`${running.url}/api/fill`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ text: "[MASK]", model }),
      });
      return [response.status, response.headers.get("x-whetstone-version")];
    };
    expect(await ask({ "x-whetstone-version": "2" })).toEqual([200, "2"]);
    expect(await ask({ "x-whetstone-version": "1" })).toEqual([200, "1"]);
    expect(await ask({ "x-whetstone-version": "9" })).toEqual([404, null]);
    expect(await ask({ "x-whetstone-version": "2" }, "starter-cloze@1")).toEqual([400, null]);
  });

  it("only shadows when it is told to, and says how often both agree", async () => {
    await deploy(await addStubVersion(running), { shadow: true, intervalSeconds: 0 });
    await reaches("canary");
    for (let i = 0; i < 20; i++) {
      const { headers } = await running.fill({ text: `${i}[MASK]` });
      expect(headers.get("x-whetstone-version")).toBe("1");
    }
    await until(() => running.app.releases.list()[0]?.agreement.report().compared === 20);
    expect(await show()).toMatchObject({ share: 0, release: { agreement: { sameFirst: 20 } } });
  });

  it("is refused for a version that the gate refused, unless forced, which is kept", async () => {
    const version = await addStubVersion(running, {}, { state: "refused" });
    expect(await deploy(version)).toMatchObject({ status: 409 });
    expect(await deploy(version, { force: true })).toMatchObject({ status: 202 });
    expect((await show()).release).toMatchObject({ forced: true });
    const { entries } = (await (await fetch(`${running.url}/api/audit`)).json()) as {
      entries: { action: string; target: string }[];
    };
    expect(entries[0]).toMatchObject({
      action: "release.begin",
      target: "starter-cloze@2 (forced)",
    });
  });

  it("is not begun with wrong steps, twice, or for the stable version", async () => {
    const version = await addStubVersion(running);
    expect(await deploy("1")).toMatchObject({ status: 409 });
    expect(await deploy("7")).toMatchObject({ status: 404 });
    expect(await deploy(version, { steps: [20, 5] })).toMatchObject({ status: 400 });
    expect(await move("rollback")).toMatchObject({ status: 409 });
    expect(await deploy(version)).toMatchObject({ status: 202 });
    expect(await deploy(version)).toMatchObject({ status: 409 });
  });
});

describe("a canary that does wrong", () => {
  it("is switched back by the breaker, and no caller notices", async () => {
    const version = await addStubVersion(running, { failsFrom: 40 });
    const stop = load();
    await deploy(version, { steps: [50], intervalSeconds: 600 });
    const back = await reaches("rolled-back");
    expect(back).toMatchObject({ stable: "1", canary: null, share: 0 });
    expect(["breaker", "gate"]).toContain(back.release?.by);
    expect(back.release?.reason).toContain("failed");
    expect(new Set((await stop()).statuses)).toEqual(new Set([200]));
    await until(() => running.app.gateway.pids().length === 1);
  });

  for (const [what, behaviour] of [
    ["answers NaN", { isNaN: true }],
    ["crashes at its first request", { crashes: true }],
  ] as const) {
    it(`fails before it has a share when it ${what}`, async () => {
      await deploy(await addStubVersion(running, behaviour), { steps: [5], intervalSeconds: 0 });
      expect(await reaches("failed")).toMatchObject({ stable: "1", canary: null, share: 0 });
      expect((await running.fill({ text: "[MASK]" })).status).toBe(200);
    });
  }

  it("that dies mid-request is answered for by the stable version", async () => {
    // The stable version has had its crash before.
    await running.fill({ text: "crash once[MASK]" });
    await deploy(await addStubVersion(running), { steps: [100], intervalSeconds: 600 });
    await reaches("canary");
    const { status, headers } = await running.fill({ text: "crash once[MASK]" });
    expect([status, headers.get("x-whetstone-version")]).toEqual([200, "1"]);
  });

  it("whose only process is killed or stopped under load costs no request", async () => {
    const before = running.app.gateway.pids();
    await deploy(await addStubVersion(running), { steps: [50], intervalSeconds: 600 });
    await reaches("canary");
    const stop = load();
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      const canary = running.app.gateway.pids().find((pid) => !before.includes(pid));
      process.kill(canary ?? 0, signal);
      await sleep(4000);
    }
    expect(new Set((await stop()).statuses)).toEqual(new Set([200]));
  });
});

describe("where a release is", () => {
  it("stays as it was when the disk refuses, and the way is free when it does not", async () => {
    await deploy(await addStubVersion(running), { steps: [50], intervalSeconds: 600 });
    await reaches("canary");
    const full = vi.spyOn(running.app.registry.releases, "save");
    full.mockRejectedValue(new Error("database or disk is full"));
    expect(await move("promote")).toMatchObject({ status: 500 });
    expect(await show()).toMatchObject({ state: "canary", share: 50, stable: "1" });
    expect((await running.fill({ text: "[MASK]" })).status).toBe(200);
    full.mockRestore();
    expect(await move("promote")).toMatchObject({ status: 200, body: { state: "promoted" } });
  });

  it("is always one of its states, whatever happens in it", () => {
    const stage = { share: 0.05, steps: [0.05, 1], isShadow: false, waits: false };
    expect(nextPosition({ ...stage, state: "failed" }, { kind: "passed" })).toBeUndefined();
    expect(nextPosition({ ...stage, state: "rolled-back" }, { kind: "promote" })).toBeUndefined();
    const waiting = { ...stage, waits: true, state: "canary" } as const;
    expect(nextPosition(waiting, { kind: "passed" })).toMatchObject({ state: "paused" });
  });
});
