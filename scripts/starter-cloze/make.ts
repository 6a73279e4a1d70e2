// Makes the starter from its data: corpus, all stages, the lengths of blanks; draws the loss of all
// stages and asks the development questions. Run it again to go on where it ended; two cores take
// some days. What it cannot repeat: README.md there.
//
//   npx tsx scripts/starter-cloze/make.ts --data DIR --out DIR [--threads 2] [--share 1]
//     [--from-nothing]
//
// It begins with the weights of plateau/, whose vocabulary is the shipped one; --from-nothing builds
// a vocabulary and trains such weights, too, by recipe.json. --share is the part of each stage's
// steps that is taken: 0.001 shows in minutes that everything runs.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

const here = import.meta.dirname;

interface Stage {
  readonly name: string;
  /** Where its recipe's schedule ends, and where it was stopped before that. */
  readonly steps: number;
  readonly until?: number;
  /** The stages it begins with: the one before, or the mean of two. */
  readonly from?: readonly [string, string];
}

const STAGES: readonly Stage[] = [
  { name: "2", steps: 2092 },
  { name: "3", steps: 5700, until: 4150 },
  { name: "4", steps: 1600 },
  { name: "5", steps: 380 },
  { name: "6", steps: 6150 },
  { name: "7", steps: 560 },
  { name: "8", steps: 850 },
  { name: "9", steps: 600 },
  { name: "10", steps: 520 },
  { name: "11", steps: 2000, from: ["9", "10"] },
  { name: "12", steps: 650 },
];
const FROM_NOTHING_STEPS = 3862;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string" },
    threads: { type: "string", default: "2" },
    share: { type: "string", default: "1" },
    "from-nothing": { type: "boolean", default: false },
  },
});
const { data, out, threads } = values;
const share = Number(values.share);
if (data === undefined || out === undefined || !(share > 0 && share <= 1)) {
  console.error(
    "usage: make.ts --data DIR --out DIR [--threads N] [--share 0..1] [--from-nothing]",
  );
  process.exit(2);
}
const corpus = path.join(out, "corpus");
const runOf = (name: string): string => path.join(out, `stage-${name}`);
const modelOf = (name: string): string => path.join(runOf(name), "model");
const partOf = (steps: number): string => String(Math.max(1, Math.round(steps * share)));

// A training that gets it ends with a checkpoint, and what waits for it ends with it.
process.on("SIGINT", () => undefined);

if (!existsSync(path.join(corpus, "manifest.json"))) {
  if (values["from-nothing"]) await script("build-vocabulary", { data, out: corpus });
  else copyVocabulary(path.resolve(here, "../../models/starter-cloze"), corpus);
  await script("build-corpus", { data, out: corpus });
}
let before = path.join(here, "plateau");
if (values["from-nothing"]) {
  const steps = partOf(FROM_NOTHING_STEPS);
  await train("1", { steps });
  before = modelOf("1");
}
for (const { name, steps, until, from } of STAGES) {
  if (from !== undefined) {
    const [model, other] = from;
    before = path.join(out, `mean-${model}-${other}`);
    await script("average", { model: modelOf(model), with: modelOf(other), out: before });
  }
  await train(name, {
    recipe: path.join(here, "stages", `${name}.json`),
    steps: partOf(steps),
    ...(until === undefined ? {} : { until: partOf(until) }),
    from: before,
  });
  before = modelOf(name);
}
await script("fit-lengths", { model: before, corpus, window: "64", "choice-windows": "24,64" });
const runs = [...(values["from-nothing"] ? ["1"] : []), ...STAGES.map(({ name }) => name)];
await script("loss-curve", { run: runs.map(runOf), out: path.join(before, "loss.svg") });
await script("evaluate", { model: before, data, threads });
console.log(before);

/** Weights are of one vocabulary: of more text than then, another would be built. */
function copyVocabulary(model: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const name of ["vocab.txt", "tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(path.join(model, name), path.join(target, name));
  }
}

/** Trains a stage unless that is done; a run that was interrupted goes on. */
async function train(name: string, options: Readonly<Record<string, string>>): Promise<void> {
  const done = path.join(runOf(name), "done");
  if (existsSync(done)) return;
  await script("train", { corpus, threads, run: runOf(name), ...options });
  writeFileSync(done, "");
}

/** Runs a script beside this one to its end; one that fails ends this one with its exit code. */
async function script(
  name: string,
  options: Readonly<Record<string, string | readonly string[]>>,
): Promise<void> {
  const flags = Object.entries(options).flatMap(([key, value]) =>
    [value].flat().flatMap((each) => [`--${key}`, each]),
  );
  console.error([`${name}.ts`, ...flags].join(" "));
  const child = spawn(
    process.execPath,
    ["--import", "tsx", path.join(here, `${name}.ts`), ...flags],
    { stdio: "inherit" },
  );
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) process.exit(code ?? 1);
}
