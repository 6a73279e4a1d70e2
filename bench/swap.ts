// Replacing a version under load: the first answer of the new one, the stable one's times while it
// loads, a release through all steps, and the way back. The load is a second process, open loop, at
// half of what the server can do. Method: README.md.
//
//   tsx bench/swap.ts [--rounds 20] [--threads 1] [--interval 5] [--precision int8]

import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Deployments } from "./harness/deployments.ts";
import { measureLoad } from "./harness/http-load.ts";
import { postJson } from "./harness/json.ts";
import { OtherLoad } from "./harness/machine.ts";
import { descendants, mapsFile, pssBytes } from "./harness/memory.ts";
import { startOpenLoop } from "./harness/open-loop.ts";
import { note, report, rounded } from "./harness/report.ts";
import { backTimes, figuresOf, type Swap, type WholeRelease } from "./harness/swap-figures.ts";
import { TEXTS } from "./harness/texts.ts";
import { startTwoVersions } from "./harness/two-versions.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    threads: { type: "string", default: "1" },
    interval: { type: "string", default: "5" },
    precision: { type: "string", default: "int8" },
    tiny: { type: "boolean", default: false },
    "no-save": { type: "boolean", default: false },
  },
});
const MODEL = "bench";
const CANARY = "2";
/** As long as it takes until another process waits to be told what to open. */
const SPARE_MS = 3500;
/** Requests after which a version answers from re-ordered weights. */
const RUN_IN_COUNT = 20;
/** A blank of open length, which takes more memory. */
const OPEN_TEXT = "经过大家的努力，项目终于___完成。";
const STARTING = ["loading", "warm"];
const RELEASE_ENDS = ["promoted", "paused", "rolled-back", "failed"];
const settings = {
  shape: flags.tiny ? "tiny" : "bert-base-chinese",
  precision: flags.precision,
  threads: Number(flags.threads),
  rounds: Number(flags.rounds),
  intervalSeconds: Number(flags.interval),
  clients: 8,
};

const others = new OtherLoad();
const server = await startTwoVersions(MODEL, { tiny: flags.tiny, ...settings });
const deployments = new Deployments(server.url, MODEL);
try {
  const memory = await memoryOfBoth();
  note(`memory: ${JSON.stringify(memory)}`);
  const idle = await idleFirstAnswers();
  note(`first answers without load, ms: ${idle.map(rounded).join(" ")}`);
  const saturation = await measureLoad(`${server.url}/models/${MODEL}`, TEXTS, {
    clients: settings.clients,
    seconds: 5,
  });
  const perSecond = saturation.textsPerSecond / 2;
  note(`${rounded(saturation.textsPerSecond)} texts/s at most; the load is half of that`);
  const stop = startOpenLoop({ url: server.url, model: MODEL, texts: TEXTS, perSecond });
  await sleep(3000);
  const swaps: Swap[] = [];
  for (let i = 0; i < settings.rounds; i++) {
    const done = await swap();
    note(`first answer under load: ${rounded(done.firstMs)} ms`);
    swaps.push(done);
  }
  const release = await wholeRelease();
  const seen = await stop();
  report(
    "swap",
    {
      result: { ...figuresOf(seen, { idle, swaps, release }), memoryRatio: memory.ratio },
      settings: { ...settings, perSecond: rounded(perSecond) },
      details: {
        idleFirstAnswerMs: idle,
        loadedFirstAnswerMs: swaps.map(({ firstMs }) => firstMs),
        switchBackMs: backTimes(seen, { swaps, release }),
        releaseState: release.state,
        releaseSeconds: release.seconds,
        memory,
        coresUsedByOthers: others.cores(),
      },
    },
    !flags["no-save"] && !flags.tiny && release.state === "promoted",
  );
} finally {
  await server.close();
  rmSync(server.data, { recursive: true, force: true });
}

/** A new version all at once and back again, with as long a time of quiet before it. */
async function swap(): Promise<Swap> {
  const quietFromMs = nowMs();
  await sleep(2000);
  const loadFromMs = nowMs();
  const firstMs = await firstAnswer();
  await untilRunIn();
  const loadToMs = nowMs();
  await sleep(500);
  const backAtMs = await goBack();
  await sleep(1500);
  return { firstMs, quietFromMs, loadFromMs, loadToMs, backAtMs };
}

/** All steps, promotion, and back; one that ends elsewhere fails the whole run. */
async function wholeRelease(): Promise<WholeRelease & { readonly seconds: number }> {
  const startMs = performance.now();
  const { intervalSeconds } = settings;
  await deployments.begin({ version: CANARY, steps: [5, 20, 50, 100], intervalSeconds });
  const { state, release } = await deployments.until((d) => RELEASE_ENDS.includes(d.state));
  note(`the release through all steps is ${state}: ${release?.reason}`);
  if (state !== "promoted") process.exitCode = 1;
  const seconds = (performance.now() - startMs) / 1000;
  await sleep(2000);
  const isBack = state === "rolled-back" || state === "failed";
  const backAtMs = isBack ? undefined : await goBack();
  await sleep(2000);
  return { state, seconds, backAtMs };
}

/** From the command to the first answer that carries the new version. */
async function firstAnswer(): Promise<number> {
  const startMs = performance.now();
  await deployments.begin({ version: CANARY, steps: [100], intervalSeconds: 3600 });
  await fill(`${MODEL}@${CANARY}`);
  return performance.now() - startMs;
}

/** Until the new version takes all requests; throws when it was taken back instead. */
async function untilRunIn(): Promise<void> {
  const { state, release } = await deployments.until((d) => !STARTING.includes(d.state));
  if (state !== "canary") throw new Error(`the new version is ${state}: ${release?.reason}`);
}

async function fill(model: string, text: string = TEXTS[0]): Promise<void> {
  await postJson(`${server.url}/api/fill`, { text, model });
}

/** Gives the time of the command. */
async function goBack(): Promise<number> {
  const atMs = nowMs();
  await deployments.move("rollback");
  return atMs;
}

async function idleFirstAnswers(): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < settings.rounds; i++) {
    await sleep(SPARE_MS);
    times.push(await firstAnswer());
    await goBack();
  }
  return times;
}

/**
 * Memory of the process of the base version, and of those of both, as shares of what is mapped. The
 * files of both are in the page cache from here on, as after their making.
 */
async function memoryOfBoth() {
  const sizeOf = (key: string): number =>
    descendants(server.pid)
      .filter((pid) => mapsFile(pid, `/staged/${key}/`))
      .reduce((bytes, pid) => bytes + pssBytes(pid), 0);
  const ask = async (model: string): Promise<void> => {
    for (let i = 0; i < RUN_IN_COUNT; i++) await fill(model, i % 2 === 0 ? TEXTS[0] : OPEN_TEXT);
  };
  await ask(MODEL);
  const oneBytes = sizeOf(server.keys.base);
  await firstAnswer();
  await untilRunIn();
  await ask(`${MODEL}@${CANARY}`);
  // The process that will wait for the next version opens this one and closes it meanwhile.
  await sleep(SPARE_MS);
  const twoBytes = sizeOf(server.keys.base) + sizeOf(server.keys.patch);
  await goBack();
  const patchBytes = ownBytesOf(server.keys.patch);
  const ratio = oneBytes === 0 ? null : rounded((twoBytes - patchBytes) / oneBytes);
  return { oneBytes, twoBytes, patchBytes, ratio };
}

/** Weights that only this version has; its file holds each in two forms, of which one is used. */
function ownBytesOf(key: string): number {
  const forms = readdirSync(path.join(server.data, "staged", key));
  const file = path.join(server.data, "staged", key, forms[0] ?? "", "scorer.bin");
  return statSync(file).size / 2;
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
