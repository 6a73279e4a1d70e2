// What only a process of its own shows: exit codes, pipes, bytes, signals, a running server.

import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  callCli,
  documentOf,
  resultOf,
  runCli,
  startCli,
  writeTinyModel,
} from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-process-"));
const env = { WHETSTONE_DATA: path.join(folder, "data") };

beforeAll(async () => {
  writeTinyModel(path.join(folder, "tiny"));
  await callCli(["models", "add", path.join(folder, "tiny")], { env });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the program", () => {
  it("prints one document on stdout and ends with 0", async () => {
    const result = await runCli(["fill", "画龙点[MASK]", "--model", "tiny", "--json"], { env });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(documentOf(result)).toMatchObject({ model: "tiny", version: "1" });
  });

  it("ends with 1 when something fails and with 2 when it is called wrongly", async () => {
    expect(await runCli(["fill", "[MASK]", "--model", "nobody"], { env })).toMatchObject({
      code: 1,
      stdout: "",
    });
    expect(await runCli(["fill", "[MASK]", "--wrong"], { env })).toMatchObject({ code: 2 });
  });

  it("refuses an argument whose bytes are no UTF-8", async () => {
    // A shell hands over the bytes; Node's own spawn could only send text.
    const { spawn } = await import("node:child_process");
    const script = `exec "$0" "$1" fill "$(printf '\\345\\262___')" --json`;
    const program = path.resolve(import.meta.dirname, "../../dist/cli/cli.main.js");
    const child = spawn("/bin/sh", ["-c", script, process.execPath, program], {
      env: { ...process.env, ...env },
    });
    const result = await resultOf(child);
    expect(result.code).toBe(2);
    expect(documentOf(result)).toMatchObject({ error: { code: "bad_encoding" } });
  });

  it("does not mind a reader that goes away", async () => {
    const child = startCli(["config", "show", "--json"], { env });
    child.stdout?.destroy();
    const { code, stderr } = await resultOf(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("knows its version", async () => {
    const manifest = path.resolve(import.meta.dirname, "../../package.json");
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    expect(await runCli(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe("whetstone serve", () => {
  it("says where it serves, is found by status, and ends when asked to", async () => {
    const server = startCli(["serve", "--port", "0", "--json", "--log-level", "error"], { env });
    const ended = resultOf(server);
    const [first] = (await once(server.stdout!, "data")) as [string];
    const { url, port } = JSON.parse(first) as { url: string; port: number };
    expect(url).toBe(`http://127.0.0.1:${port}`);
    try {
      const status = await runCli(["status", "--json"], { env });
      expect(status).toMatchObject({ code: 0 });
      expect(documentOf(status)).toMatchObject({ url, deployments: expect.any(Array) as unknown });
      const busy = await runCli(["serve", "--port", String(port), "--json"], { env });
      expect(busy).toMatchObject({ code: 1 });
      expect(documentOf(busy)).toMatchObject({
        error: { code: "conflict", details: { port } },
      });
    } finally {
      server.kill("SIGTERM");
    }
    const { code, stdout } = await ended;
    expect({ code, documents: stdout.trim().split("\n").length }).toEqual({
      code: 0,
      documents: 1,
    });
    expect(await runCli(["status"], { env })).toMatchObject({ code: 1 });
  });

  it("names a port that another program has, and refuses to listen wider", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    try {
      const { code, stderr } = await runCli(["serve", "--port", String(port)], { env });
      expect(code).toBe(1);
      expect(stderr).toContain(`Port ${port} on 127.0.0.1 is in use`);
      const wide = await runCli(["serve", "--host", "0.0.0.0"], { env });
      expect(wide).toMatchObject({ code: 1, stdout: "" });
    } finally {
      other.close();
    }
  });
});
