// The commands of the README run and give what it says, on the starter that ships.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { documentOf, runCli } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 180_000 });

const ROOT = path.resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "whetstone-readme-"));
const env = { WHETSTONE_DATA: path.join(folder, "data") };
const hasStarter = existsSync(path.join(ROOT, "models/starter-cloze/model.safetensors"));
const need = hasStarter ? "" : " [needs the starter: commit models/starter-cloze]";

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The arguments of each `./bin/whetstone fill …` line of a page, as a shell would split them. */
function fillCommandsOf(page: string): string[][] {
  const text = readFileSync(path.join(ROOT, page), "utf8");
  const lines = [...text.matchAll(/^\.\/bin\/whetstone (fill .*)$/gm)].map(
    ([, rest]) => rest ?? "",
  );
  return lines.map((line) =>
    Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, inQuotes, plain]) => inQuotes ?? plain ?? ""),
  );
}

describe.skipIf(!hasStarter)(`the fill commands of the README${need}`, () => {
  it.each(["README.md", "README.zh.md"])("work as %s has them", async (page) => {
    const commands = fillCommandsOf(page);
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

  it("puts the famous word first", async () => {
    const text = "春风又绿江南[MASK]，明月何时照我还。";
    const document = documentOf(await runCli(["fill", text, "--top-k", "1", "--json"], { env }));
    expect(document).toMatchObject({ candidates: [{ text: "岸" }] });
  });
});
