import { describe, expect, it } from "vitest";
import { describeConfig, flagsOfOptions } from "./describe.ts";
import { nearMatches } from "./near-matches.ts";
import { parseConfig } from "./parse.ts";

describe("describeConfig", () => {
  it("says where a value comes from and how to set it", () => {
    const row = describeConfig({ env: { WHETSTONE_SERVER_MAX_BATCH_TEXTS: "8" } }).find(
      ({ name }) => name === "server.maxBatchTexts",
    );
    expect(row).toMatchObject({
      value: 8,
      source: "environment",
      default: 64,
      unit: "texts",
      expected: "a whole number from 1 to 1024",
      flag: "--server-max-batch-texts",
    });
  });

  it("shows a secret to nobody, only that it is set", () => {
    const env = { WHETSTONE_WEBHOOKS_SECRET: "whsec_abc" };
    const rowOf = (inputs: object): unknown =>
      describeConfig(inputs).find(({ name }) => name === "webhooks.secret")?.value;
    expect(rowOf({ env })).toBe("(secret)");
    expect(rowOf({})).toBe("");
    expect(parseConfig({ env }).webhooks.secret).toBe("whsec_abc");
  });

  it("has defaults that pass their own checks, each under names of its own", () => {
    const rows = describeConfig();
    for (const { env, default: value } of rows) {
      const text = typeof value === "object" ? value.join(",") : String(value);
      expect(parseConfig({ env: { [env]: text } })).toEqual(parseConfig({}));
    }
    for (const key of ["name", "env", "flag"] as const) {
      expect(new Set(rows.map((row) => row[key])).size).toBe(rows.length);
    }
  });
});

describe("flagsOfOptions", () => {
  it("picks the settings among the options of a command", () => {
    const options = { port: "0", serverAllowedHosts: "a,b", json: true, data: undefined };
    expect(flagsOfOptions(options)).toEqual({ "server.port": "0", "server.allowedHosts": "a,b" });
  });
});

describe("nearMatches", () => {
  it("puts the closest name first and keeps far ones out", () => {
    expect(nearMatches("serve", ["translate", "server", "serve.port", "reserve"])[0]).toBe(
      "server",
    );
    expect(nearMatches("xyz", ["fill", "train"])).toEqual([]);
  });
});
