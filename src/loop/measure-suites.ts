// Measures a version on all suites of its model and keeps what came of it. It opens the model, so
// it runs in a process of its own (probe.main.ts) or in that of a command, never in the server's.

import { randomUUID } from "node:crypto";
import type { MeasuredSuite, ProbeRun, ProbeTrigger, Registry } from "../registry/index.ts";
import type { Filler, FillerOptions, Sample } from "../tasks/fill-mask/index.ts";
import type { Suite } from "../training/index.ts";
import { suitesOf, type ShippedSuites } from "./suites.ts";

export interface ProbeWish {
  /** "id" is its stable version, "id@V" that one. */
  readonly reference: string;
  readonly trigger: ProbeTrigger;
  /** How the model is opened. */
  readonly filler: FillerOptions;
  readonly shipped: ShippedSuites;
}

/**
 * Measures, keeps and gives a run.
 *
 * @param onProgress told how many questions of how many are answered
 * @throws AppError as `resolve`, and as opening a model and reading a suite do.
 */
export async function measureSuites(
  registry: Registry,
  { reference, trigger, filler: options, shipped }: ProbeWish,
  onProgress: (done: number, total: number) => void,
): Promise<ProbeRun> {
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const { openFiller, readSamples } = await import("../tasks/fill-mask/index.ts");
  const { id: model, version, directory } = await registry.resolve(reference);
  // Read at once: a suite may be removed while the first questions are answered.
  const suites = await Promise.all(
    suitesOf(registry, model, shipped).map(async (suite) => {
      const { file } = suite;
      return { ...suite, samples: readSamples(file), sha256: await sha256OfFile(file) };
    }),
  );
  const total = suites.reduce((sum, { samples }) => sum + samples.length, 0);
  using filler = await openFiller(directory, options);
  const measured: MeasuredSuite[] = [];
  let before = 0;
  for (const suite of suites) {
    const { samples } = suite;
    measured.push(await measure(suite, filler, (done) => onProgress(before + done, total)));
    before += samples.length;
  }
  const at = new Date().toISOString();
  return await registry.probes.add({ id: randomUUID(), model, version, trigger, at }, measured);
}

interface AskedSuite extends Suite {
  readonly samples: readonly Sample[];
  readonly sha256: string;
}

async function measure(
  { name, kind, sha256, samples }: AskedSuite,
  filler: Filler,
  onProgress: (done: number) => void,
): Promise<MeasuredSuite> {
  const { answerSamples, fillMetrics } = await import("../tasks/fill-mask/index.ts");
  const outcomes = await answerSamples(filler, samples, onProgress);
  const { count, top1, top3, ece } = fillMetrics(outcomes);
  const answers = outcomes.map(({ answer }) => answer);
  return { suite: name, kind, sha256, count, top1, top3, ece, answers };
}
