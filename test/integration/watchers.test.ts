// Who is told outside: webhooks and spans over real sockets.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createPostWebhook } from "../../src/loop/index.ts";
import { startApp, until } from "../helpers/running-app.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that takes everything down and answers with `status`. */
async function listen(status: number, headers = {}): Promise<{ url: string; got: Received[] }> {
  const got: Received[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    got.push({ url: request.url, headers: request.headers, body: await text(request) });
    response.writeHead(status, headers).end("a body that nobody reads");
  };
  const server = createServer((request, response) => void take(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

const message = { headers: { "webhook-id": "msg_1" }, body: '{"type":"出错"}' };

describe("the way of a webhook", () => {
  it("carries headers and body to a host that the configuration names", async () => {
    const { url, got } = await listen(204);
    expect(await createPostWebhook(["127.0.0.1"])(`${url}/hook?x=1`, message)).toBe(204);
    expect(got).toMatchObject([{ url: "/hook?x=1", headers: message.headers, body: message.body }]);
  });

  it("ends at a redirect", async () => {
    const elsewhere = await listen(200);
    const { url } = await listen(302, { location: elsewhere.url });
    expect(await createPostWebhook(["127.0.0.1"])(url, message)).toBe(302);
    expect(elsewhere.got).toEqual([]);
  });

  it("never reaches a private address by a name", async () => {
    const { url, got } = await listen(200);
    const { port } = new URL(url);
    const post = createPostWebhook([]);
    const byName = post(`https://localhost:${port}/`, message);
    await expect(byName).rejects.toMatchObject({ code: "forbidden" });
    const byAddress = post(`https://127.0.0.1:${port}/`, message);
    await expect(byAddress).rejects.toMatchObject({ code: "forbidden" });
    expect(got).toEqual([]);
  });
});

describe("the traces of a running server", () => {
  it("reach the collector of the configuration, the last ones when it ends", async () => {
    const { url, got } = await listen(200);
    const running = await startApp({ flags: { "telemetry.otlpEndpoint": url } });
    await running.ready;
    await running.fill({ text: "画龙点[MASK]" });
    await running[Symbol.asyncDispose]();
    await until(() => got.length > 0);
    const names = got.flatMap(({ body }) => [...body.matchAll(/"name":"([^"]+)"/g)]);
    expect(names.map(([, name]) => name)).toEqual(
      expect.arrayContaining(["fill", "POST /api/fill"]),
    );
    expect(got[0]?.url).toBe("/v1/traces");
    expect(got.map(({ body }) => body).join()).not.toContain("画龙");
  });
});

describe("a server", () => {
  it.each([
    [{ "webhooks.urls": "https://a.example" }, "invalid_input"],
    [{ "webhooks.urls": "http://127.0.0.1:1", "webhooks.secret": "x" }, "forbidden"],
  ])("does not start with %j", async (flags, code) => {
    await expect(startApp({ flags })).rejects.toMatchObject({ code });
  });
});
