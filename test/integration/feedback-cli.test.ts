import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-feedback-cli-"));
const env = { WHETSTONE_DATA: path.join(folder, "data") };
const MODEL = ["--model", "tiny"];

beforeAll(async () => {
  writeTinyModel(path.join(folder, "tiny"));
  await callCli(["models", "add", path.join(folder, "tiny")], { env });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file and returns its path. */
function file(name: string, content: string): string {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
}

async function feedback(...args: string[]): Promise<Record<string, unknown>> {
  const result = await callCli(["feedback", ...args, "--json"], { env });
  expect(result).toMatchObject({ code: 0 });
  expect(result.stdout).toMatch(/^\{.*\}\n$/);
  return documentOf(result);
}

async function failure(...args: string[]): Promise<readonly [number | null, string, string]> {
  const result = await callCli(["feedback", ...args, "--json"], { env });
  const { error } = documentOf(result) as { error: { code: string; message: string } };
  return [result.code, error.code, error.message];
}

interface Listed {
  readonly id: string;
  readonly text: string;
}
const list = async (...args: string[]): Promise<Listed[]> =>
  (await feedback("list", ...args))["samples"] as Listed[];

describe("whetstone feedback", () => {
  it("imports samples once, replaces personal data, and lists them", async () => {
    const samples = file(
      "a.jsonl",
      '{"text":"订单一直没___","answer":"生效","rejected":["发货"],"domain":"电商"}\n' +
        '{"text":"请打13812345678，还没[MASK]","answer":"到账"}\n',
    );
    expect(await feedback("import", samples, ...MODEL)).toMatchObject({
      model: "tiny",
      kind: "samples",
      read: 2,
      added: 2,
      merged: 0,
      held: 0,
      blocked: 0,
      replaced: { mobile: 1 },
    });
    expect(await feedback("import", samples, ...MODEL)).toMatchObject({ added: 0, merged: 2 });
    expect(await list("--search", "订单")).toMatchObject([
      { model: "tiny", answers: ["生效"], rejected: ["发货"], domain: "电商", state: "queued" },
    ]);
    expect(JSON.stringify(await list())).not.toContain("13812345678");
    const { stdout } = await callCli(["feedback", "list"], { env });
    expect(stdout).toContain("订单一直没___");
    expect(stdout).toContain("2 queued, 0 held");
  });

  it("imports term tables and style pairs", async () => {
    const terms = file("terms.csv", "term,domain,patterns\n签收,电商,\n");
    expect(await feedback("import", terms, ...MODEL)).toMatchObject({ kind: "terms", added: 9 });
    const style = file("style.tsv", "天气不错啊\t天气较为适宜\n");
    expect(await feedback("import", style, ...MODEL)).toMatchObject({ kind: "style", added: 1 });
    expect(await list("--search", "天气")).toMatchObject([
      { text: "天气___", answers: ["较为适宜"], rejected: ["不错啊"], source: "style" },
    ]);
  });

  it("changes nothing when a row is bad", async () => {
    const before = await list();
    const bad = file(
      "bad.jsonl",
      '{"text":"好___","answer":"的"}\n{"text":"没有空","answer":"的"}\n',
    );
    expect(await failure("import", bad, ...MODEL)).toEqual([
      1,
      "bad_row",
      expect.stringContaining("row 2: the text has no blank"),
    ]);
    expect(await list()).toEqual(before);
  });

  it("holds a contradiction for review, where it is accepted, edited or rejected", async () => {
    const right = file("right.jsonl", '{"text":"有争议的___","answer":"甲"}');
    const wrong = file("wrong.jsonl", '{"text":"有争议的___","rejected":["甲"]}');
    await feedback("import", right, ...MODEL);
    const imported = await feedback("import", wrong, ...MODEL, "--user", "ann");
    expect(imported).toMatchObject({ added: 0, merged: 1, held: 1 });
    const held = (await feedback("review"))["samples"] as Listed[];
    expect(held).toMatchObject([{ state: "held", hold: "contradiction", answers: ["甲"] }]);
    const [{ id } = { id: "" }] = held;
    expect(await feedback("review", "accept", id)).toMatchObject({
      samples: [{ id, state: "queued", hold: null, answers: ["甲"] }],
    });
    const edit = ["review", "edit", id, "--answers", "乙,丙", "--rejected", "甲"];
    expect(await feedback(...edit)).toMatchObject({
      samples: [{ answers: ["乙", "丙"], rejected: ["甲"] }],
    });
    expect(await feedback("review", "reject", id)).toMatchObject({
      samples: [{ state: "rejected" }],
    });
    const shown = await feedback("show", id);
    expect(shown).toMatchObject({ sample: { id }, learnedBy: [] });
    expect(JSON.stringify(shown)).not.toContain('"ann"');
  });

  it("lets a reviewer decide in bulk on what is narrowed down, when the number is right", async () => {
    const of = (domain: string, i: number, word: object): string =>
      `${JSON.stringify({ text: `${domain}第${i}条很长${"的".repeat(60)}___`, domain, ...word })}\n`;
    const said = [0, 1, 2].map((i) => of("合同", i, { answer: "甲" })).join("");
    const other = of("诗词", 0, { answer: "甲" });
    const against = [0, 1, 2].map((i) => of("合同", i, { rejected: ["甲"] })).join("");
    await feedback("import", file("said-all.jsonl", said + other), ...MODEL);
    const contradiction = file("against.jsonl", against + of("诗词", 0, { rejected: ["甲"] }));
    await feedback("import", contradiction, ...MODEL, "--user", "bulk");
    const narrowed = ["--domain", "合同", "--hold", "contradiction", "--source", "import"];
    expect(await feedback("review", ...narrowed)).toMatchObject({ count: 3 });
    const { stdout } = await callCli(["feedback", "review", ...narrowed, "--limit", "1"], { env });
    expect(stdout).toContain(`条很长${"的".repeat(60)}___`);
    expect(stdout).toContain("3 to review; 1 are listed");
    const all = ["review", "accept", "--all", ...narrowed];
    expect(await failure(...all)).toEqual([2, "usage", expect.stringContaining("--count 3")]);
    expect(await failure(...all, "--count", "4")).toEqual([
      1,
      "conflict",
      expect.stringContaining("3 samples match, and not 4; nothing was done"),
    ]);
    const accepted = await feedback(...all, "--count", "3");
    expect(accepted["samples"]).toMatchObject([1, 2, 3].map(() => ({ state: "queued" })));
    expect(await feedback("review")).toMatchObject({ count: 1, samples: [{ domain: "诗词" }] });
    expect(await feedback("review", "reject", "--all", "--count", "1")).toMatchObject({
      samples: [{ domain: "诗词", state: "rejected" }],
    });
  });

  it("shows what waits for a right word", async () => {
    await feedback(
      "import",
      file("lack.jsonl", '{"text":"缺词的___","rejected":["的"]}'),
      ...MODEL,
    );
    expect(await feedback("review", "--unanswered")).toMatchObject({
      count: 1,
      samples: [{ text: "缺词的___", answers: [] }],
    });
    const { stdout } = await callCli(["feedback", "list", "--search", "缺词"], { env });
    expect(stdout).toContain("1 queued (1 of them without a right word)");
    await feedback("delete", "--id", (await list("--search", "缺词"))[0]?.id ?? "");
  });

  it("exports what training reads", async () => {
    const wrongOnly = file("only.jsonl", '{"text":"只有错的___","rejected":["的"]}');
    await feedback("import", wrongOnly, ...MODEL);
    const out = path.join(folder, "out.jsonl");
    const { count } = await feedback("export", "--out", out);
    const lines = readFileSync(out, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(count as number);
    const { readTrainingSamples } = await import("../../src/tasks/fill-mask/index.ts");
    expect(readTrainingSamples(out)).toHaveLength(lines.length);
    const documents = lines.map((line) => JSON.parse(line) as object);
    expect(documents).toContainEqual({
      text: "订单一直没___",
      answer: "生效",
      rejected: ["发货"],
      domain: "电商",
      source: "import",
    });
    expect(documents).toContainEqual({
      text: "只有错的___",
      rejected: ["的"],
      source: "import",
    });
    // No suite can ask what nobody knows a right answer to.
    const suite = await callCli(["suites", "add", out, "--model", "tiny", "--json"], { env });
    expect(documentOf(suite)).toMatchObject({
      error: { code: "bad_row", message: expect.stringContaining("not asked") as string },
    });
    const { stdout } = await callCli(["feedback", "export", "--state", "rejected"], { env });
    expect(stdout).toContain("有争议的___");
  });

  it("deletes samples, and all that a user said", async () => {
    const said = file("said.jsonl", '{"text":"只是她说的___","answer":"话"}');
    await feedback("import", said, ...MODEL, "--user", "ann");
    expect(await feedback("delete", "--user", "ann")).toEqual({
      samples: 1,
      predictions: 0,
      changed: 1,
      learnedBy: [],
      runs: [],
    });
    expect(await list("--search", "她说")).toEqual([]);
    const [first] = await list();
    expect(await feedback("delete", "--id", first?.id ?? "")).toMatchObject({ samples: 1 });
  });

  it.each([
    [["import", "/nonexistent.jsonl"], 1, "not_found", "does not exist"],
    [["import", "x.txt"], 1, "not_found", "does not exist"],
    [["import"], 2, "usage", "missing required argument"],
    [["import", "a.jsonl", "--kind", "songs"], 2, "usage", "Allowed choices are samples"],
    [["list", "--state", "lost"], 2, "usage", "Allowed choices are queued"],
    [["review", "accept", "nix"], 1, "not_found", "There is no sample"],
    [["review", "accept"], 2, "usage", "Expected ids alone, or --all"],
    [["review", "accept", "nix", "--all"], 2, "usage", "Expected ids or --all"],
    [["review", "accept", "nix", "--domain", "诗词"], 2, "usage", "Expected ids alone"],
    [["review", "--hold", "boring"], 2, "usage", "Allowed choices are contradiction"],
    [["review", "edit", "nix"], 2, "usage", "Expected --text"],
    [["review", "judge"], 2, "usage", "too many arguments"],
    [["delete"], 2, "usage", "Expected --user KEY or --id ID"],
    [["delete", "--user", "a", "--id", "b"], 2, "usage", "one of the two"],
    [["delete", "--id", "nix"], 1, "not_found", "There is no sample"],
    [["show", "nix"], 1, "not_found", "There is no sample"],
  ] as const)("refuses %j with exit code %i and %s", async (args, exit, code, message) => {
    expect(await failure(...args)).toEqual([exit, code, expect.stringContaining(message)]);
  });

  it("refuses a model that is not there", async () => {
    const samples = file("b.jsonl", '{"text":"好___","answer":"的"}');
    const refused = await failure("import", samples, "--model", "nix");
    expect(refused.slice(0, 2)).toEqual([1, "unknown_model"]);
  });
});
