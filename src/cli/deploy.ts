// whetstone deploy, rollback, promote, pause, resume, status: releases on the running server.

import type { Command } from "commander";
import { AppError } from "../base/index.ts";
import type { RunningServer } from "../registry/index.ts";
import type {
  Deployment,
  DeploymentsResponse,
  ReleaseForecast,
  ScheduleResponse,
} from "../wire/index.ts";
import { setAction, type Call, type Report } from "./command-line.ts";
import { checkArguments, optionParser } from "./failure.ts";
import { ask, requireServer } from "./running-server.ts";
import { scheduleTable } from "./schedule-report.ts";
import { formatSeconds, formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface DeployOptions {
  readonly steps?: readonly number[];
  readonly interval?: number;
  readonly shadow?: boolean;
  readonly force?: boolean;
  readonly forecast?: boolean;
}

interface PromoteOptions {
  readonly share?: number;
}

const DEPLOY_HELP = `
The version gets growing shares of the requests. At each step its errors, times, memory and
confidence are held against the stable version's; a canary that fails goes by itself. Follow it with
\`whetstone status\` or in the console.

Examples:
  whetstone deploy starter-cloze@2
  whetstone deploy starter-cloze@2 --steps 1,10,100 --interval 60
  whetstone deploy starter-cloze@2 --shadow
  whetstone deploy starter-cloze@2 --forecast`;

/** Adds the commands to `program`. */
export function addDeploy(program: Command, terminal: Terminal): void {
  const deploy = program
    .command("deploy")
    .summary("release a version on the running server, step by step")
    .description("Begins the release of a version on the running server of the data directory.")
    .argument("<id@v>", "a version")
    .option("--steps <percents>", "shares of the requests, as in 5,20,50,100", optionParser(steps))
    .option("--interval <seconds>", "how long a step lasts at least", optionParser(seconds))
    .option("--shadow", "ask it beside the stable version and never answer with it")
    .option("--force", "also a version that the gate refused; this is written down")
    .option("--forecast", "only say how long each step would take at the present traffic")
    .addHelpText("after", DEPLOY_HELP);
  setAction<DeployOptions>(deploy, terminal, async (call, argument = "") => {
    const { parseReference } = await import("../registry/index.ts");
    const { id, version } = checkArguments(() => requireBoth(parseReference(argument)));
    const { steps: wanted, interval, shadow, force } = call.options;
    const server = await requireServer(call.config);
    const query = wanted === undefined ? "" : `?steps=${wanted.join(",")}`;
    const path = `/api/deployments/${id}/forecast${query}`;
    const forecast = (await ask(server, path)) as ReleaseForecast;
    const said = describeForecast(forecast);
    if (call.options.forecast === true) {
      call.print({ json: forecast, text: said });
      return;
    }
    const body = { model: id, version, steps: wanted, intervalSeconds: interval, shadow, force };
    await ask(server, "/api/deployments", { method: "POST", body });
    const { json, text } = await deploymentsOf(server);
    call.print({ json: { ...json, forecast }, text: `${text}\n\n${said}` });
  });
  addMoves(program, terminal);
  const status = program
    .command("status")
    .summary("what the running server answers with")
    .description(
      "Shows the models that the running server of the data directory answers with, where " +
        "their releases are, and what the server does by itself. Exit code 1 when none runs.",
    );
  setAction<object>(status, terminal, showAll);
}

function addMoves(program: Command, terminal: Terminal): void {
  const moves = {
    rollback: "switch back: the stable version takes all requests",
    promote: "make the canary the stable version, or give it another share",
    pause: "keep a release at its share",
    resume: "let a paused release go on",
  };
  for (const [kind, summary] of Object.entries(moves)) {
    const command = program
      .command(kind)
      .summary(summary)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
      .argument("<id>", "a model");
    if (kind === "promote") {
      command.option("--share <percent>", "to this share instead", optionParser(percent));
    }
    setAction<PromoteOptions>(command, terminal, async (call, argument = "") => {
      const { parseReference } = await import("../registry/index.ts");
      const { id } = checkArguments(() => parseReference(argument));
      const { share } = call.options;
      const query = share === undefined ? "" : `?share=${share}`;
      await order(call, `/api/deployments/${id}/${kind}${query}`, {});
    });
  }
}

/** Tells the server, then shows what it answers with. */
async function order(call: Call<object>, path: string, body: object): Promise<void> {
  const server = await requireServer(call.config);
  await ask(server, path, { method: "POST", body });
  call.print(await deploymentsOf(server));
}

async function showAll(call: Call<object>): Promise<void> {
  const server = await requireServer(call.config);
  const { json, text } = await deploymentsOf(server);
  const schedule = (await ask(server, "/api/schedule")) as ScheduleResponse;
  call.print({ json: { ...json, schedule }, text: `${text}\n\n${scheduleTable(schedule)}` });
}

async function deploymentsOf(server: RunningServer): Promise<Report> {
  const { deployments } = (await ask(server, "/api/deployments")) as DeploymentsResponse;
  return {
    json: { url: server.url, pid: server.pid, deployments },
    text: `${server.url} (process ${server.pid})\n\n${describe(deployments)}`,
  };
}

function describe(deployments: readonly Deployment[]): string {
  if (deployments.length === 0) return "no model is loaded";
  const titles = ["model", "stable", "canary", "share", "state", "why"];
  const rows = deployments.map(({ model, stable, canary, share, state, release }) => {
    return [model, stable, canary ?? "–", `${share} %`, state, release?.reason ?? ""];
  });
  return formatTable(
    titles.map((title) => ({ title })),
    rows,
  );
}

function describeForecast({ requestsPerSecond, needed, expectedSeconds }: ReleaseForecast): string {
  const traffic = `${requestsPerSecond.toFixed(requestsPerSecond < 10 ? 1 : 0)} requests/s`;
  const rest = "what is missing is made up for by probes of both versions";
  const columns = ["share", `${needed} requests`, "1 % errors proven"];
  const shown = (value: number | null): string => (value === null ? "–" : formatSeconds(value));
  const rows = expectedSeconds.map(({ share, sample, errors }) => {
    return [`${share} %`, shown(sample), shown(errors)];
  });
  const table = formatTable(
    columns.map((title) => ({ title, align: "right" as const })),
    rows,
  );
  return `At the ${traffic} of the last minute a step takes; ${rest}:\n\n${table}`;
}

function requireBoth({ id, version }: { id: string; version: string | undefined }) {
  if (version !== undefined) return { id, version };
  throw new AppError("invalid_input", `Which version of ${id}? Name one, as in "${id}@2".`);
}

function steps(text: string): readonly number[] {
  return text.split(",").map(percent);
}

function percent(text: string): number {
  return numberIn(text, { what: "a percent", least: 0, most: 100 });
}

function seconds(text: string): number {
  return numberIn(text, { what: "a number of seconds", least: 0, most: 604_800 });
}

function numberIn(
  text: string,
  { what, least, most }: { readonly what: string; readonly least: number; readonly most: number },
): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (value >= least && value <= most) return value;
  const message = `"${text}" is not ${what} from ${least} to ${most}`;
  throw new AppError("invalid_input", message);
}
