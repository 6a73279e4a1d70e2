// The two servers that bench/fill.ts compares, each in a process of its own.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { openHuggingFaceDirectory } from "../../src/checkpoint/index.ts";
import { exportOnnx } from "../../src/models/index.ts";
import { note } from "./report.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PEERS = path.join(ROOT, "bench/peers");
const PEER = path.join(PEERS, "transformers-js-fill.mjs");

export interface Server {
  /** Where texts are posted. */
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

interface ServeOptions {
  readonly threads: number;
  readonly precision: string;
  /** Further flags of `serve`. */
  readonly flags?: readonly string[];
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

const WHETSTONE = path.join(ROOT, "bin/whetstone");

/** `whetstone serve` with the model of `directory`. */
export async function startOurs(directory: string, options: ServeOptions): Promise<Server> {
  const data = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-data-"));
  const common = ["--data", data, "--json"];
  execFileSync(WHETSTONE, ["models", "add", `file:${directory}`, "--id", "bench", ...common]);
  const server = await startServer(data, options);
  return {
    ...server,
    url: `${server.url}/models/bench`,
    close: async () => {
      await server.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** `whetstone serve` over a data directory, at `url`. */
export async function startServer(
  data: string,
  { threads, precision, flags = [], env = {} }: ServeOptions,
): Promise<Server> {
  // No memory of answers, as peers have none either.
  const settings = ["--cache-max-bytes", "0", "--replica-threads", String(threads)];
  // Also random weights, whose answers are too near to each other for int8, are measured in it.
  settings.push("--replica-precision", precision, "--replica-min-agreement", "0");
  settings.push("--log-level", "warn");
  // Measured is how long it takes, also where that is too long.
  settings.push("--fill-deadline-ms", "60000", ...flags);
  const args = ["serve", "--port", "0", ...settings, "--data", data, "--json"];
  const child = spawn(WHETSTONE, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const { url } = (await firstLine(child)) as { url: string };
  return { url, pid: child.pid ?? 0, close: () => ended(child) };
}

/** Transformers.js with the same weights, exported; undefined when it is not installed. */
export async function startPeer(exported: string, threads: number): Promise<Server | undefined> {
  if (!existsSync(path.join(PEERS, "node_modules/@huggingface/transformers"))) return undefined;
  const args = [PEER, "--model", exported, "--serve", "0", "--threads", String(threads)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const { ready } = (await firstLine(child)) as { ready: string };
  return { url: ready, pid: child.pid ?? 0, close: () => ended(child) };
}

/** The ONNX form of a model directory for the peer, made when it is missing. */
export function exportedForm(directory: string, target: string): string {
  if (existsSync(path.join(target, "onnx/model.onnx"))) return target;
  note(`exporting ${directory} to ${target}`);
  using source = openHuggingFaceDirectory(directory);
  const tokenizerFiles = source.readTokenizerFiles();
  exportOnnx(target, { config: source.config, weights: source.readWeights(), tokenizerFiles });
  return target;
}

async function firstLine(child: ChildProcess): Promise<unknown> {
  let text = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Uint8Array) => {
      text += new TextDecoder().decode(chunk);
      const end = text.indexOf("\n");
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)));
    });
    child.once("exit", (code) => reject(new Error(`a server ended early with code ${code}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
}
