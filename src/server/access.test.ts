import { describe, expect, it } from "vitest";
import { createStubServer, STUB_COMMAND_TOKEN } from "../../test/helpers/http-server.ts";
import { ACCESS } from "./access-table.ts";

type Stub = Awaited<ReturnType<typeof createStubServer>>;

interface Ask {
  readonly method?: "GET" | "POST" | "DELETE" | "HEAD" | "OPTIONS";
  readonly url?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly from?: string;
}

async function ask({ server }: Stub, { method = "POST", url = "/api/fill", ...rest }: Ask) {
  const { key, headers = {}, body = { text: "画龙点[MASK]" }, from = "127.0.0.1" } = rest;
  const answer = await server.inject({
    method,
    url,
    headers: {
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(method === "POST" ? { payload: JSON.stringify(body) } : {}),
    remoteAddress: from,
  });
  const parsed: unknown = answer.body === "" ? undefined : answer.json();
  const { error } = (parsed ?? {}) as { error?: { code: string; message: string } };
  return { status: answer.statusCode, headers: answer.headers, code: error?.code, error };
}

/** A server with a key of each role, and one that was revoked. */
async function lockedServer(flags: Readonly<Record<string, unknown>> = {}): Promise<Stub> {
  const stub = await createStubServer(flags);
  stub.keys.add("use", "use");
  stub.keys.add("feedback", "feedback");
  stub.keys.add("operate", "operate");
  stub.keys.add("gone", "operate", "2026-02-01T00:00:00.000Z");
  return stub;
}

describe("a server without keys", () => {
  it("lets everybody on this machine do everything, whatever they call a key", async () => {
    const stub = await createStubServer();
    expect(await ask(stub, {})).toMatchObject({ status: 200 });
    expect(await ask(stub, { key: "hf_whatever" })).toMatchObject({ status: 200 });
    expect(await ask(stub, { method: "GET", url: "/api/audit" })).toMatchObject({ status: 200 });
  });

  it("lets nobody in beyond loopback, since its last key may have gone", async () => {
    const stub = await createStubServer({ "server.host": "0.0.0.0" });
    expect(await ask(stub, {})).toMatchObject({ status: 401, code: "unauthorized" });
  });
});

describe("a server with keys", () => {
  it.each([
    [undefined, "has no key"],
    ["Bearer nobody-text", "not known here, or was revoked"],
    ["Bearer gone-text", "not known here, or was revoked"],
    ["Bearer use-text extra", "no key in it"],
    ["Basic dXNlOnVzZS10ZXh0", "no key in it"],
    ["use-text", "no key in it"],
    ["Bearer ", "no key in it"],
  ])("answers the header %j with 401 and what was wrong", async (authorization, message) => {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await ask(await lockedServer(), { headers });
    expect(answer).toMatchObject({ status: 401, code: "unauthorized" });
    expect(answer.error?.message).toContain(message);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
  });

  it("stays locked when the last key was revoked", async () => {
    const stub = await createStubServer();
    stub.keys.add("gone", "operate", "2026-02-01T00:00:00.000Z");
    expect(await ask(stub, {})).toMatchObject({ status: 401 });
  });

  it("takes the scheme in any case", async () => {
    const answer = await ask(await lockedServer(), {
      headers: { authorization: "bearer use-text" },
    });
    expect(answer.status).toBe(200);
  });

  it("shows its page and its health to anybody", async () => {
    const stub = await lockedServer();
    for (const url of ["/", "/healthz", "/readyz", "/openapi.json"]) {
      const { statusCode } = await stub.server.inject({ method: "GET", url });
      expect([url, statusCode]).toEqual([url, 200]);
    }
  });

  it("looks at the key before the body, and at the body before nothing", async () => {
    const stub = await lockedServer();
    expect(await ask(stub, { body: { texts: 7 } })).toMatchObject({ status: 401 });
    expect(await ask(stub, { body: { texts: 7 }, key: "use-text" })).toMatchObject({ status: 400 });
    expect(stub.gateway.calls).toEqual([]);
  });

  it("answers in the shape of the interface that was asked", async () => {
    const { server } = await lockedServer();
    const payload = { inputs: "画龙点[MASK]" };
    const answer = await server.inject({ method: "POST", url: "/models/x", payload });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      401,
      { error: expect.stringContaining("Authorization") as string },
    ]);
  });

  it("lets commands in by the token of this server alone", async () => {
    const stub = await lockedServer();
    expect(await ask(stub, { key: STUB_COMMAND_TOKEN })).toMatchObject({ status: 200 });
    for (const key of [STUB_COMMAND_TOKEN.slice(1), `${STUB_COMMAND_TOKEN}x`]) {
      expect(await ask(stub, { key })).toMatchObject({ status: 401 });
    }
  });
});

describe("roles", () => {
  const reachedBy = async (key: string): Promise<string[]> => {
    const stub = await lockedServer();
    const reached: string[] = [];
    for (const route of Object.keys(ACCESS)) {
      const [method, url] = route.split(" ") as ["GET", string];
      if (url === "/*" || url === "/api/events") continue;
      const path = url.replace(":id", "starter-cloze");
      const { statusCode } = await stub.server.inject({
        method,
        url: path,
        headers: { authorization: `Bearer ${key}` },
      });
      if (statusCode !== 401 && statusCode !== 403) reached.push(route);
    }
    return reached.filter((route) => ACCESS[route]?.role !== undefined);
  };

  it("use asks and no more; feedback judges, too; operate does everything", async () => {
    const needing = (...roles: string[]): string[] =>
      Object.keys(ACCESS).filter((route) => roles.includes(ACCESS[route]?.role ?? ""));
    const others = (routes: string[]): string[] =>
      routes.filter((route) => route !== "GET /api/events");
    expect(await reachedBy("use-text")).toEqual(needing("use"));
    expect(await reachedBy("feedback-text")).toEqual(needing("use", "feedback"));
    expect(await reachedBy("operate-text")).toEqual(others(needing("use", "feedback", "operate")));
  });

  it("says which role is missing", async () => {
    const wrong = await ask(await lockedServer(), { url: "/api/training-runs", key: "use-text" });
    expect(wrong).toMatchObject({ status: 403, code: "forbidden" });
    expect(wrong.error?.message).toContain('"use" has the role use; this needs the role operate');
  });

  it("has a row in the table for every route, and no other row", async () => {
    const { server } = await createStubServer();
    const { paths } = (await server.inject({ method: "GET", url: "/openapi.json" })).json<{
      paths: Record<string, Record<string, object>>;
    }>();
    const routes = Object.entries(paths).flatMap(([url, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${url.replaceAll(/\{(\w+)\}/g, ":$1")}`,
      ),
    );
    const hidden = ["GET /", "GET /*", "GET /openapi.json"];
    expect(Object.keys(ACCESS).sort()).toEqual([...new Set([...routes, ...hidden])].sort());
  });
});

describe("the limits", () => {
  it("hold for each key by itself, with the time to wait", async () => {
    const stub = await lockedServer({ "limits.keyRequestsPerMinute": "2" });
    const statuses = async (key: string): Promise<number[]> => [
      (await ask(stub, { key })).status,
      (await ask(stub, { key })).status,
      (await ask(stub, { key })).status,
    ];
    expect(await statuses("use-text")).toEqual([200, 200, 429]);
    const refused = await ask(stub, { key: "use-text" });
    expect(refused).toMatchObject({ code: "rate_limited" });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(20);
    expect(await statuses("operate-text")).toEqual([200, 200, 429]);
  });

  it("hold for addresses without a key, also for those that guess", async () => {
    const stub = await lockedServer({ "limits.addressRequestsPerMinute": "2" });
    const from = "203.0.113.7";
    expect(await ask(stub, { from, key: "guess-1" })).toMatchObject({ status: 401 });
    expect(await ask(stub, { from, key: "guess-2" })).toMatchObject({ status: 401 });
    expect(await ask(stub, { from, key: "guess-3" })).toMatchObject({ status: 429 });
    expect(await ask(stub, { from, key: "use-text" })).toMatchObject({ status: 200 });
    expect(await ask(stub, { from: "203.0.113.8" })).toMatchObject({ status: 401 });
  });

  it("are not for this machine while it needs no key", async () => {
    const stub = await createStubServer({ "limits.addressRequestsPerMinute": "1" });
    for (let i = 0; i < 5; i++) expect((await ask(stub, {})).status).toBe(200);
  });
});

describe("the audit log", () => {
  const review = { ids: ["3f0c"], action: "accept" };

  it("has who did what to which, and how it ended", async () => {
    const stub = await lockedServer();
    const url = "/api/feedback/review";
    const done = await ask(stub, { url, key: "operate-text", body: review });
    await ask(stub, { url, key: "use-text", body: review });
    await ask(stub, { url: "/api/training-runs/7/stop", key: STUB_COMMAND_TOKEN, body: {} });
    expect(stub.audit.events).toEqual([
      {
        actor: "operate",
        action: "feedback.review",
        target: "accept 3f0c",
        outcome: "done",
        requestId: done.headers["x-request-id"],
      },
      expect.objectContaining({ actor: "use", action: "feedback.review", outcome: "forbidden" }),
      expect.objectContaining({
        actor: "(command)",
        action: "training.stop",
        target: "7",
        outcome: "not_found",
      }),
    ]);
  });

  it("has nothing of reading, of asking, and of those who have no key", async () => {
    const stub = await lockedServer();
    await ask(stub, { key: "use-text" });
    await ask(stub, { method: "GET", url: "/api/models", key: "use-text" });
    await ask(stub, { url: "/api/feedback/review", body: review });
    expect(stub.audit.events).toEqual([]);
  });

  it("is read over HTTP with its limits checked", async () => {
    const stub = await createStubServer();
    await ask(stub, { url: "/api/feedback/review", body: review });
    const answer = await stub.server.inject({ method: "GET", url: "/api/audit?limit=5" });
    expect(answer.json()).toMatchObject({ entries: [{ id: 1, actor: "(local)" }] });
    for (const query of ["limit=0", "limit=501", "before=x", "colour=1"]) {
      const refused = await stub.server.inject({ method: "GET", url: `/api/audit?${query}` });
      expect([query, refused.statusCode]).toEqual([query, 400]);
    }
  });
});

describe("pages of other origins", () => {
  const origin = "https://app.example";

  it("may ask when the setting names them, key and all", async () => {
    const stub = await lockedServer({ "server.corsOrigins": origin });
    const preflight = await ask(stub, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-headers": expect.stringContaining("authorization") as string,
      vary: "Origin",
    });
    expect(preflight.headers).not.toHaveProperty("access-control-allow-credentials");
    const answer = await ask(stub, { key: "use-text", headers: { origin } });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers["access-control-allow-origin"]).toBe(origin);
  });

  it("may ask and judge but operate nothing while there is no key", async () => {
    const stub = await createStubServer({ "server.corsOrigins": origin });
    const headers = { origin, "sec-fetch-site": "cross-site" };
    expect(await ask(stub, { headers })).toMatchObject({ status: 200 });
    const judged = await ask(stub, { url: "/api/feedback", headers, body: {} });
    expect(judged).toMatchObject({ status: 400 });
    const url = "/api/deployments/starter-cloze/promote";
    const promoted = await ask(stub, { url, headers, body: {} });
    expect(promoted).toMatchObject({ status: 403, code: "forbidden" });
    expect(promoted.error?.message).toContain("A page of another origin has the role feedback");
    const read = await ask(stub, { method: "GET", url: "/api/audit", headers });
    expect(read).toMatchObject({ status: 403 });
  });

  it("are not the pages of this server, though the setting names their origin", async () => {
    const own = "http://localhost:8080";
    const stub = await createStubServer({ "server.corsOrigins": own });
    const headers = { host: "localhost:8080", origin: own, "sec-fetch-site": "same-origin" };
    const answer = await ask(stub, { method: "GET", url: "/api/audit", headers });
    expect(answer).toMatchObject({ status: 200 });
  });

  it("see nothing of a server that does not name them", async () => {
    const stub = await lockedServer({ "server.corsOrigins": "https://other.example" });
    const headers = { origin, "access-control-request-method": "POST" };
    const preflight = await ask(stub, { method: "OPTIONS", headers });
    expect(preflight.status).not.toBe(204);
    expect(preflight.headers).not.toHaveProperty("access-control-allow-origin");
    expect(await ask(stub, { key: "use-text", headers: { origin } })).toMatchObject({
      status: 403,
    });
  });
});
