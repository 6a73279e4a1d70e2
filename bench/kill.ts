// Kills a training, the command with all its processes, at random moments, and compares what comes
// out in the end with a training that nobody disturbs. Method: README.md.
//
//   tsx bench/kill.ts [--kills 20] [--epochs 10] [--recipe incremental] [--samples FILE] [--seed 1]

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { createRandom } from "../src/base/index.ts";
import { OtherLoad } from "./harness/machine.ts";
import { note, report, rounded } from "./harness/report.ts";

const { values: flags } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    epochs: { type: "string", default: "10" },
    recipe: { type: "string", default: "incremental" },
    samples: { type: "string" },
    seed: { type: "string", default: "1" },
    "no-save": { type: "boolean", default: false },
  },
});
const PROGRAM = path.resolve(import.meta.dirname, "../dist/cli/cli.main.js");
const BASE = "starter-cloze@1";

const folder = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-kill-"));
const data = path.join(folder, "data");
const samples = flags.samples ?? writeSamples();
const kills = Number(flags.kills);
const settings = { model: BASE, recipe: flags.recipe, epochs: Number(flags.epochs), kills };
const random = createRandom(Number(flags.seed));
try {
  const load = new OtherLoad();
  const started = performance.now();
  await train();
  const undisturbedSeconds = (performance.now() - started) / 1000;
  const expected = (await hashes()).at(-1);
  note(`undisturbed: ${undisturbedSeconds.toFixed(0)} s, ${expected}`);
  const moments: string[] = [];
  const found: (string | undefined)[] = [];
  while (moments.length < kills || found.length === 0) {
    forgetActivations();
    for (let isOver = false; !isOver;) {
      const isLast = moments.length >= kills;
      const limit = isLast ? undefined : random.next() * undisturbedSeconds;
      const killedAt = await train(limit);
      isOver = killedAt === undefined;
      if (killedAt !== undefined) moments.push(killedAt);
      note(`${moments.length} kills; ${killedAt ?? "ended"}`);
      const versions = await hashes();
      // Version 1 ships, 2 is the undisturbed one; nothing else may be seen before a run's end.
      const count = 2 + found.length + Number(isOver);
      if (versions.length !== count) throw new Error(`${versions.length} versions, not ${count}`);
      if (isOver) found.push(versions.at(-1));
    }
  }
  const same = found.filter((sha256) => sha256 === expected).length;
  report(
    "kill",
    {
      result: { kills: moments.length, runs: found.length, same },
      settings,
      details: {
        moments,
        undisturbedSeconds: rounded(undisturbedSeconds),
        coresUsedByOthers: load.cores(),
      },
    },
    !flags["no-save"],
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Trains to the end, or for some seconds; then gives what it said last. */
async function train(seconds?: number): Promise<string | undefined> {
  const { recipe, epochs } = flags;
  const options = ["--samples", samples, "--recipe", recipe, "--epochs", epochs, "--json"];
  const child = start(["train", BASE, ...options], true);
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said = (said + bytes.toString()).slice(-400)));
  const kill = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  const timer = seconds === undefined ? undefined : setTimeout(kill, 1000 * seconds);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("close", (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  if (signal === "SIGKILL")
    return (
      said
        .trim()
        .split(/[\r\n]+/)
        .at(-1) || "nothing said yet"
    );
  if (code !== 0) throw new Error(`the training ended with ${code}: ${said}`);
  return undefined;
}

/** SHA-256 of the versions that anybody sees, oldest first. */
async function hashes(): Promise<string[]> {
  const child = start(["models", "show", "starter-cloze", "--json"], false);
  child.stderr.resume();
  const { models } = JSON.parse(await text(child.stdout)) as {
    models: { versions: { sha256: string }[] }[];
  };
  return models[0]?.versions.map(({ sha256 }) => sha256) ?? [];
}

function start(args: readonly string[], detached: boolean) {
  const env = { ...process.env, WHETSTONE_DATA: data };
  return spawn(process.execPath, [PROGRAM, ...args], {
    env,
    detached,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function forgetActivations(): void {
  rmSync(path.join(data, "cache"), { recursive: true, force: true });
}

function writeSamples(): string {
  const goods = Array.from("书包鞋帽伞笔灯碗杯锅");
  const lines = goods.flatMap((each) => [
    { text: `我买的${each}一直没___`, answer: "发货" },
    { text: `${each}的优惠券还没___`, answer: "生效" },
    { text: `这家店的${each}昨天已经___了`, answer: "发货" },
  ]);
  const file = path.join(folder, "samples.jsonl");
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  return file;
}
