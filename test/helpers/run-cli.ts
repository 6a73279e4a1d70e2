// The command line, as a process of its own and inside the test's.

import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { Readable } from "node:stream";
import { runCommandLine } from "../../src/cli/program.ts";
import { writeRandomCheckpoint } from "../../src/checkpoint/index.ts";
import { fakeTerminal } from "./fake-terminal.ts";

/** The built program; `npm test` builds it before it runs the tests. */
export const PROGRAM = path.resolve(import.meta.dirname, "../../dist/cli/cli.main.js");

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built program; the environment has no settings but those of `env`. */
export function startCli(
  args: readonly string[],
  { env = {}, detached = false }: { env?: Record<string, string>; detached?: boolean } = {},
): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("WHETSTONE_"));
  return spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...Object.fromEntries(inherited), ...env },
    detached,
  });
}

/** Reads `{"url": …}` from what the server prints when it is ready; ends in a slash. */
export async function addressOf(server: ChildProcess): Promise<string> {
  let printed = "";
  for await (const chunk of server.stdout ?? []) {
    printed += String(chunk);
    const url = /"url":\s*"([^"]+)"/.exec(printed)?.[1];
    if (url !== undefined) return `${url}/`;
  }
  throw new Error(`serve ended before it was ready; it printed ${JSON.stringify(printed)}`);
}

/** Runs the built program to its end. */
export async function runCli(
  args: readonly string[],
  options: { input?: string | Uint8Array; env?: Record<string, string> } = {},
): Promise<CliResult> {
  const child = startCli(args, options);
  child.stdin?.end(options.input ?? "");
  return resultOf(child);
}

/** What a started program prints and ends with. */
export async function resultOf(child: ChildProcess): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, stdout, stderr };
}

/** Runs a command inside this process, which is a hundred times faster. */
export async function callCli(
  args: readonly string[],
  options: { input?: string | Uint8Array; env?: Record<string, string> } = {},
): Promise<CliResult> {
  const stdin = Readable.from(options.input === undefined ? [] : [Buffer.from(options.input)]);
  const { terminal, out, err } = fakeTerminal({ stdin, env: options.env ?? {} });
  const code = await runCommandLine(args, terminal);
  return { code, stdout: out(), stderr: err() };
}

/** The one JSON document of a result; throws when there is anything else on stdout. */
export function documentOf({ stdout }: CliResult): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A BERT directory with random weights that is opened in milliseconds. */
export function writeTinyModel(directory: string, seed = 1, layers = 1): void {
  writeRandomCheckpoint(directory, {
    layers,
    hidden: 32,
    heads: 2,
    intermediate: 64,
    vocabularySize: 8000,
    positions: 64,
    seed,
  });
}
