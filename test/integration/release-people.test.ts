// Releases and people: what they say of answers takes a canary back, who moved it is written down,
// and what moved by itself as well.

import { afterEach, expect, it, vi } from "vitest";
import type {
  DeploymentsResponse,
  FillPrediction,
  ReleaseForecast,
  VersionArchive,
} from "../../src/wire/index.ts";
import { addStubVersion, startApp, until, type RunningApp } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let running: RunningApp;
afterEach(async () => running[Symbol.asyncDispose]());

const stateNow = (): string | undefined =>
  running.app.releases.find("starter-cloze")?.release.state;

async function call(url: string, { body, key }: { body?: object; key?: string } = {}) {
  const response = await fetch(running.url + url, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      "content-type": "application/json",
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function begin(wish: object, key?: string): Promise<void> {
  const version = await addStubVersion(running);
  const body = { model: "starter-cloze", version, intervalSeconds: 600, ...wish };
  const begun = await call("/api/deployments", { body, ...(key !== undefined && { key }) });
  expect(begun).toMatchObject({ status: 202 });
  await until(() => stateNow() === "canary");
}

/** Users who judge one answer each, as `isGood` says of the version that gave it. */
async function judge(users: number, isGood: (version: string) => boolean): Promise<void> {
  for (let user = 0; user < users && stateNow() === "canary"; user++) {
    const filled = await running.fill({ text: "春[MASK]", userKey: `user ${user}` });
    const { version, predictionId } = filled.body as FillPrediction;
    const verdict = isGood(version) ? "accept" : "reject";
    expect(await call("/api/feedback", { body: { predictionId, verdict } })).toMatchObject({
      status: 200,
    });
  }
}

async function deployment(): Promise<DeploymentsResponse["deployments"][number]["release"]> {
  const { body } = await call("/api/deployments");
  return (body as DeploymentsResponse).deployments[0]?.release ?? null;
}

it("takes a canary back whose answers people like less, and leaves one that they like as much", async () => {
  running = await startApp();
  await running.ready;
  await begin({ steps: [50] });
  await judge(80, () => false);
  const like = await deployment();
  expect(like?.checks.find(({ name }) => name === "verdicts")).toMatchObject({ state: "ok" });
  expect(stateNow()).toBe("canary");
  await call("/api/deployments/starter-cloze/rollback", { body: {} });
  await begin({ steps: [50] });
  await judge(200, (version) => version === "1");
  await until(() => stateNow() === "rolled-back");
  expect(await deployment()).toMatchObject({
    by: "gate",
    why: { code: "verdicts", isProven: true },
  });
});

it("takes a shadow away that would have answered otherwise", async () => {
  running = await startApp();
  await running.ready;
  await begin({ shadow: true });
  const routing = running.app.releases.routingOf("starter-cloze");
  const answer = (text: string) => {
    const candidates = [{ text, score: 0.5, sequence: text }];
    return [{ blanks: [{ candidates }] }] as unknown as Parameters<
      NonNullable<typeof routing>["compare"]
    >[0];
  };
  for (let i = 0; i < 30; i++) routing?.compare(answer("岸"), answer("月"));
  await until(() => stateNow() === "rolled-back");
  expect(await deployment()).toMatchObject({ by: "gate", why: { code: "agreement" } });
});

it("is foretold by the traffic that would go to either arm", async () => {
  running = await startApp();
  await running.ready;
  const forecast = async (query = "") =>
    call(`/api/deployments/starter-cloze/forecast${query}`) as Promise<{
      status: number;
      body: ReleaseForecast;
    }>;
  expect((await forecast()).body).toMatchObject({
    requestsPerSecond: 0,
    needed: 100,
    expectedSeconds: [{ share: 5, sample: null, errors: null }, {}, {}, { share: 100 }],
  });
  for (let i = 0; i < 12; i++) await running.fill({ text: "春[MASK]" });
  await running.fill({ text: "春[MASK]", model: "starter-cloze@1" });
  const { body } = await forecast("?steps=10,50");
  expect(body.requestsPerSecond).toBeCloseTo(0.2, 9);
  expect(body.expectedSeconds.map(({ share }) => share)).toEqual([10, 50, 100]);
  expect(body.expectedSeconds[0]?.sample).toBeCloseTo(5000, 6);
  expect(await forecast("?steps=50,10")).toMatchObject({ status: 400 });
  expect(await call("/api/deployments/none/forecast")).toMatchObject({ status: 404 });
});

it("writes down whose key moved it, for operators, and what moved by itself", async () => {
  running = await startApp();
  await running.ready;
  const { keys, audit } = running.app.registry;
  const { text: boss } = await keys.add("boss", "operate");
  const { text: reader } = await keys.add("reader", "use");
  await begin({ steps: [50] }, boss);
  await call("/api/deployments/starter-cloze/promote", { body: {}, key: boss });
  const url = "/api/versions/starter-cloze@2/archive";
  const shown = (await call(url, { key: boss })).body as VersionArchive;
  const [first, ...rest] = shown.moves;
  expect(first).toMatchObject({ by: "http", key: "boss", to: "loading" });
  expect(rest.at(-1)).toMatchObject({ by: "http", key: "boss", to: "promoted" });
  expect(rest.find(({ to }) => to === "canary")).not.toHaveProperty("key");
  expect(shown.releases).toMatchObject([{ by: "http", key: "boss" }]);
  expect(JSON.stringify((await call(url, { key: reader })).body)).not.toContain("boss");
  const rows = await audit.list({ limit: 10 });
  expect(rows.map(({ actor, action, target }) => [actor, action, target]).toReversed()).toEqual(
    expect.arrayContaining([
      ["boss", "release.begin", "starter-cloze@2"],
      ["(release)", "release.step", "starter-cloze@2 (50 %)"],
      ["boss", "release.promote", "starter-cloze"],
    ]),
  );
  expect(rows.filter(({ actor }) => actor === "(release)")).toHaveLength(1);
});

it("begins by itself when a command beside the server has trained a version", async () => {
  running = await startApp({ flags: { "release.auto": "canary" } });
  await running.ready;
  await addStubVersion(running, {}, { origin: "trained", state: "refused" });
  await addStubVersion(running, {}, { origin: "trained" });
  await until(() => stateNow() === "canary");
  expect(running.app.releases.find("starter-cloze")?.release).toMatchObject({
    canary: { version: "3" },
    waits: true,
  });
  const rows = await running.app.registry.audit.list({ limit: 10 });
  expect(rows.at(-1)).toMatchObject({ actor: "(release)", action: "release.begin" });
});
