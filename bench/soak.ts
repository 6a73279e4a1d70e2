// A server under load that swaps its version again and again and trains new ones meanwhile: nothing
// fails, and it holds in the end what it held in the beginning. Method: README.md.
//
//   tsx bench/soak.ts [--minutes 60] [--swap-seconds 60] [--share 0.7] [--precision fp32]

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { TrainingRun } from "../src/wire/index.ts";
import { Deployments } from "./harness/deployments.ts";
import { heldBy, memorySample, type Held, type MemorySample } from "./harness/held.ts";
import { measureLoad } from "./harness/http-load.ts";
import { getJson, postJson } from "./harness/json.ts";
import { startOpenLoop } from "./harness/open-loop.ts";
import { note, report, rounded } from "./harness/report.ts";
import { startServer } from "./harness/servers.ts";
import { failedByMinute, figuresOf, leaksOf, quartersOf } from "./harness/soak-figures.ts";
import { TEXTS } from "./harness/texts.ts";

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    "swap-seconds": { type: "string", default: "60" },
    share: { type: "string", default: "0.7" },
    threads: { type: "string", default: "1" },
    precision: { type: "string", default: "fp32" },
    "no-save": { type: "boolean", default: false },
  },
});
const MODEL = "starter-cloze";
const STEPS = [5, 20, 50, 100];
/** Of the time between two swaps, until a release is promoted or taken back. */
const RELEASE_PART = 0.4;
/** A step lasts seconds, not minutes, and has as few requests as may be. */
const FLAGS = ["--training-threads", "1", "--release-min-requests", "20"];
/** How long the old version stays after a promotion. */
const RETENTION_SECONDS = 1;
/** From a swap's end until its processes have gone and a spare one waits again. */
const SETTLE_MS = 5000;
const SAMPLE_MS = 2000;
/** A server that does not come to rest in this time leaks. */
const REST_MS = 30_000;
const REST_LOOK_MS = 1000;

const settings = {
  minutes: Number(flags.minutes),
  swapSeconds: Number(flags["swap-seconds"]),
  share: Number(flags.share),
  threads: Number(flags.threads),
  precision: flags.precision,
  clients: 8,
};

const folder = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-soak-"));
const folders = { data: path.join(folder, "data"), temporary: path.join(folder, "tmp") };
mkdirSync(folders.temporary);
const server = await startServer(folders.data, {
  ...settings,
  flags: [...FLAGS, "--release-retention-seconds", String(RETENTION_SECONDS)],
  env: { TMPDIR: folders.temporary },
});
const deployments = new Deployments(server.url, MODEL);
/** Version numbers, oldest first. */
const versions = ["1"];
/** While one version answers and no release is under way. */
const samples: MemorySample[] = [];
try {
  // What is made once is made here: a version to swap with, activations, a swap each way.
  versions.push(await train(0));
  for (const isBack of [false, true]) await swap(isBack, 10);
  const saturation = await measureLoad(`${server.url}/models/${MODEL}`, TEXTS, {
    clients: settings.clients,
    seconds: 5,
  });
  const perSecond = saturation.textsPerSecond * settings.share;
  note(`${rounded(saturation.textsPerSecond)} texts/s at most; the load is ${rounded(perSecond)}`);
  const before = await heldAtRest();
  const stop = startOpenLoop({ url: server.url, model: MODEL, texts: TEXTS, perSecond });
  const startMs = performance.now();
  const untilMs = startMs + settings.minutes * 60_000;
  const [swaps, trained] = await Promise.all([swapOn(startMs, untilMs), trainOn(untilMs)]);
  // The load goes on until the version that was made last has answered as well.
  const last = await swap(false, settings.swapSeconds * RELEASE_PART);
  const seen = await stop();
  const after = await heldAtRest(before);
  report(
    "soak",
    {
      result: figuresOf({ seen, samples, before, after, swaps: swaps + Number(last), trained }),
      settings: { ...settings, perSecond: rounded(perSecond) },
      details: {
        failures: seen.filter(({ status }) => status !== 200).slice(0, 100),
        failedByMinute: failedByMinute(seen),
        leaks: leaksOf(before, after),
        before,
        after,
        memoryByQuarter: quartersOf(samples),
      },
    },
    !flags["no-save"],
  );
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Releases the newest version that is not stable; after some seconds it is promoted, or taken back.
 * False when the server had taken it back by itself.
 */
async function swap(isBack: boolean, seconds: number): Promise<boolean> {
  const startMs = performance.now();
  const stable = (await deployments.now())?.stable;
  const version = versions.findLast((each) => each !== stable) ?? "";
  // Trained on a handful of sentences, it may be one that the gate refuses.
  const wish = { version, steps: STEPS, intervalSeconds: seconds / 8, force: true };
  await deployments.begin(wish);
  await deployments.until(({ state }) => state !== "loading" && state !== "warm");
  await sleep(Math.max(0, startMs + seconds * 1000 - performance.now()));
  const found = await deployments.now();
  const isGone = found?.state === "rolled-back" || found?.state === "failed";
  note(`${version}: ${found?.state} at ${found?.share} %, ${found?.release?.reason}`);
  let isDone = !isGone;
  if (isDone && isBack) await deployments.move("rollback");
  else if (isDone && found?.state !== "promoted") isDone = await promote();
  await sleep(RETENTION_SECONDS * 1000 + SETTLE_MS);
  return isDone;
}

/** False when the gates said no in the same moment. */
async function promote(): Promise<boolean> {
  try {
    await deployments.move("promote");
    return true;
  } catch (error) {
    const state = (await deployments.now())?.state;
    if (state !== "promoted" && state !== "rolled-back") throw error;
    return state === "promoted";
  }
}

/** New versions, promoted and taken back in turns; gives how many. */
async function swapOn(startMs: number, untilMs: number): Promise<number> {
  let count = 0;
  for (let turn = 0; performance.now() < untilMs; turn++) {
    count += Number(await swap(turn % 2 === 1, settings.swapSeconds * RELEASE_PART));
    await rest(startMs + (turn + 1) * settings.swapSeconds * 1000);
  }
  return count;
}

/** One training after another; gives the versions that they made. */
async function trainOn(untilMs: number): Promise<readonly string[]> {
  const made: string[] = [];
  for (let number = 1; performance.now() < untilMs; number++) {
    const startMs = performance.now();
    const version = await train(number);
    versions.push(version);
    made.push(version);
    note(`version ${version} trained in ${rounded((performance.now() - startMs) / 1000)} s`);
    const nextMs = Math.min(untilMs, startMs + settings.swapSeconds * 1000);
    await sleep(Math.max(0, nextMs - performance.now()));
  }
  return made;
}

/** A few sentences that no other training has had, once; gives the version. */
async function train(number: number): Promise<string> {
  const lessons = Array.from("书包鞋帽伞笔灯碗杯锅").map((each, i) => ({
    text: `第${number}批${each}一直没___`,
    answer: i % 2 === 0 ? "发货" : "生效",
  }));
  const body = { model: MODEL, samples: lessons, epochs: 1, seed: number };
  let run = (await postJson(`${server.url}/api/training-runs`, body)) as TrainingRun;
  while (run.state === "running") {
    await sleep(200);
    run = (await getJson(`${server.url}/api/training-runs/${run.id}`)) as TrainingRun;
  }
  if (run.result !== undefined) return run.result.version;
  throw new Error(`training ${number} is ${run.state}: ${run.error?.message}`);
}

/** Samples the memory until the next swap is due, once at least. */
async function rest(untilMs: number): Promise<void> {
  do {
    samples.push(memorySample(server.pid));
    await sleep(Math.max(0, Math.min(SAMPLE_MS, untilMs - performance.now())));
  } while (performance.now() < untilMs);
}

/** What the server holds once nothing goes on; what is on its way out gets some time. */
async function heldAtRest(before?: Held): Promise<Held> {
  const untilMs = performance.now() + REST_MS;
  for (;;) {
    await sleep(SETTLE_MS);
    const held = heldBy(server.pid, folders);
    const isClean = before === undefined || leaksOf(before, held).length === 0;
    if (isClean || performance.now() > untilMs) return held;
    await sleep(REST_LOOK_MS);
  }
}
