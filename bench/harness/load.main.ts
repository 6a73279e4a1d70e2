// A process that opens a model, answers, says how long it took, and waits to be let go.

import {
  openHuggingFaceDirectory,
  readModelConfig,
  type Weights,
} from "../../src/checkpoint/index.ts";
import { createScorer, openStagedScorer } from "../../src/models/index.ts";
import type { LoadOrder, LoadReport } from "../load.ts";
import { median } from "./report.ts";

const EARLY = 5;
const LATE = 20;

process.once("disconnect", () => process.exit(0));
const order = JSON.parse(process.argv[2] ?? "{}") as LoadOrder;
const { checkpoint, staged, tokens } = order;
const readWeights = (): Weights => {
  using opened = openHuggingFaceDirectory(checkpoint);
  return opened.readWeights();
};
const started = performance.now();
const config = readModelConfig(checkpoint);
const scorer =
  staged === undefined
    ? await createScorer(config, readWeights(), order)
    : await openStagedScorer({ directory: staged, config, readWeights }, order);
const opened = performance.now();
const row = Array.from({ length: tokens }, (_, i) => 100 + i);
const ask = async (): Promise<number> => {
  const asked = performance.now();
  await scorer.score([row], [[3]]);
  return performance.now() - asked;
};
const firstMs = await ask();
const times: number[] = [];
for (let i = 0; i < 2 * LATE; i++) times.push(await ask());
const report: LoadReport = {
  openMs: opened - started,
  firstMs,
  earlyMs: median(times.slice(0, EARLY)),
  lateMs: median(times.slice(LATE)),
};
process.send?.(report);
