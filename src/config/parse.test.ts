import { describe, expect, expectTypeOf, it } from "vitest";
import { AppError } from "../base/index.ts";
import { parseConfig, type ConfigInputs } from "./parse.ts";
import type { Config } from "./schema.ts";

function failureOf(inputs: ConfigInputs): AppError {
  try {
    parseConfig(inputs);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new AppError("invalid_input", "expected the configuration to be refused");
}

describe("parseConfig", () => {
  it("gives the defaults when nothing is said", () => {
    const config = parseConfig({});
    expect(config.server).toMatchObject({ host: "127.0.0.1", port: 8080, allowedHosts: [] });
    expect(config.data.directory).toBe("./data");
  });

  it("has the types that the table states", () => {
    expectTypeOf<Config["server"]["port"]>().toEqualTypeOf<number>();
    expectTypeOf<Config["server"]["allowedHosts"]>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Config["replica"]["precision"]>().toEqualTypeOf<"fp32" | "int8">();
    expectTypeOf<Config["models"]["mirror"]>().toEqualTypeOf<string>();
  });

  it("lets flags win over the environment, and the environment over the file", () => {
    const file = { server: { port: 1, host: "a", allowedHosts: ["b.example"] } };
    const env = { WHETSTONE_SERVER_PORT: "2", WHETSTONE_SERVER_HOST: "c", HOME: "/" };
    const { server } = parseConfig({ file, env, flags: { "server.port": "3" } });
    expect(server).toMatchObject({ port: 3, host: "c", allowedHosts: ["b.example"] });
  });

  it("reads lists from text, with blanks around the commas", () => {
    const env = { WHETSTONE_SERVER_ALLOWED_HOSTS: "a.example, b.example ,", WHETSTONE_DATA: "/d" };
    const config = parseConfig({ env });
    expect(config.server.allowedHosts).toEqual(["a.example", "b.example"]);
    expect(config.data.directory).toBe("/d");
  });

  it("reads the names that OpenTelemetry gives, and no others outside WHETSTONE_", () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318", OTEL_ANYTHING: "x" };
    expect(parseConfig({ env }).telemetry.otlpEndpoint).toBe("http://collector:4318");
    const unset = { OTEL_EXPORTER_OTLP_ENDPOINT: "" };
    expect(parseConfig({ env: unset }).telemetry.otlpEndpoint).toBe("");
  });

  it("cannot be changed", () => {
    const config = parseConfig({ file: { server: { allowedHosts: ["a"] } } });
    const frozen = [config, config.server, config.server.allowedHosts].map(Object.isFrozen);
    expect(frozen).toEqual([true, true, true]);
  });

  it.each([
    [{ file: { server: { prot: 1 } } }, "unknown_field", "no setting server.prot", "server.port"],
    [{ file: { fil: { topK: 1 } } }, "unknown_field", "no setting fil.topK", "fill.topK"],
    [{ env: { WHETSTONE_PORT: "1" } }, "unknown_field", "WHETSTONE_PORT", "WHETSTONE_SERVER_PORT"],
    [{ flags: { topk: "1" } }, "usage", "no setting topk", "fill.topK"],
  ])("names near settings for an unknown one: %j", (inputs, code, seen, near) => {
    const failure = failureOf(inputs);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(seen) as string });
    expect(failure.message).toContain(`Did you mean ${near}`);
  });

  it.each([
    [
      { file: { server: { port: 65_536 } } },
      "server.port is 65536; expected a whole number from 0",
    ],
    [{ file: { server: { port: "80" } } }, 'server.port is "80"; expected a whole number'],
    [{ file: { fill: { topK: 1.5 } } }, "fill.topK is 1.5; expected a whole number from 1 to 50"],
    [{ file: { server: { allowedHosts: "a" } } }, 'is "a"; expected a list of names'],
    [{ file: { server: { maxTextCharacters: 2001 } } }, "a whole number from 1 to 2000"],
    [{ file: { data: { directory: " " } } }, 'data.directory is " "; expected a text'],
    [{ file: { server: 8080 } }, '"server" holds 8080; expected settings in groups'],
    [{ file: [] }, "The configuration file holds []"],
    [{ env: { WHETSTONE_FILL_TOP_K: "" } }, 'WHETSTONE_FILL_TOP_K is ""; expected a whole number'],
    [{ env: { WHETSTONE_LOG_LEVEL: "loud" } }, "expected one of debug, info"],
    [{ env: { WHETSTONE_MODELS_MIRROR: "file:///etc" } }, "expected an http or https address"],
  ])("says what it saw and what it expected: %j", (inputs, message) => {
    const failure = failureOf(inputs);
    expect(failure.code).toBe("invalid_input");
    expect(failure.message).toContain(message);
  });

  it.each([
    [
      "release.steps",
      ["5,x", "5,20,10", "20,20", "0,50", "50,101", "5%", "-5,10", "0x5", "", ","],
      "percents that ascend to at most 100",
    ],
    [
      "server.corsOrigins",
      ["*", "app.example", "https://app.example/", "https://app.example/x", "file://x", "null"],
      "origins such as https://app.example, without a path",
    ],
    ["webhooks.urls", ["hooks.example", "https://a.example,x"], "http or https addresses"],
  ])("checks each item of %s", (name, texts, expected) => {
    for (const text of texts) {
      const { message } = failureOf({ flags: { [name]: text } });
      const seen = `is ${JSON.stringify(text)}; expected ${expected}, separated by commas.`;
      expect(message).toContain(seen);
    }
  });

  it("names the setting whose list is wrong", () => {
    const { message } = failureOf({ file: { release: { steps: [20, 5] } } });
    expect(message).toContain("release.steps is [20,5]; expected percents that ascend");
  });

  it("reads steps of a release as numbers or texts of a file, and from the environment", () => {
    const read = (inputs: ConfigInputs): readonly string[] => parseConfig(inputs).release.steps;
    expect(read({ file: { release: { steps: [2.5, 100] } } })).toEqual(["2.5", "100"]);
    expect(read({ file: { release: { steps: ["5", "20"] } } })).toEqual(["5", "20"]);
    expect(read({ env: { WHETSTONE_RELEASE_STEPS: "5, 20" } })).toEqual(["5", "20"]);
  });

  it("takes numbers of a file for percents alone", () => {
    const { message } = failureOf({ file: { feedback: { scrubTerms: [1.5] } } });
    expect(message).toContain("feedback.scrubTerms is [1.5]; expected");
  });

  it("names the flag in a complaint about a flag", () => {
    const failure = failureOf({ flags: { "server.port": "-1" } });
    expect(failure).toMatchObject({
      code: "usage",
      message: '--port is "-1"; expected a whole number from 0 to 65535.',
    });
  });

  it("leaves the names of the test suite alone", () => {
    expect(() => parseConfig({ env: { WHETSTONE_TEST_MODEL: "/m" } })).not.toThrow();
  });
});
