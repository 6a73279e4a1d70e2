// whetstone bench: runs a program of bench/, which a clone has and the published package has not.

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { AppError } from "../base/index.ts";
import { quoted } from "./arguments.ts";
import { setAction, type Call } from "./command-line.ts";
import { ArgumentError } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = path.join(ROOT, "bench");

/** Adds the command to `program`. */
export function addBench(program: Command, terminal: Terminal): void {
  const command = program
    .command("bench")
    .summary("run a measuring program of bench/")
    .description(
      "Runs a program of bench/ and ends with its one line of JSON. bench/README.md " +
        "has the methods. " +
        "Arguments behind -- go to the program.",
    )
    .argument("<name>", "the program, such as train-step or fill")
    .argument("[arguments...]", "for the program");
  setAction<object>(command, terminal, async (call, name = "") => {
    const [, rest] = command.processedArgs as [string, string[] | undefined];
    await bench(call, name, rest ?? []);
  });
}

async function bench(call: Call<object>, name: string, rest: readonly string[]): Promise<void> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    const what = `The benchmark is ${quoted(name)}; expected a name such as train-step.`;
    throw new ArgumentError("usage", what);
  }
  const file = path.join(FOLDER, `${name}.ts`);
  if (!existsSync(file)) throw noSuchProgram(name);
  const lines = (await run(file, rest, call.terminal)).trimEnd().split("\n");
  call.print({ json: parseResult(name, lines.at(-1) ?? ""), text: lines.join("\n") });
}

/** What the program prints on stdout; what it says on stderr is passed through. */
async function run(file: string, rest: readonly string[], terminal: Terminal): Promise<string> {
  const child = spawn(process.execPath, ["--import", "tsx", file, ...rest], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Uint8Array[] = [];
  child.stdout.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => terminal.stderr.write(chunk));
  const forget = terminal.onInterrupt(() => child.kill("SIGINT"));
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        if (code === 0) resolve();
        else reject(failed(path.basename(file), signal ?? `exit code ${code}`));
      });
    });
  } finally {
    forget();
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseResult(name: string, line: string): object {
  try {
    const result: unknown = JSON.parse(line);
    if (typeof result === "object" && result !== null) return result;
  } catch {
    // Told below.
  }
  throw new AppError("io_failed", `bench/${name}.ts ended with ${quoted(line)}; expected JSON.`);
}

function noSuchProgram(name: string): AppError {
  if (!existsSync(FOLDER)) {
    return new AppError(
      "not_found",
      "The published package has no benchmarks; run this in a clone of the repository.",
    );
  }
  const known = readdirSync(FOLDER)
    .filter((file) => /^[a-z0-9-]+\.ts$/.test(file))
    .map((file) => file.slice(0, -".ts".length));
  const list = known.length > 0 ? `there is ${known.join(", ")}` : "there is none yet";
  return new AppError("not_found", `There is no benchmark ${quoted(name)}; ${list}.`);
}

function failed(program: string, reason: string): AppError {
  return new AppError("io_failed", `bench/${program} failed (${reason}); its output is above.`);
}
