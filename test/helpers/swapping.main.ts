// A server in a process of its own that swaps versions again and again, with real replicas of a tiny
// model, and says what it and they hold at the beginning and at the end. On request somebody beside
// it leaks, to show that this would be seen. Started with --expose-gc; Linux only.

import { spawn, type ChildProcess } from "node:child_process";
import { openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { replicasOf } from "../../bench/harness/held.ts";
import { descendants } from "../../bench/harness/memory.ts";
import { createApp, type App } from "../../src/app.ts";
import { required } from "../../src/base/index.ts";
import { parseConfig } from "../../src/config/index.ts";
import type { GatewayObserver } from "../../src/serving/index.ts";
import { writeTinyModel } from "./run-cli.ts";

export interface SwapOrder {
  readonly folder: string;
  /** Each goes to the new version and back, of two models at once: four swaps. */
  readonly rounds: number;
  readonly isLeaking: boolean;
}

/** What is held at one moment. */
export interface Held {
  /** Resident memory, after a garbage collection. */
  readonly gatewayBytes: number;
  readonly replicaBytes: number;
  readonly processes: number;
  readonly handles: number;
  /** Files below the folder, by path. */
  readonly files: readonly string[];
}

export interface Swapped {
  readonly before: Held;
  readonly after: Held;
  readonly swapCount: number;
}

const MODELS = ["left", "right"];
/** As it is built: a replica from the sources would take a second to start. */
const REPLICA = path.resolve(import.meta.dirname, "../../dist/serving/replica.main.js");
/** Until what is made once has been made. */
const WARM_UP_ROUNDS = 5;
/** In the twenty swaps that leak as much as 1 MiB each would be in a hundred: what the collector gives
 *  back between the two moments is some 15 MB, which hid 20 MiB once. */
const LEAK_BYTES = 5 << 20;
const QUIET_MS = 300;

const leaked: ChildProcess[] = [];
const order = JSON.parse(process.argv[2] ?? "{}") as SwapOrder;
const app = await start();
try {
  if (order.isLeaking) app.gateway.observe(createLeak());
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await swapAll();
  const before = await held();
  for (let round = 0; round < order.rounds; round++) await swapAll();
  const after = await held();
  const swapCount = 2 * MODELS.length * order.rounds;
  process.send?.({ before, after, swapCount } satisfies Swapped);
} finally {
  for (const child of leaked) child.kill();
  await app.close();
  process.disconnect();
}

async function start(): Promise<App> {
  const flags = {
    "data.directory": path.join(order.folder, "data"),
    // A spare process comes and goes by the clock, so that no two moments are alike.
    "replica.spare": "off",
    "cache.maxBytes": "0",
    "log.level": "silent",
  };
  const started = await createApp(parseConfig({ flags }), {
    replicaEntry: { file: REPLICA, execArgv: [] },
    starters: path.join(order.folder, "none"),
  });
  for (const [i, model] of MODELS.entries()) {
    const source = path.join(order.folder, `source-${model}`);
    writeTinyModel(source, i + 1);
    await started.registry.addModel(model, source);
    writeTinyModel(source, i + 11);
    await started.registry.addVersion(model, source);
  }
  await started.releases.start();
  return started;
}

async function swapAll(): Promise<void> {
  await Promise.all(MODELS.map(swap));
}

/** All requests to version 2, and back again. */
async function swap(model: string): Promise<void> {
  const hasMoved = new Promise<void>((resolve, reject) => {
    const forget = app.releases.onMove(({ model: moved, state, reason }) => {
      if (moved !== model || state === "loading" || state === "warm") return;
      forget();
      if (state === "canary") resolve();
      else reject(new Error(`the release of ${model} is ${state}: ${reason}`));
    });
  });
  const wish = { model, version: "2", steps: [100], intervalMs: 3_600_000 };
  await app.releases.deploy(wish, { by: "command" });
  await hasMoved;
  await fill(model);
  await app.releases.move(model, { kind: "rollback" }, { by: "command" });
  await fill(model);
}

async function fill(model: string): Promise<void> {
  const payload = { text: "今天[MASK]气很好。", model };
  const answer = await app.server.inject({ method: "POST", url: "/api/fill", payload });
  if (answer.statusCode !== 200) throw new Error(`${model}: ${answer.body}`);
}

async function held(): Promise<Held> {
  const live = app.gateway.pids();
  while (replicasOf(process.pid).some((pid) => !live.includes(pid))) await sleep(20);
  for (let i = 0; i < 3; i++) {
    required(globalThis.gc, "--expose-gc")();
    await sleep(QUIET_MS);
  }
  return {
    gatewayBytes: residentBytes(process.pid),
    replicaBytes: live.reduce((sum, pid) => sum + residentBytes(pid), 0),
    processes: descendants(process.pid).length,
    handles: readdirSync("/proc/self/fd").length,
    files: readdirSync(order.folder, { recursive: true }).map(String).toSorted(),
  };
}

function residentBytes(pid: number): number {
  const pages = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1];
  return 4096 * Number(pages);
}

/** An observer that keeps something of every answer that it is told of. */
function createLeak(): GatewayObserver {
  const kept: Uint8Array[] = [];
  return {
    onRestart: () => {},
    onBatch: () => {},
    onAnswer: () => {
      kept.push(new Uint8Array(LEAK_BYTES).fill(1));
      openSync(import.meta.filename, "r");
      writeFileSync(path.join(order.folder, `left-${kept.length}.tmp`), "");
      leaked.push(spawn("sleep", ["600"], { stdio: "ignore" }));
    },
  };
}
