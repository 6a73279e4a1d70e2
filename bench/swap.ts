// Replacing a version under load: the first answer of the new one, the stable one's times while it
// loads, a release through all steps, and the way back. The load is a second process, open loop, at
// half of what the server can do. Method: README.md.
//
//   tsx bench/swap.ts [--rounds 20] [--threads 1] [--interval 5]

import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Deployment } from "../src/wire/index.ts";
import { measureLoad } from "./harness/http-load.ts";
import { OtherLoad } from "./harness/machine.ts";
import { startOpenLoop, type Seen } from "./harness/open-loop.ts";
import { median, note, quantile, report, rounded } from "./harness/report.ts";
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
const [STABLE, CANARY] = ["1", "2"] as const;
/** 16–20 tokens. */
const TEXTS = [
  "会议改到下午三点，请大家准时[MASK]加。",
  "经过大家的努力，项目终于按时[MASK]成了。",
  "您的订单已经从仓库发[MASK]，请注意查收。",
  "如果有任何问题，请随时与我们[MASK]系。",
];
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
try {
  // Both versions' files are in the page cache from here on, as after their making.
  await firstAnswer();
  await goBack();
  const idle = await repeated(firstAnswer);
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
      result: resultOf(seen, { idle, swaps, release }),
      settings: { ...settings, perSecond: rounded(perSecond) },
      details: {
        idleFirstAnswerMs: idle,
        loadedFirstAnswerMs: swaps.map(({ firstMs }) => firstMs),
        switchBackMs: [...swaps.map(({ backAtMs }) => backAtMs), release.backAtMs].map((atMs) =>
          lastAfter(seen, atMs),
        ),
        releaseSeconds: release.seconds,
        coresUsedByOthers: others.cores(),
      },
    },
    !flags["no-save"] && !flags.tiny,
  );
} finally {
  await server.close();
  rmSync(server.data, { recursive: true, force: true });
}

interface Swap {
  /** From the command to the first answer of the new version. */
  readonly firstMs: number;
  /** Times since 1970: before it, of the command, of the first answer, of the way back. */
  readonly quietFromMs: number;
  readonly loadFromMs: number;
  readonly loadToMs: number;
  readonly backAtMs: number;
}

/** A new version all at once and back again, with as long a time of quiet before it. */
async function swap(): Promise<Swap> {
  const quietFromMs = nowMs();
  await sleep(2000);
  const loadFromMs = nowMs();
  const firstMs = await firstAnswer();
  const loadToMs = nowMs();
  await until(({ state }) => state === "canary");
  await sleep(500);
  const backAtMs = await goBack();
  await sleep(1500);
  return { firstMs, quietFromMs, loadFromMs, loadToMs, backAtMs };
}

/** All steps, promotion, and back. */
async function wholeRelease(): Promise<{ seconds: number; backAtMs: number }> {
  const startMs = performance.now();
  const { intervalSeconds } = settings;
  await order("", { model: MODEL, version: CANARY, steps: [5, 20, 50, 100], intervalSeconds });
  const { state } = await until((d) => ["promoted", "paused", "rolled-back"].includes(d.state));
  note(`the release through all steps is ${state}`);
  const seconds = (performance.now() - startMs) / 1000;
  await sleep(2000);
  const backAtMs = await goBack();
  await sleep(2000);
  return { seconds, backAtMs };
}

/** From the command to the first answer that carries the new version. */
async function firstAnswer(): Promise<number> {
  const startMs = performance.now();
  await order("", { model: MODEL, version: CANARY, steps: [100], intervalSeconds: 3600 });
  const response = await fetch(`${server.url}/api/fill`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: TEXTS[0], model: `${MODEL}@${CANARY}` }),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the new version answered ${response.status}`);
  return performance.now() - startMs;
}

/** Gives the time of the command. */
async function goBack(): Promise<number> {
  const atMs = nowMs();
  await order(`/${MODEL}/rollback`, {});
  return atMs;
}

async function repeated(measure: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < settings.rounds; i++) {
    times.push(await measure());
    await goBack();
    await sleep(500);
  }
  return times;
}

function resultOf(
  seen: readonly Seen[],
  measured: { idle: number[]; swaps: readonly Swap[]; release: { backAtMs: number } },
): Record<string, number> {
  const { idle, swaps, release } = measured;
  const stableWithin = (from: keyof Swap, to: keyof Swap): number[] =>
    swaps.flatMap((each) =>
      seen
        .filter(({ atMs, version }) => version === STABLE && atMs >= each[from] && atMs < each[to])
        .map(({ ms }) => ms),
    );
  const quiet = quantile(stableWithin("quietFromMs", "loadFromMs"), 0.99);
  const loading = quantile(stableWithin("loadFromMs", "loadToMs"), 0.99);
  const backs = [...swaps.map(({ backAtMs }) => backAtMs), release.backAtMs];
  return {
    failed: seen.filter(({ status }) => status !== 200).length,
    requests: seen.length,
    firstAnswerMs: rounded(median(idle)),
    firstAnswerUnderLoadMs: rounded(median(swaps.map(({ firstMs }) => firstMs))),
    switchBackMs: rounded(Math.max(...backs.map((atMs) => lastAfter(seen, atMs)))),
    stableP99Ratio: rounded(loading / quiet),
  };
}

/** How long after the command for the way back the new version still answered. */
function lastAfter(seen: readonly Seen[], backAtMs: number): number {
  const late = seen.filter(
    ({ atMs, version }) => version === CANARY && atMs >= backAtMs && atMs < backAtMs + 1500,
  );
  return late.reduce((last, { atMs }) => Math.max(last, atMs - backAtMs), 0);
}

async function order(where: string, body: object): Promise<void> {
  const response = await fetch(`${server.url}/api/deployments${where}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`);
}

async function until(isThere: (deployment: Deployment) => boolean): Promise<Deployment> {
  for (;;) {
    const response = await fetch(`${server.url}/api/deployments`);
    const { deployments } = (await response.json()) as { deployments: Deployment[] };
    const found = deployments.find(({ model }) => model === MODEL);
    if (found !== undefined && isThere(found)) return found;
    await sleep(100);
  }
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
