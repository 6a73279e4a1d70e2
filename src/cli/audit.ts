// whetstone audit: who changed what; and the way of commands into that log.

import type { Command } from "commander";
import { ACTOR_COMMAND, type AuditEntry, type Registry } from "../registry/index.ts";
import { wholeNumber } from "./arguments.ts";
import { setAction, type Call } from "./command-line.ts";
import { optionParser } from "./failure.ts";
import { formatSecond, formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const LIMIT = 50;
const LIMIT_MAX = 100_000;

interface AuditOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly limit?: number;
}

/** Writes into the audit log what a command has done. */
export async function noteAct(
  registry: Pick<Registry, "audit">,
  action: string,
  target: string | null,
): Promise<void> {
  const event = { actor: ACTOR_COMMAND, action, target, outcome: "done", requestId: null };
  await registry.audit.add(event);
}

/** Adds the command to `program`. */
export function addAudit(program: Command, terminal: Terminal): void {
  const command = program
    .command("audit")
    .summary("who changed what")
    .description(
      "Shows what was done to the data directory, over HTTP and by commands, the newest first: " +
        "trainings, reviews, changes of models and keys.",
    )
    .option(
      "--actor <name>",
      "only what this key did, or (command), (local), (release), (schedule)",
    )
    .option("--action <name>", "only this, as in training.start")
    .option(
      "--limit <n>",
      `the most that are shown (default: ${LIMIT})`,
      optionParser(wholeNumber(1, LIMIT_MAX)),
    );
  setAction<AuditOptions>(command, terminal, showAudit);
}

async function showAudit(call: Call<AuditOptions>): Promise<void> {
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const { actor, action, limit = LIMIT } = call.options;
  const entries = await registry.audit.list({ actor, action, limit });
  call.print({ json: { entries }, text: entries.length === 0 ? "nothing yet" : tableOf(entries) });
}

function tableOf(entries: readonly AuditEntry[]): string {
  const titles = ["time (UTC)", "who", "what", "to", "outcome"].map((title) => ({ title }));
  const rows = entries.map(({ at, actor, action, target, outcome }) => {
    return [formatSecond(at), actor, action, target ?? "–", outcome];
  });
  return formatTable(titles, rows);
}
