// A server that is killed while its job trains, alone or with all its processes: the next one goes
// on with the run, and in the end there is one version, the one that would have come anyway.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { RunProgress, TrainingRun } from "../../src/wire/index.ts";
import {
  addressOf,
  callCli,
  documentOf,
  runCli,
  startCli,
  writeTinyModel,
} from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-killed-server-"));
const env = { WHETSTONE_DATA: path.join(folder, "data"), WHETSTONE_TRAINING_THREADS: "1" };
const PHASES: readonly RunProgress["phase"][] = [
  "starting",
  "prefix",
  "before",
  "training",
  "sweep",
  "after",
  "storing",
];

let server: ChildProcess;
let url: string;

async function serve(): Promise<void> {
  server = startCli(["serve", "--port", "0", "--json"], { env, detached: true });
  server.stderr?.resume();
  url = await addressOf(server);
}

async function kill(): Promise<void> {
  server.kill("SIGKILL");
  if (server.signalCode === null) await once(server, "exit");
}

beforeAll(async () => {
  for (const id of ["calm", "killed"]) {
    writeTinyModel(path.join(folder, id), 1, 3);
    await callCli(["models", "add", path.join(folder, id)], { env });
  }
  await serve();
});
afterAll(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

/** The server with its replicas and its job, which are all of one process group. */
async function killAll(): Promise<void> {
  process.kill(-server.pid!, "SIGKILL");
  if (server.signalCode === null) await once(server, "exit");
}

function lesson(): object[] {
  return Array.from("一二三四五六七八九十上下左右").flatMap((each) => [
    { text: `${each}春天有___`, answer: "花" },
    { text: `${each}冬天有___`, answer: "雪" },
  ]);
}

async function start(
  model: string,
  { samples = lesson(), epochs = 60 }: { samples?: object[]; epochs?: number } = {},
): Promise<TrainingRun> {
  const response = await fetch(`${url}api/training-runs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, samples, epochs }),
  });
  expect(response.status).toBe(202);
  return (await response.json()) as TrainingRun;
}

/** The run once it has come as far as `phase`, or has ended. */
async function reached(id: string, phase: RunProgress["phase"]): Promise<TrainingRun> {
  for (;;) {
    const run = (await (await fetch(`${url}api/training-runs/${id}`)).json()) as TrainingRun;
    const isThere = PHASES.indexOf(run.progress.phase) >= PHASES.indexOf(phase);
    if (isThere || run.state !== "running") return run;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function hashesOf(id: string): Promise<string[]> {
  const { models } = documentOf(await callCli(["models", "show", id, "--json"], { env }));
  const [model] = models as { versions: { sha256: string }[] }[];
  return model!.versions.map(({ sha256 }) => sha256);
}

async function ended(id: string): Promise<TrainingRun> {
  let run = await reached(id, "storing");
  while (run.state === "running") {
    await new Promise((resolve) => setTimeout(resolve, 100));
    run = await reached(id, "storing");
  }
  return run;
}

it("is continued by the next server, to the same patch and to one version", async () => {
  expect(await ended((await start("calm")).id)).toMatchObject({ state: "finished" });
  const [, undisturbed] = await hashesOf("calm");
  const { id } = await start("killed");
  for (const phase of ["training", "sweep"] as const) {
    expect(await reached(id, phase)).toMatchObject({ state: "running" });
    await kill();
    expect(await hashesOf("killed")).toHaveLength(1);
    await serve();
  }
  expect(await ended(id)).toMatchObject({ state: "finished", result: { version: "2" } });
  expect((await hashesOf("killed")).slice(1)).toEqual([undisturbed]);
});

it("can be run again from what was sent, whose words no archive shows", async () => {
  const again = await runCli(["train", "--replay-of", "killed@2", "--json"], { env });
  expect(again).toMatchObject({ code: 0 });
  expect(documentOf(again)).toMatchObject({ same: true, environment: [] });
  const archive = await callCli(["models", "archive", "killed@2", "--json"], { env });
  expect(archive.stdout).toContain('"training"');
  expect(archive.stdout).not.toContain("春天");
});

it("is continued with the model that ships, its job killed as well", async () => {
  const goods = Array.from("书包鞋帽伞笔灯碗杯锅盆桶刀勺筷");
  const samples = goods.map((each) => ({ text: `我买的${each}一直没___`, answer: "发货" }));
  const { id } = await start("starter-cloze", { samples, epochs: 4 });
  expect(await reached(id, "training")).toMatchObject({ state: "running" });
  await killAll();
  expect(await hashesOf("starter-cloze")).toHaveLength(1);
  await serve();
  expect(await ended(id)).toMatchObject({ state: "finished", result: { version: "2" } });
  expect(await hashesOf("starter-cloze")).toHaveLength(2);
  const whole = await callCli(["models", "verify", "starter-cloze@2", "--json"], { env });
  expect(whole).toMatchObject({ code: 0 });
  const filled = await fetch(`${url}api/fill`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "我买的书一直没___", model: "starter-cloze@2" }),
  });
  expect(await filled.json()).toMatchObject({ version: "2" });
  const left = readdirSync(path.join(env.WHETSTONE_DATA, "training"));
  expect(left.filter((name) => !name.endsWith(".json"))).toEqual([]);
  const temporary = readdirSync(path.join(env.WHETSTONE_DATA, "versions"));
  expect(temporary.filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
