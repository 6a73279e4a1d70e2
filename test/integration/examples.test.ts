// The programs in examples/ run as their first lines say.

import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { serveProgram } from "../helpers/served-program.ts";

vi.setConfig({ testTimeout: 120_000 });

const ROOT = path.resolve(import.meta.dirname, "../..");
const hasStarter = existsSync(path.join(ROOT, "models/starter-cloze/model.safetensors"));
const need = hasStarter ? "" : " [needs the starter: commit models/starter-cloze]";

async function linesOf(example: string, ...args: string[]): Promise<string[]> {
  const file = path.join(ROOT, "examples", example);
  const node = [process.execPath, ["--import", "tsx", file, ...args], { cwd: ROOT }] as const;
  return (await promisify(execFile)(...node)).stdout.trim().split("\n");
}

describe.skipIf(!hasStarter)(`the examples${need}`, () => {
  it("are all run here", () => {
    expect(readdirSync(path.join(ROOT, "examples"))).toEqual(["fill.ts", "hugging-face.ts"]);
  });

  it("fill a blank in their own process", async () => {
    const lines = await linesOf("fill.ts", "画龙点[MASK]。");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^0\.\d{3} 画龙点.。$/);
  });

  it("ask a server as Hugging Face's client does", async () => {
    await using server = await serveProgram();
    const lines = await linesOf("hugging-face.ts", server.url);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^0\.\d{3} 岸 春风又绿江南岸，明月何时照我还。$/);
  });
});
