// A server that is killed while its job trains: the next one goes on with the run, and in the end
// there is one version, the one that would have come anyway.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { RunProgress, TrainingRun } from "../../src/wire/index.ts";
import { addressOf, callCli, documentOf, startCli, writeTinyModel } from "../helpers/run-cli.ts";

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
  server = startCli(["serve", "--port", "0", "--json"], { env });
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

async function start(model: string): Promise<TrainingRun> {
  const samples = Array.from("一二三四五六七八九十上下左右").flatMap((each) => [
    { text: `${each}春天有___`, answer: "花" },
    { text: `${each}冬天有___`, answer: "雪" },
  ]);
  const response = await fetch(`${url}api/training-runs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, samples, epochs: 60 }),
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
