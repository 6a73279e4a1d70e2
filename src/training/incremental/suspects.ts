// Samples that the others contradict: what the frozen layers make of their texts, against the
// answers that like texts have. Asked before training, of activations that are cached anyway.

import { createRandom, shuffle } from "../../base/index.ts";
import type { SampleInFile } from "../../tasks/fill-mask/index.ts";
import type { ActivationCache } from "./activation-cache.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import type { TuningRow } from "./rows.ts";

export interface Suspect {
  /** Row of the sample file, from 1. */
  readonly row: number;
  /** How much better its answer fits than the rival, by the other samples; below 0. */
  readonly margin: number;
  /** The answer that the others would give, and a row that has it. */
  readonly rival: { readonly answer: string; readonly row: number };
  /** Whether it was kept out of the training. */
  readonly isLeftOut: boolean;
}

/** A sample with its answer hidden whole. */
export interface AskedSample {
  readonly sample: SampleInFile;
  readonly row: TuningRow;
}

/** From here down a sample is left out; between it and 0 it may just be the hardest of its kind. */
const MARGIN_LEFT_OUT = -0.5;
/** Where more would be left out, the samples are of another kind than is thought here. */
const LEFT_OUT_SHARE_MAX = 0.25;
/** Samples that judge each other; the work grows with the third power. */
const BLOCK = 500;

/**
 * Samples whose answer is doubted, the most doubtful first. Those that a person has reviewed have a
 * say, but are not doubted.
 */
export function suspectsAmong(
  asked: readonly AskedSample[],
  cache: Pick<ActivationCache, "read">,
  { hiddenSize, seed }: { readonly hiddenSize: number; readonly seed: number },
): Suspect[] {
  const order = shuffle([...asked], createRandom(seed));
  const blocks = Math.ceil(order.length / BLOCK);
  const doubted = Array.from({ length: blocks }, (_, b) => {
    const block = order.filter((_each, i) => i % blocks === b);
    const findings = leaveOneOut(
      block.map(({ row }) => contextOf(row, cache.read(row), hiddenSize)),
      block.map(({ sample }) => sample.answers),
    );
    return block.flatMap(({ sample }, i) => {
      const finding = findings[i];
      if (finding === undefined || finding.margin >= 0 || sample.reviewed === true) return [];
      const { margin, rival: answer } = finding;
      const other = block.find((each) => each.sample.answers.includes(answer));
      return [{ row: sample.row, margin, rival: { answer, row: other?.sample.row ?? 0 } }];
    });
  }).flat();
  const most = Math.floor(LEFT_OUT_SHARE_MAX * asked.length);
  return doubted
    .sort((a, b) => a.margin - b.margin || a.row - b.row)
    .map((suspect, i) => {
      return { ...suspect, isLeftOut: suspect.margin < MARGIN_LEFT_OUT && i < most };
    });
}

/** Mean of what the frozen layers make of the tokens around the blank: float32 [H]. */
function contextOf(row: TuningRow, hidden: Float32Array, hiddenSize: number): Float32Array {
  const blank = new Set(row.targets.map(({ column }) => column));
  const mean = new Float32Array(hiddenSize);
  // The marks at both ends say nothing of their own.
  const columns = row.ids.map((_, i) => i).slice(1, -1);
  const context = columns.filter((column) => !blank.has(column));
  for (const column of context) {
    for (let k = 0; k < hiddenSize; k++) {
      mean[k] = (mean[k] as number) + (hidden[column * hiddenSize + k] as number) / context.length;
    }
  }
  return mean;
}
