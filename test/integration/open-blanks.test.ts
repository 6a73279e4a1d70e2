// A server with the shipped starter on one thread: the costliest request that it takes, and what
// others notice of it.

import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import { parseConfig } from "../../src/config/index.ts";
import { until } from "../helpers/running-app.ts";

// On a busy machine the costliest request takes long.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ROOT = path.resolve(import.meta.dirname, "../..");
const hasStarter = existsSync(path.join(ROOT, "models/starter-cloze/model.safetensors"));
const need = hasStarter ? "" : " [needs the starter: commit models/starter-cloze]";

/** Freed this soon, a replica has not finished what takes it several seconds. */
const SOON_MS = 2000;
/** What opens real models, from source. */
const REPLICA_ENTRY = {
  file: path.join(ROOT, "src/serving/replica.main.ts"),
  execArgv: ["--import", "tsx"],
};
const PLAIN = "春风又绿江南[MASK]，明月何时照我还。";
const textWith = (blankCount: number): string =>
  Array.from({ length: blankCount }, (_, i) => `第${i + 1}项是___`).join("，");

describe.skipIf(!hasStarter)(`many open blanks${need}`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "whetstone-open-blanks-"));
  let app: App;
  let url: string;

  beforeAll(async () => {
    mkdirSync(path.join(folder, "web/assets"), { recursive: true });
    const flags = {
      "data.directory": path.join(folder, "data"),
      "server.port": "0",
      "replica.threads": "1",
      "cache.maxBytes": "0",
      "fill.deadlineMs": "60000",
    };
    app = await createApp(parseConfig({ flags }), {
      replicaEntry: REPLICA_ENTRY,
      webDirectory: path.join(folder, "web"),
    });
    const listening = await app.listen();
    url = listening.url;
    await listening.ready;
    await app.gateway.warm("starter-cloze");
  });

  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const busyCount = (): number => app.gateway.status().live[0]?.busy ?? 0;
  const fill = async (
    text: string,
    signal?: AbortSignal,
  ): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}/api/fill`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text, topK: 1 }),
      ...(signal !== undefined && { signal }),
    });
    return { status: response.status, body: await response.json() };
  };

  it("let others in while they are filled, and are dropped when their caller goes away", async () => {
    const caller = new AbortController();
    let isSettled = false;
    const long = fill(textWith(8), caller.signal).finally(() => (isSettled = true));
    long.catch(() => {});
    await until(() => busyCount() === 1);
    for (let i = 0; i < 5; i++) expect((await fill(PLAIN)).status).toBe(200);
    expect(isSettled).toBe(false);
    caller.abort();
    await expect(long).rejects.toMatchObject({ name: "AbortError" });
    const goneMs = performance.now();
    await until(() => busyCount() === 0);
    expect(performance.now() - goneMs).toBeLessThan(SOON_MS);
  });

  it("are refused when the model would have to read too much for them", async () => {
    const { status, body } = await fill(textWith(16));
    expect([status, body]).toMatchObject([400, { error: { code: "invalid_input" } }]);
    expect((await fill(textWith(16).replaceAll("___", "[MASK]"))).status).toBe(200);
  });
});
