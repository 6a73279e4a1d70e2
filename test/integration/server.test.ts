import { existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:http";
import path from "node:path";
import { InferenceClient } from "@huggingface/inference";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { findServer, openRegistry } from "../../src/registry/index.ts";
import { exchange } from "../helpers/raw-http.ts";
import { startApp, until, type RunningApp } from "../helpers/running-app.ts";

// Every replica is a process, and a busy machine takes long to start one.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const TEXT = "画龙点[MASK]。";
let running: RunningApp;

beforeAll(async () => {
  running = await startApp();
  await running.ready;
});

beforeEach(async () => running.closeGate());
afterAll(async () => running[Symbol.asyncDispose]());

const waiting = (): number | undefined => running.app.gateway.status().live[0]?.waiting;
const isBusy = (): boolean => running.app.gateway.status().live[0]?.busy === 1;

describe("a running server", () => {
  it("answers fills over HTTP, from a process of its own", async () => {
    const { status, body, headers } = await running.fill({ text: TEXT, topK: 1 });
    expect([status, body]).toMatchObject([200, { candidates: [{ sequence: "画龙点岸。" }] }]);
    expect(headers.get("x-whetstone-version")).toBe("1");
    expect(running.app.gateway.pids()).not.toContain(process.pid);
  });

  it("answers many at the same time, each with its own", async () => {
    const texts = Array.from({ length: 100 }, (_, i) => `第${i}[MASK]`);
    const answers = await Promise.all(texts.map((text) => running.fill({ text, topK: 1 })));
    const sequences = answers.map(
      ({ body }) => (body as { candidates: { sequence: string }[] }).candidates[0]?.sequence,
    );
    expect(sequences).toEqual(texts.map((_, i) => `第${i}岸`));
  });

  it("fails a bad text and not the good ones that are in the same batch", async () => {
    const first = running.fill({ text: "gate[MASK]" });
    await until(isBusy);
    const answers = ["好[MASK]", "没有", "bug[MASK]", "好___"].map((text) =>
      running.fill({ text }),
    );
    await until(() => waiting() === 4);
    await running.openGate();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses).toEqual([200, 400, 502, 200]);
    expect((await first).status).toBe(200);
  });

  it("answers a request whose process is killed, from the next one", async () => {
    const [pid = 0] = running.app.gateway.pids();
    const first = running.fill({ text: "gate[MASK]" });
    await until(isBusy);
    process.kill(pid, "SIGKILL");
    await running.openGate();
    expect((await first).status).toBe(200);
    expect(running.app.gateway.pids()).not.toContain(pid);
  });

  it("answers a text that kills its process by chance, and the others with it", async () => {
    const first = running.fill({ text: "crash once[MASK]" });
    const second = running.fill({ text: TEXT });
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
  });

  it("gives up on a text that always kills its process, and goes on", async () => {
    const { status, body } = await running.fill({ text: "crash[MASK]" });
    expect([status, body]).toMatchObject([502, { error: { code: "replica_failed" } }]);
    expect((await running.fill({ text: TEXT })).status).toBe(200);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toMatch(/whetstone_replica_restarts_total\{.*\} [1-9]/);
  });

  it("frees the place in the queue of a client that hangs up", async () => {
    const first = running.fill({ text: "gate[MASK]" });
    await until(isBusy);
    const controller = new AbortController();
    const gone = fetch(`${running.url}/api/fill`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: TEXT }),
      signal: controller.signal,
    });
    await until(() => waiting() === 1);
    controller.abort();
    await expect(gone).rejects.toThrow(/abort/);
    await until(() => waiting() === 0);
    await running.openGate();
    expect((await first).status).toBe(200);
  });

  it("can be found through its data directory", async () => {
    expect(await findServer(path.join(running.folder, "data"))).toMatchObject({
      pid: process.pid,
      url: running.url,
      serving: ["starter-cloze@1"],
    });
  });
});

describe("the real Hugging Face client", () => {
  const client = (): InferenceClient =>
    new InferenceClient("", { endpointUrl: running.url, retry_on_error: false });

  it("fills a mask", async () => {
    const answer = await client().fillMask({ inputs: TEXT, parameters: { top_k: 2 } });
    expect(answer).toEqual([
      { score: 0.5, token: 100, token_str: "岸", sequence: "画龙点岸。" },
      { score: 0.25, token: 101, token_str: "月", sequence: "画龙点月。" },
    ]);
  });

  it("fills a mask of a model that the address names", async () => {
    const endpoint = client().endpoint(`${running.url}/models/starter-cloze`);
    const answer = await endpoint.fillMask({ inputs: TEXT, parameters: { targets: ["睛"] } });
    expect(answer.map(({ token_str }) => token_str)).toEqual(["睛"]);
  });

  it("shows the message of an error", async () => {
    const asked = client().fillMask({ inputs: "没有" });
    await expect(asked).rejects.toThrow("Mask token ([MASK]) not found in text.");
  });
});

describe("the page", () => {
  it("is index.html at every address that is not an interface; files come with their types", async () => {
    writeFileSync(path.join(running.folder, "web/index.html"), "<h1>page</h1>");
    writeFileSync(path.join(running.folder, "web/assets/a.js"), "1");
    writeFileSync(path.join(running.folder, "secret.txt"), "secret");
    const get = async (url: string): Promise<[number, string | null, string | null]> => {
      const { status, headers } = await fetch(`${running.url}${url}`);
      return [status, headers.get("content-type"), headers.get("cache-control")];
    };
    expect(await get("/")).toEqual([200, "text/html; charset=utf-8", "no-cache"]);
    expect(await get("/console/x")).toEqual([200, "text/html; charset=utf-8", "no-cache"]);
    const forever = "public, max-age=31536000, immutable";
    expect(await get("/assets/a.js")).toEqual([
      200,
      "application/javascript; charset=utf-8",
      forever,
    ]);
    expect((await get("/assets/b.js"))[0]).toBe(404);
  });

  it.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/..%5c..%5csecret.txt",
  ])("does not leave its folder: %s", async (url) => {
    const { port } = running;
    const request = `GET ${url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    expect(await exchange(port, request)).not.toMatch(/^HTTP\/1.1 200|secret$/);
  });
});

describe("what is no proper request", () => {
  const request = (headers: string, body = ""): string =>
    `POST /api/fill HTTP/1.1\r\n${headers}Connection: close\r\n\r\n${body}`;

  it("is answered with 400 and safe headers when it is not HTTP", async () => {
    const answer = await exchange(running.port, "hello\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain("content-security-policy");
    expect(answer).toContain('"code":"invalid_input"');
  });

  it("is answered with 431 when its headers are too long", async () => {
    const headers = `Host: localhost\r\nX: ${"a".repeat(20_000)}\r\n`;
    expect(await exchange(running.port, request(headers))).toMatch(/^HTTP\/1.1 431 .*headers_too/s);
  });

  it("is answered with 431 when its address is too long", async () => {
    const bytes = `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    expect(await exchange(running.port, bytes)).toMatch(/^HTTP\/1.1 431 /);
  });

  it("is answered with 403 when its Host is foreign, also when it has none", async () => {
    const json = "Content-Type: application/json\r\nContent-Length: 2\r\n";
    const foreign = request(`Host: evil.example\r\n${json}`, "{}");
    expect(await exchange(running.port, foreign)).toMatch(/^HTTP\/1.1 403 .*forbidden/s);
    const none = `GET /healthz HTTP/1.0\r\n\r\n`;
    expect(await exchange(running.port, none)).toMatch(/^HTTP\/1.1 403 /);
  });

  it("is answered with 413 when the body says that it is too large, before it is sent", async () => {
    const headers =
      "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n";
    expect(await exchange(running.port, request(headers))).toMatch(/^HTTP\/1.1 413 .*1048576/s);
  });

  it("is answered with 408 when it never ends", async () => {
    const answer = await exchange(running.port, "POST /api/fill HTTP/1.1\r\nHost: localhost\r\nX");
    expect(answer).toMatch(/^HTTP\/1.1 408 .*request_timeout/s);
  });
});

describe("starting and stopping", () => {
  it("keeps requests until the model is ready, and says 503 for its health until then", async () => {
    await using starting = await startApp();
    const health = await fetch(`${starting.url}/healthz`);
    const { status } = await starting.fill({ text: TEXT });
    expect([health.status, status]).toEqual([503, 200]);
    await starting.ready;
    expect((await fetch(`${starting.url}/healthz`)).status).toBe(200);
  });

  it("names the port that is busy", async () => {
    const other = createPlainServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as { port: number };
    await expect(startApp({ flags: { "server.port": String(port) } })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`) as string,
    });
    other.close();
  });

  it("answers what is in before it ends, then leaves no process and no server.json", async () => {
    const ending = await startApp();
    await ending.ready;
    const [pid = 0] = ending.app.gateway.pids();
    const first = ending.fill({ text: "gate[MASK]" });
    await until(() => ending.app.gateway.status().live[0]?.busy === 1);
    const closed = ending.app.close();
    await ending.openGate();
    await closed;
    expect((await first).status).toBe(200);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(existsSync(path.join(ending.folder, "data/server.json"))).toBe(false);
    await expect(fetch(ending.url)).rejects.toThrow("fetch failed");
  });

  it("serves what it can without any model, and says what is missing", async () => {
    await using empty = await startApp({ starters: [] });
    await expect(empty.ready).rejects.toMatchObject({ code: "unknown_model" });
    const { status, body } = await empty.fill({ text: TEXT });
    expect([status, body]).toMatchObject([404, { error: { code: "unknown_model" } }]);
    const health = await fetch(`${empty.url}/healthz`);
    expect(await health.json()).toMatchObject({ status: "failed" });
  });

  it("says what is wrong with a model that cannot be opened", async () => {
    await using broken = await startApp();
    await broken.ready;
    const source = path.join(broken.folder, "starters/starter-cloze");
    writeFileSync(path.join(source, "extra.txt"), "another version");
    await using registry = await openRegistry(path.join(broken.folder, "data"));
    await registry.addVersion("starter-cloze", source);
    const { directory } = await registry.resolve("starter-cloze@2");
    rmSync(path.join(directory, "config.json"));
    const answer = await broken.fill({ text: TEXT, model: "starter-cloze@2" });
    expect([answer.status, answer.body]).toMatchObject([422, { error: { code: "damaged_file" } }]);
    expect((await broken.fill({ text: TEXT })).status).toBe(200);
  });

  it("answers 504 when a model hangs, and ends its process later", async () => {
    await using hanging = await startApp({ flags: { "fill.deadlineMs": "300" } });
    await hanging.ready;
    const { status, body } = await hanging.fill({ text: "hang[MASK]" });
    expect([status, body]).toMatchObject([504, { error: { code: "deadline_exceeded" } }]);
  });

  it("answers 429 with Retry-After when its queue is full", async () => {
    await using small = await startApp({ flags: { "queue.maxTexts": "2" } });
    await small.ready;
    const first = small.fill({ text: "gate[MASK]" });
    await until(() => small.app.gateway.status().live[0]?.busy === 1);
    const others = [small.fill({ text: TEXT }), small.fill({ text: TEXT })];
    await until(() => small.app.gateway.status().live[0]?.waiting === 2);
    const refused = await small.fill({ text: TEXT });
    expect([refused.status, refused.body]).toMatchObject([429, { error: { code: "busy" } }]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await small.openGate();
    const statuses = (await Promise.all([first, ...others])).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200]);
  });
});
