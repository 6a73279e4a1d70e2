import { describe, expect, it } from "vitest";
import { failureOf } from "./failure.ts";

describe("failureOf", () => {
  const kindOf = (status: number): string =>
    failureOf({ status, headers: new Headers(), body: undefined }).kind;

  it("tells apart what asks different things of a person", () => {
    expect([400, 401, 403, 413, 429, 500, 502, 503, 504].map(kindOf)).toEqual([
      "refused",
      "locked",
      "forbidden",
      "refused",
      "busy",
      "unknown",
      "unknown",
      "starting",
      "slow",
    ]);
  });

  it("blames no request where a success cannot be read, as with the page of a proxy", () => {
    expect(kindOf(200)).toBe("unknown");
  });

  it("takes the server's own words, the request id and the time to wait", () => {
    const headers = new Headers({ "retry-after": "3", "x-request-id": "r-1" });
    const body = { error: { code: "busy", message: "32 texts are waiting" } };
    expect(failureOf({ status: 429, headers, body })).toEqual({
      kind: "busy",
      status: 429,
      message: "32 texts are waiting",
      requestId: "r-1",
      retryAfterMs: 3000,
    });
  });

  it("waits a while of its own where the server names none", () => {
    const headers = new Headers({ "retry-after": "Fri, 01 Jan 2027 00:00:00 GMT" });
    expect(failureOf({ status: 503, headers, body: undefined }).retryAfterMs).toBe(1500);
  });

  it("survives a body of any shape", () => {
    for (const body of [null, 7, "x", [], { error: null }, { error: { message: 3 } }]) {
      expect(failureOf({ status: 500, headers: new Headers(), body }).message).toBeUndefined();
    }
  });
});
