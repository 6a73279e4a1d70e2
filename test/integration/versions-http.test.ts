// Versions over HTTP: the list, the archive in its two forms, notes, and the switch to another stable
// version under traffic. Replicas run a filler without a model.

import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openRegistry } from "../../src/registry/index.ts";
import {
  gateVerdict,
  type GateFinding,
  type VersionArchive,
  type VersionsResponse,
} from "../../src/wire/index.ts";
import { startApp, until, writeStubModel, type RunningApp } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const measured = { count: 10, top1: 0.5, top3: 0.75, ece: 0.05 };
const METRICS = {
  recipe: "incremental",
  before: measured,
  after: { ...measured, top1: 0.8 },
  counts: { training: 40, heldOut: 10 },
};
const fell = { before: 0.5, after: 0.375, allowed: 0.25 };
/** One of each shape. */
const FINDINGS: readonly GateFinding[] = [
  { code: "top3-fell", ...fell },
  { code: "ece-rose", ...fell },
  { code: "probes-fell", ...fell, count: 580 },
  { code: "suite-fell", ...fell, count: 20, suite: "golden" },
  { code: "loss-not-fallen", before: 2.5 },
];

let running: RunningApp;

beforeAll(async () => {
  running = await startApp();
  await running.ready;
  // Without the check whether it can be opened, which a stub cannot pass.
  await using registry = await openRegistry(path.join(running.folder, "data"));
  for (const state of ["ready", "refused"] as const) {
    const source = path.join(running.folder, state);
    writeStubModel(source, state);
    const gate = gateVerdict(state === "refused" ? FINDINGS : []);
    const facts = { parent: "1", state, metrics: { ...METRICS, gate } };
    await registry.addVersion("starter-cloze", source, facts);
  }
});
afterAll(() => running[Symbol.asyncDispose]());

async function call(url: string, init: RequestInit = {}) {
  const response = await fetch(`${running.url}/api/versions${url}`, init);
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type") ?? "", text };
}

async function post(url: string, body: object) {
  const headers = { "content-type": "application/json" };
  const { status, text } = await call(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status, body: JSON.parse(text) as VersionArchive };
}

const archiveOf = async (version: string): Promise<VersionArchive> =>
  JSON.parse((await call(`/starter-cloze@${version}/archive`)).text) as VersionArchive;

describe("GET /api/versions", () => {
  it("lists versions of a model, the newest first, with what was measured", async () => {
    const { versions } = JSON.parse((await call("")).text) as VersionsResponse;
    expect(versions.map(({ version }) => version)).toEqual(["3", "2", "1"]);
    expect(versions[1]).toMatchObject({ state: "ready", parent: "1", gate: { passed: true } });
    expect(versions[1]?.metrics?.rows[0]).toMatchObject({ name: "top1", before: 0.5, after: 0.8 });
    expect(versions[2]).toMatchObject({ isStable: true, origin: "shipped", metrics: null });
    expect(versions[0]?.gate).toEqual(gateVerdict(FINDINGS));
    expect((await call("?model=nobody")).status).toBe(404);
  });
});

describe("GET /api/versions/:id/archive", () => {
  it.each([
    ["", "application/json"],
    ["*/*", "application/json"],
    ["text/markdown", "text/markdown"],
    ["application/json;q=0.5, text/markdown", "text/markdown"],
    ["text/markdown;q=0.5, application/json", "application/json"],
  ])("answers Accept %j with %s", async (accept, type) => {
    const answer = await call("/starter-cloze@2/archive", { headers: { accept } });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.type).toContain(type);
    const isJson = type === "application/json";
    expect(answer.text).toContain(isJson ? '"version":"2"' : "# starter-cloze@2");
  });

  it("takes the form from the address before the header", async () => {
    const headers = { accept: "application/json" };
    const { text } = await call("/starter-cloze@2/archive?format=markdown", { headers });
    expect(text).toContain("| top-1 | 50.0 % | 80.0 % | +30.0 points |");
  });

  it.each([
    ["/starter-cloze@9/archive", 404, "unknown_version"],
    ["/nobody@1/archive", 404, "unknown_model"],
    ["/starter-cloze/archive", 400, "names no version"],
    ["/starter-cloze@2/archive?format=pdf", 400, "format"],
  ])("refuses %s", async (url, status, says) => {
    const answer = await call(url);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(says);
  });
});

describe("POST /api/versions/:id/note", () => {
  it("keeps a person's word in the archive, and takes it back", async () => {
    const noted = await post("/starter-cloze@2/note", { text: "弱在古文" });
    expect(noted).toMatchObject({ status: 200, body: { limits: { note: { text: "弱在古文" } } } });
    expect(await archiveOf("2")).toMatchObject({ limits: { note: { text: "弱在古文" } } });
    await post("/starter-cloze@2/note", { text: "" });
    expect(await archiveOf("2")).toMatchObject({ limits: { note: null } });
    expect((await post("/starter-cloze@2/note", { text: "字".repeat(4001) })).status).toBe(413);
    const actions = (await running.app.registry.audit.list({ limit: 9 })).map((row) => row.action);
    expect(actions).toContain("version.note");
  });
});

describe("POST /api/versions/:id/stable", () => {
  it("switches under traffic without a failed request, and says who did it", async () => {
    const versions: unknown[] = [];
    const switched = new AbortController();
    const traffic = (async () => {
      while (!switched.signal.aborted) {
        const { status, body } = await running.fill({ text: `第${versions.length}个[MASK]` });
        expect(status).toBe(200);
        versions.push((body as { version: string }).version);
      }
    })();
    const { status, body } = await post("/starter-cloze@2/stable", {});
    expect(status).toBe(200);
    expect(body).toMatchObject({ isStable: true, releases: [{ from: "1", by: "http" }] });
    const live = running.app.gateway.status().live.find(({ version }) => version === "2");
    expect(live?.state).toBe("ready");
    const next = await running.fill({ text: "后来的[MASK]" });
    expect(next.body).toMatchObject({ version: "2" });
    switched.abort();
    await traffic;
    await until(() => running.app.gateway.status().live.every(({ version }) => version !== "1"));
    expect(versions[0]).toBe("1");
  });

  it("refuses what the gate refused, unless it is forced", async () => {
    const refused = await post("/starter-cloze@3/stable", {});
    expect(refused).toMatchObject({ status: 409 });
    expect((await running.fill({ text: "还是[MASK]" })).body).toMatchObject({ version: "2" });
    const forced = await post("/starter-cloze@3/stable", { force: true });
    expect(forced.body).toMatchObject({ releases: [{ from: "2", isForced: true }] });
    const back = await post("/starter-cloze@1/stable", {});
    expect(back.body).toMatchObject({ isStable: true, releases: [{ from: "3" }] });
    expect((await running.fill({ text: "回来了[MASK]" })).body).toMatchObject({ version: "1" });
  });

  it("waits for the end of a release that is under way", async () => {
    const wish = { model: "starter-cloze", version: "2", steps: [5] };
    await running.app.releases.deploy(wish, { by: "http" });
    expect((await post("/starter-cloze@2/stable", {})).status).toBe(409);
    await running.app.releases.move("starter-cloze", { kind: "rollback" }, { by: "http" });
    expect(await archiveOf("1")).toMatchObject({ isStable: true });
  });

  it("changes nothing for an unknown version or field", async () => {
    expect((await post("/starter-cloze@9/stable", {})).status).toBe(404);
    expect((await post("/starter-cloze@2/stable", { hurry: true })).status).toBe(400);
    expect(await archiveOf("1")).toMatchObject({ isStable: true });
  });
});
