// whetstone status: what the running server of a data directory answers with.

import type { Command } from "commander";
import { AppError, messageOf } from "../base/index.ts";
import type { HealthResponse } from "../wire/index.ts";
import { setAction, type Call } from "./command-line.ts";
import { formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** A model on the server. */
interface Deployment {
  readonly model: string;
  readonly stable: string;
  readonly canary: string | null;
  /** Of the canary, in percent. */
  readonly share: number;
  readonly state: "loading" | "promoted" | "failed";
}

const TIMEOUT_MS = 5000;

/** Adds the command to `program`. */
export function addStatus(program: Command, terminal: Terminal): void {
  const command = program
    .command("status")
    .summary("what the running server answers with")
    .description(
      "Shows the models that the running server of the data directory answers with. Exit code 1 " +
        "when none runs.",
    );
  setAction(command, terminal, status);
}

async function status(call: Call<object>): Promise<void> {
  const { findServer } = await import("../registry/index.ts");
  const { directory } = call.config.data;
  const server = await findServer(directory);
  if (server === undefined) {
    throw new AppError(
      "unavailable",
      `No server runs on the data directory ${directory}. ` +
        "Start one with `whetstone serve`, or name another directory with --data DIR.",
    );
  }
  const { live } = await askHealth(server.url);
  const deployments = live.map(deploymentOf);
  call.print({
    json: { url: server.url, pid: server.pid, deployments },
    text: `${server.url} (process ${server.pid})\n\n${describe(deployments)}`,
  });
}

async function askHealth(url: string): Promise<HealthResponse> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    // 503 while it is loading; the body says what is going on all the same.
    const response = await fetch(`${url}/healthz`, { signal });
    return (await response.json()) as HealthResponse;
  } catch (cause) {
    throw new AppError(
      "unavailable",
      `The server at ${url} does not answer: ${messageOf(cause)}. Try again, or restart it.`,
      { cause },
    );
  }
}

function deploymentOf({ model, version, state }: HealthResponse["live"][number]): Deployment {
  return {
    model,
    stable: version,
    canary: null,
    share: 0,
    state: state === "ready" ? "promoted" : state,
  };
}

function describe(deployments: readonly Deployment[]): string {
  if (deployments.length === 0) return "no model is loaded";
  const titles = ["model", "stable", "canary", "share", "state"].map((title) => ({ title }));
  const rows = deployments.map(({ model, stable, canary, share, state }) => {
    return [model, stable, canary ?? "–", `${share} %`, state];
  });
  return formatTable(titles, rows);
}
