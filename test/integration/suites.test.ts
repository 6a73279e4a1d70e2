import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { openDataDirectory, shippedMaterial } from "../../src/configured.ts";
import { parseConfig } from "../../src/config/index.ts";
import { createScrubber, type Scrubber } from "../../src/feedback/index.ts";
import { addSuite, suitesOf } from "../../src/loop/index.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-suites-"));
const data = path.join(folder, "data");
const file = path.join(folder, "contracts.jsonl");

beforeAll(async () => {
  writeTinyModel(path.join(folder, "tiny"));
  await callCli(["models", "add", path.join(folder, "tiny")], { env: { WHETSTONE_DATA: data } });
  writeFileSync(
    file,
    '{"text":"合同自签字之日起___","answer":"生效","targets":["生效","发货"]}\n' +
      '{"text":"请打13812345678，还没[MASK]","answers":["到","来"],"length":1}\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function suites(...args: string[]): Promise<{ code: number | null; document: unknown }> {
  const options = { env: { WHETSTONE_DATA: data } };
  const result = await callCli(["suites", ...args, "--model", "tiny", "--json"], options);
  return { code: result.code, document: documentOf(result) };
}
const SHIPPED = ["idiom", "poem", "science", "everyday", "golden"];
const named = (name: string) => expect.objectContaining({ name }) as object;

describe("whetstone suites", () => {
  it("lists those that ship, the golden set among them", async () => {
    const { document } = await suites("list");
    expect(document).toEqual({ model: "tiny", suites: SHIPPED.map(named) });
    expect((document as { suites: object[] }).suites.at(-1)).toMatchObject({
      kind: "golden",
      count: 300,
    });
  });

  it("adds none of which a row cannot be freed of personal data, and names the row", async () => {
    await using registry = await openDataDirectory(
      parseConfig({ flags: { "data.directory": data } }),
    );
    const scrubber = createScrubber();
    const failing: Scrubber = {
      ...scrubber,
      scrubSample: (sample) => {
        if (sample.text.includes("13812345678")) throw new AppError("scrub_failed", "still there");
        return scrubber.scrubSample(sample);
      },
    };
    const [shipped, added] = [shippedMaterial(), { model: "tiny", name: "坏", from: { file } }];
    await expect(addSuite(registry, added, { shipped, scrubber: failing })).rejects.toMatchObject({
      code: "bad_row",
      message: expect.stringContaining("row 2 cannot be freed") as string,
    });
    expect(suitesOf(registry, "tiny", shipped)).toHaveLength(SHIPPED.length);
  });

  it("adds one of the user's without personal data, where measuring finds it", async () => {
    const { document } = await suites("add", file, "--name", "合同");
    expect(document).toMatchObject({ suites: [...SHIPPED, "合同"].map(named) });
    await using registry = await openDataDirectory(
      parseConfig({ flags: { "data.directory": data } }),
    );
    const own = suitesOf(registry, "tiny", shippedMaterial()).at(-1);
    expect(own).toMatchObject({ name: "合同", kind: "own" });
    const [first = "", second = ""] = readFileSync(own?.file ?? "", "utf8").split("\n");
    expect(JSON.parse(first)).toEqual({
      text: "合同自签字之日起___",
      answers: ["生效"],
      rejected: [],
      targets: ["生效", "发货"],
    });
    expect(second).not.toContain("13812345678");
    expect(JSON.parse(second)).toMatchObject({ answers: ["到", "来"], length: 1 });
  });

  it.each([
    [["add", file, "--name", "合同"], 1, "conflict"],
    [["add", file, "--name", "golden"], 1, "conflict"],
    [["add", file, "--name", "../x"], 1, "invalid_input"],
    [["add", path.join(folder, "none.jsonl")], 1, "not_found"],
    [["remove", "nix"], 1, "not_found"],
    [["remove", "golden"], 1, "forbidden"],
    [["add"], 2, "usage"],
  ])("refuses %j with exit code %i and %s", async (args, exit, code) => {
    const refused = await suites(...args);
    expect(refused).toMatchObject({ code: exit, document: { error: { code } } });
  });

  it("removes a suite, and all of them with their model", async () => {
    expect((await suites("remove", "合同")).document).toMatchObject({
      suites: SHIPPED.map(named),
    });
    await suites("add", file);
    expect(existsSync(path.join(data, "suites/tiny/contracts.jsonl"))).toBe(true);
    await callCli(["models", "remove", "tiny"], { env: { WHETSTONE_DATA: data } });
    expect(existsSync(path.join(data, "suites/tiny"))).toBe(false);
  });
});
