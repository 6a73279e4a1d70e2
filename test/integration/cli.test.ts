// Every command, and every kind of bad input to each, run inside this process over a real data
// directory with a tiny model.

import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { describeConfig } from "../../src/config/index.ts";
import { callCli, documentOf, writeTinyModel, type CliResult } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-cli-"));
const env = { WHETSTONE_DATA: path.join(folder, "data") };
const file = (name: string): string => path.join(folder, name);
const tiny = file("tiny");

beforeAll(async () => {
  writeTinyModel(tiny);
  await callCli(["models", "add", tiny], { env });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const result = await callCli([...args, "--json"], { env });
  expect(result).toMatchObject({ code: 0 });
  expect(result.stdout).toMatch(/^\{.*\}\n$/);
  return documentOf(result);
};

/** Runs a command that must fail: the exit code, the code, and words of the message in both places. */
async function expectFailure(
  args: readonly string[],
  expected: { exit: number; code: string; says: string | RegExp },
  input?: string | Uint8Array,
): Promise<CliResult> {
  const result = await callCli([...args, "--json"], {
    env,
    ...(input === undefined ? {} : { input }),
  });
  const { error } = documentOf(result) as { error: { code: string; message: string } };
  expect(error.message).toMatch(expected.says);
  expect({ exit: result.code, code: error.code }).toEqual({
    exit: expected.exit,
    code: expected.code,
  });
  expect(result.stderr).toContain(`whetstone: ${error.message.slice(0, 40)}`);
  return result;
}

describe("whetstone fill", () => {
  const fill = (...args: string[]) => json("fill", ...args, "--model", "tiny");

  it("answers the first blank as the contract says", async () => {
    const answer = await fill("画龙点[MASK]。", "--top-k", "2");
    expect(Object.keys(answer)).toEqual(["model", "version", "candidates"]);
    expect(answer).toMatchObject({ model: "tiny", version: "1" });
    const candidates = answer["candidates"] as Record<string, unknown>[];
    expect(candidates).toHaveLength(2);
    expect(Object.keys(candidates[0]!)).toEqual(["text", "score", "sequence"]);
    expect(candidates[0]!["sequence"]).toBe(`画龙点${candidates[0]!["text"] as string}。`);
  });

  it("answers several blanks, the first of them at its usual place too", async () => {
    const { candidates, blanks } = await fill("画[MASK]点[MASK]。", "--top-k", "1");
    expect(blanks).toHaveLength(2);
    expect((blanks as { candidates: unknown }[])[0]!.candidates).toEqual(candidates);
  });

  it("chooses among targets and gives words where the length is open", async () => {
    const { candidates } = await fill("画龙点[MASK]。", "--targets", "睛，水");
    expect((candidates as { text: string }[]).map(({ text }) => text).sort()).toEqual(["水", "睛"]);
    const open = await fill("画龙点[MASK]。", "--targets", "眼睛,睛", "--length", "auto");
    const words = (open["candidates"] as { text: string }[]).map(({ text }) => text);
    expect(words.sort()).toEqual(["眼睛", "睛"].sort());
  });

  it("leaves a blank open that it is not sure enough of, and says so", async () => {
    const sure = ["画[MASK]点[MASK]。", "--min-confidence", "1"];
    const open = { candidates: [], abstained: true };
    expect(await fill(...sure)).toMatchObject({ ...open, blanks: [open, open] });
    const { stdout } = await callCli(["fill", ...sure, "--model", "tiny"], { env });
    expect(stdout).toContain("Blank 2\nleft open: no candidate is sure to 100.0 %");
  });

  it("reads the text from standard input", async () => {
    const args = ["fill", "-", "--model", "tiny", "--json"];
    const { code, stdout } = await callCli(args, { env, input: "画龙点[MASK]\r\n" });
    expect(code).toBe(0);
    expect(stdout).toMatch(/"sequence":"画龙点[^\\]"/);
  });

  it("shows people a sentence and bars", async () => {
    const args = ["fill", "画龙点[MASK]。", "--model", "tiny@1", "--top-k", "3"];
    const { stdout, stderr } = await callCli(args, { env });
    expect(stdout).toMatch(/^画龙点.。\n\n1 {2}.+ %\n2 {2}.+ %\n3 {2}.+ %\n\ntiny@1\n$/su);
    expect(stderr).toBe("");
  });

  it.each([
    [["fill"], "usage", /missing required argument 'text'/],
    [["fill", ""], "no_blank", /empty/],
    [["fill", "没有空"], "no_blank", /mark one with \[MASK\]/],
    [["fill", "___".padEnd(2001, "长")], "text_too_long", /2001 characters; at most 2000/],
    [["fill", `___${"𠮷".repeat(1998)}`], "text_too_long", /2001 characters; at most 2000/],
    [["fill", "a\ufffd___"], "bad_encoding", /not valid UTF-8/],
    [["fill", "[MASK]".repeat(17)], "invalid_input", /17 blanks; at most 16/],
    [["fill", "[MASK]", "--top-k", "0"], "usage", /whole number from 1 to 50/],
    [["fill", "[MASK]", "--top-k", "many"], "usage", /whole number from 1 to 50/],
    [["fill", "[MASK]", "--top-k"], "usage", /argument missing/],
    [["fill", "[MASK]", "--length", "2"], "usage", /Allowed choices are 1, auto/],
    [["fill", "[MASK]", "--targets", " , "], "usage", /separated by commas/],
    [["fill", "[MASK]", "--words", "all"], "usage", /Allowed choices are known, any/],
    [["fill", "[MASK]", "--min-confidence", "1.1"], "usage", /number from 0 to 1/],
    [["fill", "[MASK]", "--min-confidence", "NaN"], "usage", /number from 0 to 1/],
    [["fill", "[MASK]", "--model", "a b"], "usage", /model id/],
    [["fill", "[MASK]", "--model", "tiny@0"], "usage", /whole number/],
    [["fill", "[MASK]", "--topk", "3"], "usage", /unknown option '--topk' \(Did you mean --top-k/],
    [["fill", "[MASK]", "extra"], "usage", /too many arguments/],
    [["fill", "[MASK]", "--replica-threads", "-1"], "usage", /--replica-threads is "-1"/],
    [["fil", "[MASK]"], "usage", /unknown command 'fil' \(Did you mean fill\?\)/],
    [[], "usage", /expected a command/],
    [["models"], "usage", /expected a command/],
  ])("calls %j wrong usage", async (args, code, says) => {
    await expectFailure(args, { exit: 2, code, says });
  });

  it.each([
    [
      ["fill", "[MASK]", "--model", "nobody"],
      "unknown_model",
      /no model "nobody"; there is .*tiny/,
    ],
    [["fill", "[MASK]", "--model", "tiny@7"], "unknown_version", /no version 7; it has 1/],
    [
      ["fill", "[MASK]", "--targets", "睛睛", "--length", "1", "--model", "tiny"],
      "invalid_input",
      /睛睛/,
    ],
  ])("fails at %j with exit code 1", async (args, code, says) => {
    await expectFailure(args, { exit: 1, code, says });
  });

  it("does not blame the arguments for what standard input holds", async () => {
    const fails = (input: string | Uint8Array, code: string) =>
      expectFailure(["fill", "-"], { exit: 1, code, says: /./ }, input);
    await fails("没有空", "no_blank");
    await fails("", "no_blank");
    await fails(Uint8Array.of(0xe5, 0xb2), "bad_encoding");
    await fails(`___${"长".repeat(2000)}`, "text_too_long");
    await fails("a".repeat(1_100_000), "text_too_long");
  });
});

describe("settings", () => {
  it("come from flags, the environment and a file, and say so", async () => {
    writeFileSync(file("settings.json"), '{"server": {"port": 1}, "fill": {"topK": 7}}');
    const args = ["config", "show", "--json", "--config", file("settings.json"), "--port", "9"];
    const result = await callCli(args, { env: { ...env, WHETSTONE_LOG_LEVEL: "warn" } });
    const { settings } = documentOf(result) as { settings: { name: string }[] };
    const of = (name: string): unknown => settings.find((setting) => setting.name === name);
    expect(of("server.port")).toMatchObject({ value: 9, source: "flag" });
    expect(of("fill.topK")).toMatchObject({ value: 7, source: "file" });
    expect(of("log.level")).toMatchObject({ value: "warn", source: "environment" });
    expect(of("data.directory")).toMatchObject({ source: "environment", flag: "--data" });
  });

  it("are refused when unknown or out of range", async () => {
    const show = ["config", "show"];
    await expectFailure([...show, "--port", "x"], { exit: 2, code: "usage", says: /0 to 65535/ });
    writeFileSync(file("typo.json"), '{"server": {"prot": 1}}');
    const typo = [...show, "--config", file("typo.json")];
    await expectFailure(typo, { exit: 1, code: "unknown_field", says: /server.prot.*server.port/ });
    writeFileSync(file("broken.json"), "{");
    const broken = [...show, "--config", file("broken.json")];
    await expectFailure(broken, { exit: 1, code: "invalid_input", says: /cannot be read/ });
    const result = await callCli(["models", "list"], { env: { WHETSTONE_PORT: "1" } });
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("Did you mean WHETSTONE_SERVER_PORT?");
  });
});

describe("whetstone models", () => {
  it("lists, shows, adds and removes", async () => {
    await json("models", "add", `file:${tiny}`, "--id", "second");
    const { models } = await json("models", "list");
    expect((models as { id: string }[]).map(({ id }) => id)).toEqual(
      expect.arrayContaining(["second", "tiny"]),
    );
    const shown = await json("models", "show", "second");
    const [model] = shown["models"] as Record<string, unknown>[];
    expect(model).toMatchObject({ id: "second", kind: "fill-mask", stable: "1" });
    expect((model!["versions"] as object[])[0]).toMatchObject({ version: "1", origin: "added" });
    expect(await json("models", "remove", "second")).toMatchObject({ removed: "second" });
    const show = ["models", "show", "second"];
    await expectFailure(show, { exit: 1, code: "unknown_model", says: /no model "second"/ });
  });

  it("shows people tables", async () => {
    const { stdout } = await callCli(["models", "list"], { env });
    expect(stdout).toMatch(/^id +kind +stable +versions +size +aliases\n/);
    expect((await callCli(["models", "show", "tiny"], { env })).stdout).toContain("1 (stable)");
  });

  it("makes an id from the name of the directory", async () => {
    const odd = file("My BERT (1)");
    writeTinyModel(odd, 2);
    const { models } = await json("models", "add", odd);
    expect(models).toMatchObject([{ id: "my-bert-1-" }]);
    await json("models", "remove", "my-bert-1-");
  });

  it.each([
    [["models", "add"], "usage", /missing required argument/],
    [
      ["models", "add", "ftp://x/y"],
      "invalid_input",
      /expected a directory, an archive, file:PATH, hf:/,
    ],
    [["models", "add", ""], "invalid_input", /expected a directory/],
    [["models", "add", "hf:../x"], "invalid_input", /hf:OWNER\/NAME/],
    [["models", "add", "./x", "--id", "Bad Id"], "usage", /model id/],
    [["models", "add", "./x", "--id", "a@1"], "usage", /without a version/],
    [["models", "show", "../tiny"], "invalid_input", /model id/],
    [["models", "remove", "tiny@1"], "invalid_input", /without a version/],
    [["models", "lst"], "usage", /Did you mean list/],
  ])("calls %j wrong usage", async (args, code, says) => {
    await expectFailure(args, { exit: 2, code, says });
  });

  it("refuses broken directories and changes nothing", async () => {
    const before = await json("models", "list");
    const add = (name: string, code: string, says: RegExp) =>
      expectFailure(["models", "add", file(name)], { exit: 1, code, says });
    await add("absent", "not_found", /not a directory/);
    await add("tiny/config.json", "not_found", /config\.json is not a directory/);
    mkdirSync(file("empty"));
    await add("empty", "not_found", /config\.json/);
    writeTinyModel(file("cut"));
    truncateSync(file("cut/model.safetensors"), 5000);
    await add("cut", "damaged_file", /model\.safetensors/);
    writeTinyModel(file("strange"));
    writeFileSync(file("strange/config.json"), '{"model_type": "t5"}');
    await add("strange", "unsupported_model", /t5/);
    writeTinyModel(file("nonsense"));
    writeFileSync(file("nonsense/config.json"), "not JSON");
    await add("nonsense", "damaged_file", /JSON/);
    await add("tiny", "conflict", /already/);
    expect(await json("models", "list")).toEqual(before);
  });
});

describe("whetstone evaluate", () => {
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(file(name), content);
    return file(name);
  };
  const LINES = [
    '{"text": "画龙点[MASK]", "answer": "睛"}',
    "",
    '{"text": "画蛇添___", "answers": ["足", "脚"], "length": "auto", "domain": "idiom"}',
    '{"text": "春[MASK]秋冬", "answer": "夏", "targets": ["夏"]}',
  ].join("\n");

  it("measures a suite, packed or not, with or without the marks of other systems", async () => {
    const metrics = await json("evaluate", "tiny", "--suite", write("suite.jsonl", LINES));
    expect(Object.keys(metrics)).toEqual([
      "count",
      "top1",
      "top3",
      "top5",
      "mrr",
      "ece",
      "eceInterval",
      "brier",
      "overconfidentErrors",
    ]);
    expect(metrics["count"]).toBe(3);
    expect(metrics["top1"]).toBeGreaterThanOrEqual(1 / 3);
    const packed = write("suite.jsonl.gz", gzipSync(LINES));
    expect(await json("evaluate", "tiny@1", "--suite", packed)).toEqual(metrics);
    const windows = write("windows.jsonl", `\ufeff${LINES.replaceAll("\n", "\r\n")}\r\n`);
    expect(await json("evaluate", "tiny", "--suite", windows)).toEqual(metrics);
  });

  it("shows people a table", async () => {
    const suite = write("suite.jsonl", LINES);
    const { stdout, stderr } = await callCli(["evaluate", "tiny", "--suite", suite], { env });
    expect(stdout).toMatch(/^tiny@1\n\nsamples +3\ntop-1 /);
    expect(stdout).toMatch(/ECE, 95 % interval\) +0\.\d{3} \(0\.\d{3}–[01]\.\d{3}\)\n/);
    expect(stderr).toContain("evaluating 3/3");
  });

  it.each([
    ["not JSON", "bad_row", /row 2: not JSON/],
    ['{"text": "没有空", "answer": "a"}', "bad_row", /row 2: the text has no blank/],
    ['{"text": "[MASK]"}', "bad_row", /row 2: answer is missing/],
    ['{"text": "[MASK]", "answer": 1}', "bad_row", /row 2: answer should be a word/],
    ['{"text": "[MASK]", "answr": "a"}', "bad_row", /row 2: unknown field "answr"/],
    ['{"text": "[MASK]", "answer": "a", "length": 2}', "bad_row", /row 2: length is 2/],
    ['{"text": "[MASK]", "answer": "a", "targets": ["b"]}', "bad_row", /row 2: no answer is among/],
    ["[]", "bad_row", /row 2: not a JSON object/],
  ])("names the row of %s", async (line, code, says) => {
    const suite = write("bad.jsonl", `{"text": "[MASK]", "answer": "a"}\n${line}\n`);
    await expectFailure(["evaluate", "tiny", "--suite", suite], { exit: 1, code, says });
  });

  it("names the row of a text that is too long", async () => {
    const suite = write("long.jsonl", `{"text": "[MASK]${"𠮷".repeat(2000)}", "answer": "a"}\n`);
    const says = /row 1: the text has 2006 characters; at most 2000/;
    const args = ["evaluate", "tiny", "--suite", suite];
    await expectFailure(args, { exit: 1, code: "bad_row", says });
  });

  it("says what is wrong with a file as a whole", async () => {
    const fails = (suite: string, code: string, says: RegExp) =>
      expectFailure(["evaluate", "tiny", "--suite", suite], { exit: 1, code, says });
    await fails(file("absent.jsonl"), "not_found", /does not exist/);
    await fails(folder, "not_found", /is a directory, not a file/);
    await fails("/dev/null", "not_found", /null is a device, not a file/);
    await fails(write("empty.jsonl", "\n\n"), "bad_row", /has no samples/);
    const broken = Buffer.concat([Buffer.from('{"a": 1}\n{"b": "'), Buffer.of(0xe5, 0xb2, 0x22)]);
    await fails(write("latin.jsonl", broken), "bad_encoding", /row 2/);
    const cut = gzipSync(LINES).subarray(0, 60);
    await fails(write("cut.jsonl.gz", cut), "damaged_file", /cannot be unpacked/);
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));
    await fails(write("bomb.jsonl.gz", bomb), "damaged_file", /more than 256 MB/);
  });

  it.each([
    [["evaluate", "tiny"], /required option '--suite <file>' not specified/],
    [["evaluate", "--suite", "x"], /missing required argument/],
    [["evaluate", "Tiny!", "--suite", "x"], /model id/],
  ])("calls %j wrong usage", async (args, says) => {
    const result = await callCli([...args, "--json"], { env });
    expect(result.code).toBe(2);
    expect(result.stdout).toMatch(says);
  });
});

describe("whetstone train, before anything is trained", () => {
  const train = (...args: string[]) => ["train", "tiny", "--samples", file("none.jsonl"), ...args];

  it.each([
    [train("--lora-rank", "4"), "usage", /has no --lora options/],
    [train("--recipe", "magic"), "usage", /Allowed choices are incremental, lora, full, pretrain/],
    [train("--epochs", "0"), "usage", /whole number from 1/],
    [train("--seed", "x"), "usage", /whole number from 0/],
    [train("--training-threads", "x"), "usage", /--training-threads is "x"/],
  ])("calls %j wrong usage", async (args, code, says) => {
    await expectFailure(args, { exit: 2, code, says });
  });

  it("fails where there is no file or no model", async () => {
    await expectFailure(train(), { exit: 1, code: "not_found", says: /none\.jsonl/ });
    const args = ["train", "nobody", "--samples", file("suite.jsonl")];
    await expectFailure(args, { exit: 1, code: "unknown_model", says: /no model "nobody"/ });
  });
});

describe("whetstone status and bench", () => {
  it("fails where no server runs", async () => {
    await expectFailure(["status"], { exit: 1, code: "unavailable", says: /No server runs on/ });
  });

  it("refuses names that are no benchmark", async () => {
    const outside = ["bench", "../scripts/size"];
    await expectFailure(outside, { exit: 2, code: "usage", says: /expected a name/ });
    const absent = ["bench", "nothing"];
    await expectFailure(absent, { exit: 1, code: "not_found", says: /no benchmark "nothing"/ });
  });
});

describe("help", () => {
  it("is on stdout with exit code 0 for every command", async () => {
    const commands = [
      ["fill"],
      ["models"],
      ["models", "add"],
      ["models", "list"],
      ["models", "show"],
      ["models", "remove"],
      ["train"],
      ["evaluate"],
      ["serve"],
      ["status"],
      ["config", "show"],
      ["bench"],
    ];
    for (const command of commands) {
      const { code, stdout, stderr } = await callCli([...command, "--help"], { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^Usage: whetstone ${command.join(" ")} `));
      expect(stdout).toContain("--json");
      expect(stdout).toContain("--data <dir>");
    }
  });

  it("has a flag of serve for every setting that a server looks at", async () => {
    const { stdout } = await callCli(["serve", "--help"], { env });
    const ofServer = describeConfig().filter(({ name }) => !/^(data|models)\./.test(name));
    for (const { flag } of ofServer) expect(stdout).toContain(`${flag} <value>`);
  });

  it("says which exit codes there are, and where an error stands with --json", async () => {
    const { stdout } = await callCli(["--help"], { env });
    expect(stdout).toContain("wrong usage, as far as the arguments alone show it");
    expect(stdout).toContain('{"error": {"code", "message"}}');
  });

  it("is shown on stderr where a command is missing", async () => {
    const { code, stdout, stderr } = await callCli(["models"], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^Usage: whetstone models .*expected a command/s);
  });
});
