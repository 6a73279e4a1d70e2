import type { FastifyReply, FastifyRequest } from "fastify";
import { describe, expect, it } from "vitest";
import { AppError } from "../base/index.ts";
import { appErrorOf } from "../../test/helpers/app-error.ts";
import { createDoor, requireLoopback } from "./door.ts";

/** The code that the door answers a request with; "open" when it lets it in. */
async function knock(
  headers: Readonly<Record<string, string>>,
  {
    method = "POST",
    listensOn = "127.0.0.1",
    allowedHosts = [] as readonly string[],
    corsOrigins = [] as string[],
  } = {},
): Promise<string> {
  const request = { method, headers } as unknown as FastifyRequest;
  const reply = { headers: () => {}, header: () => {} } as unknown as FastifyReply;
  try {
    await createDoor({ host: listensOn, allowedHosts, corsOrigins }).check(request, reply);
    return "open";
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

describe("the Host check", () => {
  it.each([
    "localhost",
    "localhost:8080",
    "127.0.0.1:8080",
    "127.8.9.1",
    "[::1]:8080",
    "LOCALHOST",
  ])("lets %s in", async (host) => {
    expect(await knock({ host })).toBe("open");
  });

  it.each([
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "192.168.0.7:8080",
    "0.0.0.0:8080",
    "user@localhost",
    "localhost:8080/path",
    "localhost evil",
    "",
  ])("refuses %j", async (host) => {
    expect(await knock({ host })).toBe("forbidden");
    expect(await knock({ host }, { method: "GET" })).toBe("forbidden");
  });

  it("refuses a request without Host", async () => {
    expect(await knock({})).toBe("forbidden");
  });

  it.each(["192.168.0.7", "fd00::7"])("lets %s in where the server listens", async (listensOn) => {
    const host = listensOn.includes(":") ? `[${listensOn}]:8080` : `${listensOn}:8080`;
    expect(await knock({ host }, { listensOn })).toBe("open");
    expect(await knock({ host: "192.168.0.8:8080" }, { listensOn })).toBe("forbidden");
  });

  it.each(["0.0.0.0", "::", "0:0::0"])("lets no page in by the name of %s", async (listensOn) => {
    for (const host of ["0.0.0.0:8080", "[::]:8080"]) {
      expect(await knock({ host }, { listensOn })).toBe("forbidden");
    }
    expect(await knock({ host: "127.0.0.1:8080" }, { listensOn })).toBe("open");
  });

  it("lets names of the setting in, whatever the port", async () => {
    const allowedHosts = ["Fill.Example", "10.0.0.5"];
    expect(await knock({ host: "fill.example:443" }, { allowedHosts })).toBe("open");
    expect(await knock({ host: "10.0.0.5" }, { allowedHosts })).toBe("open");
    expect(await knock({ host: "other.fill.example" }, { allowedHosts })).toBe("forbidden");
  });
});

describe("the Origin check", () => {
  const host = "localhost:8080";

  it("lets pages of this server and programs in", async () => {
    expect(await knock({ host })).toBe("open");
    expect(await knock({ host, origin: "http://localhost:8080" })).toBe("open");
    expect(await knock({ host, "sec-fetch-site": "same-origin" })).toBe("open");
    expect(await knock({ host, "sec-fetch-site": "none" })).toBe("open");
  });

  it("knows the standard ports, with a proxy in front that speaks https", async () => {
    const allowedHosts = ["fill.example"];
    const origin = "https://fill.example";
    expect(await knock({ host: "fill.example", origin }, { allowedHosts })).toBe("open");
    expect(await knock({ host: "fill.example:443", origin }, { allowedHosts })).toBe("open");
    expect(await knock({ host: "fill.example:8443", origin }, { allowedHosts })).toBe("forbidden");
  });

  it.each([
    { origin: "https://evil.example" },
    { origin: "http://localhost:3000" },
    { origin: "http://127.0.0.1:8080" },
    { origin: "null" },
    { origin: "file://" },
    { origin: "chrome-extension://abc" },
    { origin: "" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: "http://localhost:8080" },
  ])("refuses a write with %j", async (headers) => {
    expect(await knock({ host, ...headers })).toBe("forbidden");
  });

  it("lets reading through, which browsers keep from foreign pages themselves", async () => {
    const headers = { host, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect(await knock(headers, { method: "GET" })).toBe("open");
  });
});

describe("the setting server.corsOrigins", () => {
  const headers = {
    host: "localhost:8080",
    origin: "https://app.example",
    "sec-fetch-site": "cross-site",
  };
  const corsOrigins = ["https://app.example"];

  it("lets writes of its origins in, and of no others", async () => {
    expect(await knock(headers, { corsOrigins })).toBe("open");
    for (const origin of ["https://app.example:8443", "http://app.example", "null"]) {
      expect(await knock({ ...headers, origin }, { corsOrigins })).toBe("forbidden");
    }
  });
});

describe("requireLoopback", () => {
  it.each(["127.0.0.1", "localhost", "::1", "127.0.0.2"])("allows %s without a key", (host) => {
    expect(() => requireLoopback(host, 0)).not.toThrow();
  });

  it.each(["0.0.0.0", "::", "192.168.1.4", "example.org", ""])(
    "refuses %j without a key, and says how to make one",
    (host) => {
      const { code, message } = appErrorOf(() => requireLoopback(host, 0));
      expect(code).toBe("forbidden");
      expect(message).toContain("whetstone keys add");
      expect(() => requireLoopback(host, 1)).not.toThrow();
    },
  );
});
