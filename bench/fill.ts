// Filling blanks over HTTP, ours in int8 against Transformers.js in float32, on the same weights
// with the same threads, in turns. Method: README.md.
//
//   tsx bench/fill.ts [--threads 2] [--seconds 10] [--rounds 3] [--texts FILE] [--agreement FILE]
//
// p50Ratio = their median latency with one client / ours; throughputRatio = our texts per second
// with 32 clients / theirs; sameTop1 = share of blanks with the same best token on the starter.
// p99Ms, peerP99Ms = what 99 % of the requests stay below with 32 clients, ours and theirs.

import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { sha256OfFile } from "../src/checkpoint/index.ts";
import { benchCheckpoint } from "./harness/checkpoint.ts";
import { fillOne, measureLoad, type Load } from "./harness/http-load.ts";
import { OtherLoad } from "./harness/machine.ts";
import { median, note, report, rounded } from "./harness/report.ts";
import { exportedForm, startOurs, startPeer, type Server } from "./harness/servers.ts";

const { values: flags } = parseArgs({
  options: {
    threads: { type: "string", default: "2" },
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    clients: { type: "string", default: "32" },
    precision: { type: "string", default: "int8" },
    texts: { type: "string", default: path.join(import.meta.dirname, "suites/famous.jsonl") },
    agreement: { type: "string" },
    "agreement-limit": { type: "string", default: "1200" },
    starter: {
      type: "string",
      default: path.resolve(import.meta.dirname, "../models/starter-cloze"),
    },
    tiny: { type: "boolean", default: false },
    "no-save": { type: "boolean", default: false },
  },
});

const threads = Number(flags.threads);
const clients = Number(flags.clients);
const seconds = Number(flags.seconds);
const settings = {
  shape: flags.tiny ? "tiny" : "bert-base-chinese",
  precision: flags.precision,
  threads,
  clients,
  seconds,
  rounds: Number(flags.rounds),
  texts: path.basename(flags.texts),
  agreement: flags.agreement === undefined ? "models/probes" : path.basename(flags.agreement),
};

const BLANK = /___|\[MASK\]/;
/** Suites of general Chinese, each with as many of the questions on which answers are compared. */
const PROBES = ["everyday", "idiom", "poem", "science"];

const speed = await compareSpeed();
const agreement = await compareAnswers();
report(
  "fill",
  {
    result: {
      p50Ratio: speed.p50Ratio,
      throughputRatio: speed.throughputRatio,
      p99Ms: speed.p99Ms,
      peerP99Ms: speed.peerP99Ms,
      sameTop1: agreement.sameTop1,
    },
    settings,
    details: { speed, agreement },
  },
  !flags["no-save"] && !flags.tiny,
);

interface Speed {
  readonly p50Ratio: number | null;
  readonly throughputRatio: number | null;
  /** With many clients, ours and theirs. */
  readonly p99Ms: number;
  readonly peerP99Ms: number | null;
  readonly one: { readonly ours: Load[]; readonly peer: Load[] };
  readonly many: { readonly ours: Load[]; readonly peer: Load[] };
  /** Before each round, with both servers idle. */
  readonly coresUsedByOthers: (number | undefined)[];
}

async function compareSpeed(): Promise<Speed> {
  const directory = benchCheckpoint(flags.tiny ? "tiny" : "base");
  const texts = everyCharacterHidden(readSamples(flags.texts));
  const ours = await startOurs(directory, { threads, precision: flags.precision });
  const peer = await startPeer(exportedForm(directory, `${directory}-onnx`), threads);
  const one = { ours: [] as Load[], peer: [] as Load[] };
  const many = { ours: [] as Load[], peer: [] as Load[] };
  const servers = { ours, peer };
  const coresUsedByOthers: (number | undefined)[] = [];
  try {
    for (let round = 0; round < settings.rounds; round++) {
      const load = new OtherLoad();
      await setTimeout(1000);
      coresUsedByOthers.push(load.cores());
      for (const who of ["ours", "peer"] as const) {
        const url = servers[who]?.url;
        if (url === undefined) continue;
        one[who].push(await measureLoad(url, texts, { clients: 1, seconds }));
        many[who].push(await measureLoad(url, texts, { clients, seconds }));
        note(`${who} ${JSON.stringify([one[who].at(-1), many[who].at(-1)])}`);
      }
    }
  } finally {
    await ours.close();
    await peer?.close();
  }
  const latency = (loads: Load[]): number => median(loads.map(({ p50Ms }) => p50Ms));
  const rate = (loads: Load[]): number => median(loads.map((load) => load.textsPerSecond));
  const tail = (loads: Load[]): number => rounded(median(loads.map(({ p99Ms }) => p99Ms)));
  return {
    p50Ratio: peer ? rounded(latency(one.peer) / latency(one.ours)) : null,
    throughputRatio: peer ? rounded(rate(many.ours) / rate(many.peer)) : null,
    p99Ms: tail(many.ours),
    peerP99Ms: peer ? tail(many.peer) : null,
    one,
    many,
    coresUsedByOthers,
  };
}

interface Agreement {
  readonly sameTop1: number | null;
  readonly count: number;
}

/** The share of blanks for which both servers put the same token first, on the starter. */
async function compareAnswers(): Promise<Agreement> {
  const files = flags.agreement === undefined ? PROBES.map(probesFile) : [flags.agreement];
  const each = Math.ceil(Number(flags["agreement-limit"]) / files.length);
  const texts = files.flatMap((file) => firstCharacterHidden(readSamples(file)).slice(0, each));
  // By its content, or answers would be compared with those of an earlier starter.
  const sha256 = await sha256OfFile(path.join(flags.starter, "model.safetensors"));
  const exported = path.join(os.tmpdir(), `whetstone-bench-starter-${sha256.slice(0, 12)}`);
  const peer = await startPeer(exportedForm(flags.starter, exported), threads);
  if (peer === undefined) return { sameTop1: null, count: 0 };
  const ours = await startOurs(flags.starter, { threads, precision: flags.precision });
  const best = async (server: Server, text: string): Promise<number | undefined> =>
    (await fillOne(server.url, text))[0]?.token;
  let same = 0;
  try {
    for (const text of texts) {
      if ((await best(ours, text)) === (await best(peer, text))) same++;
    }
  } finally {
    await ours.close();
    await peer.close();
  }
  return { sameTop1: rounded(same / texts.length), count: texts.length };
}

function probesFile(suite: string): string {
  return path.resolve(import.meta.dirname, `../models/probes/${suite}.jsonl.gz`);
}

interface Sample {
  /** With one blank: `___` or `[MASK]`. */
  readonly text: string;
  readonly answer: string;
}

function readSamples(file: string): Sample[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => JSON.parse(line) as Sample);
}

/** One text for each Han character of each sample, which is hidden in it. */
function everyCharacterHidden(samples: readonly Sample[]): string[] {
  return samples.flatMap(({ text, answer }) => {
    const characters = [...text.replace(BLANK, answer)];
    const hidden = characters.map((_, i) => characters.with(i, "[MASK]").join(""));
    return hidden.filter((_, i) => /\p{Script=Han}/u.test(characters[i] ?? ""));
  });
}

/** The first character of each answer hidden, the rest of it given: the peer fills one mask. */
function firstCharacterHidden(samples: readonly Sample[]): string[] {
  return samples.map(({ text, answer }) => {
    const [, ...rest] = answer;
    return text.replace(BLANK, `[MASK]${rest.join("")}`);
  });
}
