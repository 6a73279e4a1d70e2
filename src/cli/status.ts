// whetstone status: what the running server of a data directory answers with.

import type { Command } from "commander";
import type { HealthResponse } from "../wire/index.ts";
import { setAction, type Call } from "./command-line.ts";
import { askServer, requireServer } from "./running-server.ts";
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
  const server = await requireServer(call.config);
  // 503 while it is loading; the body says what is going on all the same.
  const { body } = await askServer(server, "/healthz");
  const deployments = (body as HealthResponse).live.map(deploymentOf);
  call.print({
    json: { url: server.url, pid: server.pid, deployments },
    text: `${server.url} (process ${server.pid})\n\n${describe(deployments)}`,
  });
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
