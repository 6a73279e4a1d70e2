// The commands of the README run and give what it says, on the starter that ships.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { documentOf, runCli } from "../helpers/run-cli.ts";
import { serveProgram } from "../helpers/served-program.ts";

vi.setConfig({ testTimeout: 180_000 });

const ROOT = path.resolve(import.meta.dirname, "../..");
const PAGES = ["README.md", "README.zh.md"];
const folder = mkdtempSync(path.join(tmpdir(), "whetstone-readme-"));
const env = { WHETSTONE_DATA: path.join(folder, "data") };
const hasStarter = existsSync(path.join(ROOT, "models/starter-cloze/model.safetensors"));
const need = hasStarter ? "" : " [needs the starter: commit models/starter-cloze]";

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What stands in the blocks of a page in one language, such as "sh". */
function blocksOf(page: string, language: string): string {
  const text = readFileSync(path.join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .flatMap(([, found, block = ""]) => (found === language ? [block] : []))
    .join("");
}

/** The arguments of each `PROGRAM …` line of a page, as a shell would split them. */
function commandsOf(page: string, program: string): string[][] {
  const lines = blocksOf(page, "sh").replaceAll("\\\n", "").split("\n");
  return lines
    .map((line) =>
      Array.from(
        line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g),
        ([, double, single, plain]) => double ?? single ?? plain ?? "",
      ),
    )
    .filter(([name]) => name === program)
    .map(([, ...args]) => args);
}

const cliCommandsOf = (page: string, command: string): string[][] =>
  commandsOf(page, "./bin/whetstone").filter(([name]) => name === command);

/** The files that the commands of the page name, as the page shows them. */
const inFolder = (args: readonly string[]): string[] =>
  args.map((arg) => (arg.endsWith(".jsonl") ? path.join(folder, arg) : arg));

describe.skipIf(!hasStarter)(`the commands of the README${need}`, () => {
  beforeAll(() => {
    for (const name of ["samples.jsonl", "held-out.jsonl"]) {
      writeFileSync(path.join(folder, name), blocksOf("README.md", "json"));
    }
  });

  it("are the same in both languages, and so are the samples", () => {
    const [english, chinese] = PAGES.map((page) => [
      commandsOf(page, "./bin/whetstone"),
      commandsOf(page, "curl"),
      blocksOf(page, "json"),
    ]);
    expect(chinese).toEqual(english);
  });

  it("fill", async () => {
    const commands = cliCommandsOf("README.md", "fill");
    expect(commands.length).toBeGreaterThan(0);
    for (const args of commands) {
      const result = await runCli(args, { env });
      expect(result).toMatchObject({ code: 0, stderr: "" });
      const document = documentOf(result);
      expect(document).toMatchObject({ model: "starter-cloze", version: "1" });
      const [first] = document["candidates"] as { score: number; sequence: string }[];
      expect(first!.score).toBeGreaterThan(0);
      expect(first!.sequence).not.toContain("[MASK]");
    }
  });

  it("train on the samples shown, and evaluate what has come of it", async () => {
    const [train = [], ...trainings] = cliCommandsOf("README.md", "train");
    const [evaluate = [], ...evaluations] = cliCommandsOf("README.md", "evaluate");
    expect([trainings, evaluations]).toEqual([[], []]);
    const trained = await runCli([...inFolder(train), "--json"], { env });
    expect(trained, trained.stderr).toMatchObject({ code: 0 });
    expect(documentOf(trained)).toMatchObject({ version: "2" });
    const evaluated = await runCli([...inFolder(evaluate), "--json"], { env });
    expect(evaluated, evaluated.stderr).toMatchObject({ code: 0 });
    const { length: count } = blocksOf("README.md", "json").trim().split("\n");
    expect(documentOf(evaluated)).toMatchObject({ count });
  });

  it("ask over HTTP", async () => {
    const commands = commandsOf("README.md", "curl");
    expect(commands.length).toBeGreaterThan(0);
    await using server = await serveProgram();
    for (const args of commands) {
      const { url, headers, body } = requestOf(args);
      const answer = await fetch(new URL(url.pathname, server.url), {
        method: "POST",
        headers,
        body,
      });
      expect(answer.status).toBe(200);
      const { topK } = JSON.parse(body) as { topK: number };
      const { candidates } = (await answer.json()) as { candidates: unknown[] };
      expect(candidates).toHaveLength(topK);
    }
  });

  it("puts the famous word first", async () => {
    const text = "春风又绿江南[MASK]，明月何时照我还。";
    const document = documentOf(await runCli(["fill", text, "--top-k", "1", "--json"], { env }));
    expect(document).toMatchObject({ candidates: [{ text: "岸" }] });
  });
});

/** What a curl command sends; not every machine has that program. */
function requestOf(args: readonly string[]): {
  url: URL;
  headers: Record<string, string>;
  body: string;
} {
  const after = (option: string): string => args[args.indexOf(option) + 1] ?? "";
  const [name = "", value = ""] = after("-H").split(": ");
  const url = new URL(args.find((arg) => arg.startsWith("http")) ?? "");
  return { url, headers: { [name]: value }, body: after("-d") };
}
