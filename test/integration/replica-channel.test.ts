// A replica process whose gateway is gone.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { STUB_ENTRY, writeStubModel } from "../helpers/running-app.ts";

it("ends without a word when its answer meets a channel that has closed", async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "whetstone-channel-"));
  writeStubModel(directory);
  const child = fork(STUB_ENTRY.file, [], {
    execArgv: STUB_ENTRY.execArgv,
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const said = text(child.stderr!);
  child.send({ kind: "open", directory, options: { threads: 1, precision: "fp32" } });
  await once(child, "message");
  child.send({ kind: "fill", id: 1, inputs: [{ text: "block[MASK]", topK: 1 }] }, () => {
    child.disconnect();
  });
  await once(child, "exit");
  expect(await said).toBe("");
  rmSync(directory, { recursive: true });
}, 30_000);
