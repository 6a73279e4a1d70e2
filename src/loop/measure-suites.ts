// Measures a version on all suites of its model and keeps what came of it. It opens the model, so
// it runs in a process of its own (probe.main.ts) or in that of a command, never in the server's.

import { randomUUID } from "node:crypto";
import { codeOf, messageOf, type ErrorCode } from "../base/index.ts";
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

/** A run, and the suites that are not in it since their files cannot be read. */
export interface MeasuredSuites {
  readonly run: ProbeRun;
  readonly leftOut: readonly UnreadSuite[];
}

export interface UnreadSuite {
  readonly suite: string;
  readonly code: ErrorCode | "internal";
  readonly message: string;
}

/**
 * Measures, keeps and gives a run. A suite that a person added and that cannot be read is left out:
 * one bad file hides no other.
 *
 * @param onProgress told how many questions of how many are answered
 * @throws AppError as `resolve`, and as opening a model and reading a shipped suite do.
 */
export async function measureSuites(
  registry: Registry,
  { reference, trigger, filler: options, shipped }: ProbeWish,
  onProgress: (done: number, total: number) => void,
): Promise<MeasuredSuites> {
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const { openFiller, readSamples } = await import("../tasks/fill-mask/index.ts");
  const { id: model, version, directory } = await registry.resolve(reference);
  const suites: AskedSuite[] = [];
  const leftOut: UnreadSuite[] = [];
  // Read at once: a suite may be removed while the first questions are answered.
  for (const suite of suitesOf(registry, model, shipped)) {
    const { file, kind, name } = suite;
    try {
      suites.push({ ...suite, samples: readSamples(file), sha256: await sha256OfFile(file) });
    } catch (error) {
      if (kind !== "own") throw error;
      leftOut.push({ suite: name, code: codeOf(error), message: messageOf(error) });
    }
  }
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
  const run = { id: randomUUID(), model, version, trigger, at };
  return { run: await registry.probes.add(run, measured), leftOut };
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
  const { count, top1, top3, mrr, ece, eceInterval, brier } = fillMetrics(outcomes);
  return {
    suite: name,
    kind,
    sha256,
    count,
    top1,
    top3,
    mrr,
    ece,
    eceInterval,
    brier,
    answers: outcomes.map(({ answer }) => answer),
    accepted: samples.map((sample) => sample.answers),
  };
}
