// A process that opens a staged scorer, answers, says how long it took, and waits to be let go.

import { openStagedScorer } from "../../src/models/index.ts";
import type { Loading } from "../../src/runtime/index.ts";
import type { LoadReport } from "../load.ts";
import { median } from "./report.ts";

interface LoadOrder {
  readonly directory: string;
  readonly loading: Loading;
  readonly threads: number;
  readonly tokens: number;
}

const LATER = 10;

process.once("disconnect", () => process.exit(0));
const order = JSON.parse(process.argv[2] ?? "{}") as LoadOrder;
const started = performance.now();
const scorer = await openStagedScorer(order.directory, order);
const opened = performance.now();
const row = Array.from({ length: order.tokens }, (_, i) => 100 + i);
const ask = async (): Promise<number> => {
  const asked = performance.now();
  await scorer.score([row], [[3]]);
  return performance.now() - asked;
};
const firstMs = await ask();
const later: number[] = [];
for (let i = 0; i < LATER; i++) later.push(await ask());
const report: LoadReport = { openMs: opened - started, firstMs, laterMs: median(later) };
process.send?.(report);
