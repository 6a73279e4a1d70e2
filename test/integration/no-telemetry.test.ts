// The engine reports to nobody: a process that has opened a session leaves nothing in the folders
// where it would keep its identifier, its queue and its log.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";

const PROGRAM = `
  import { createSession } from "./src/runtime/index.ts";
  import { encodeModel, DEFAULT_OPSETS, GraphBuilder } from "./src/onnx/index.ts";
  const b = new GraphBuilder();
  b.output(b.emit("Neg", [b.input("x", "float32", [1])]), "y");
  const model = { graph: b.build("g"), opsets: DEFAULT_OPSETS, producer: "test" };
  await createSession(encodeModel(model), { threads: 1 });
`;

it("a process with an open session leaves no file of its engine behind", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "whetstone-telemetry-"));
  const args = ["--import", "tsx", "--input-type=module", "--eval", PROGRAM];
  const cwd = path.resolve(import.meta.dirname, "../..");
  const { ORT_DISABLE_TELEMETRY: _, CI: _ci, ...outer } = process.env;
  const env = { ...outer, HOME: folder, XDG_CACHE_HOME: folder, TMPDIR: folder };
  execFileSync(process.execPath, args, { cwd, env });
  const left = readdirSync(folder, { recursive: true }).map(String);
  expect(left.filter((name) => !name.startsWith("tsx-"))).toEqual([]);
  rmSync(folder, { recursive: true });
}, 60_000);
