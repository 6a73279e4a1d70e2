// How long one client waits for a filled blank while the same server trains, against the same
// client without a training. Method: README.md.
//
//   tsx bench/beside.ts [--precision fp32] [--threads 1] [--samples 100] [--seconds 60] [--tiny]

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { TrainingRun } from "../src/wire/index.ts";
import { benchCheckpoint } from "./harness/checkpoint.ts";
import { latenciesOf } from "./harness/http-load.ts";
import { getJson, postJson } from "./harness/json.ts";
import { OtherLoad } from "./harness/machine.ts";
import { note, quantile, report, rounded } from "./harness/report.ts";
import { startOurs } from "./harness/servers.ts";
import { TEXTS } from "./harness/texts.ts";

const { values: flags } = parseArgs({
  options: {
    precision: { type: "string", default: "fp32" },
    threads: { type: "string", default: "1" },
    samples: { type: "string", default: "100" },
    seconds: { type: "string", default: "60" },
    tiny: { type: "boolean", default: false },
    "no-save": { type: "boolean", default: false },
  },
});
const LOOK_MS = 200;

const settings = {
  shape: flags.tiny ? "tiny" : "bert-base-chinese",
  precision: flags.precision,
  threads: Number(flags.threads),
  samples: Number(flags.samples),
  /** Before the training, and as long after it. */
  quietSeconds: Number(flags.seconds),
};

const server = await startOurs(benchCheckpoint(flags.tiny ? "tiny" : "base"), settings);
try {
  const load = new OtherLoad();
  await quiet(5);
  const before = await quiet(settings.quietSeconds);
  const { during, phases, run } = await whileTraining();
  const after = await quiet(settings.quietSeconds);
  const without = quantile([...before, ...after], 0.99);
  report(
    "beside",
    {
      result: {
        p99Ratio: rounded(quantile(during, 0.99) / without),
        p99Ms: rounded(quantile(during, 0.99)),
        p99WithoutMs: rounded(without),
        p50Ms: rounded(quantile(during, 0.5)),
        p50WithoutMs: rounded(quantile([...before, ...after], 0.5)),
      },
      settings,
      details: {
        calls: { before: before.length, during: during.length, after: after.length },
        p99Ms: { before: quantile(before, 0.99), after: quantile(after, 0.99) },
        p99MsByPhase: Object.fromEntries(
          [...phases].map(([phase, each]) => [phase, rounded(quantile(each, 0.99))]),
        ),
        trainingState: run.state,
        coresUsedByOthers: load.cores(),
      },
    },
    !(flags.tiny || flags["no-save"]),
  );
} finally {
  await server.close();
}

async function quiet(seconds: number): Promise<number[]> {
  const until = performance.now() + seconds * 1000;
  return latenciesOf(server.url, TEXTS, { clients: 1, isOver: () => performance.now() > until });
}

/** All that was waited for from the start of a training to its end, and by the phase it was in. */
async function whileTraining() {
  const runs = new URL("/api/training-runs", server.url).href;
  const lessons = Array.from({ length: settings.samples }, (_, i) => {
    const text = TEXTS[i % TEXTS.length] ?? "";
    const answer = i % 2 === 0 ? "参" : "完";
    return { text: `第${String(i + 1)}条：${text}`, answer };
  });
  let run = (await postJson(runs, { model: "bench", samples: lessons })) as TrainingRun;
  const started = performance.now();
  const watching = (async () => {
    while (run.state === "running") {
      await sleep(LOOK_MS);
      run = (await getJson(`${runs}/${run.id}`)) as TrainingRun;
    }
  })();
  const phases = new Map<string, number[]>();
  const during = await latenciesOf(server.url, TEXTS, {
    clients: 1,
    isOver: () => run.state !== "running",
    onAnswer: (ms) => {
      const { phase } = run.progress;
      phases.set(phase, [...(phases.get(phase) ?? []), ms]);
    },
  });
  await watching;
  const seconds = rounded((performance.now() - started) / 1000);
  note(`training ${run.state} after ${seconds} s, ${during.length} answers`);
  if (run.result === undefined)
    throw new Error(`the training is ${run.state}: ${run.error?.message}`);
  return { during, phases, run };
}
