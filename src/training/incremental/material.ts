// The texts of an incremental training as rows: samples to learn, a fifth of them held out,
// sentences to keep as they are, probes that tell what was forgotten.

import path from "node:path";
import { createRandom, shuffle } from "../../base/index.ts";
import { readLines, readSamples, type SampleInFile } from "../../tasks/fill-mask/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { withoutAsked } from "../data/asked.ts";
import { canHoldOut, holdOut, type HeldOut } from "../data/hold-out.ts";
import { sentenceOf } from "../data/sample-rows.ts";
import type { TuningOrder } from "../order.ts";
import { withoutUnknown } from "../recipes/full.ts";
import type { RunControl } from "../recipes/recipe.ts";
import type { CachedRow } from "./activation-cache.ts";
import { keptRow, probeRow, tuningRows, type KeptRow, type TuningRow } from "./rows.ts";

export interface Material {
  /** What is measured with; where there are too few samples to hold any out, those learned. */
  readonly heldOut: readonly SampleInFile[];
  readonly counts: { readonly training: number; readonly heldOut: number };
  /** Per answer and rejected word of the training samples, the forms it is shown in. */
  readonly samples: readonly (readonly TuningRow[])[];
  /** The right words of the samples that are learned. */
  readonly words: readonly string[];
  readonly heldOutRows: readonly TuningRow[];
  readonly kept: readonly KeptRow[];
  readonly probes: readonly Probe[];
  /** Everything whose activations are needed before training. */
  readonly rows: readonly CachedRow[];
}

/** A question of a suite with its answer's length known. */
export interface Probe extends KeptRow {
  readonly suite: string;
}

/** The longest row in tokens; fill-mask shows its models no more. */
const ROW_TOKENS_MAX = 320;
/** At least as many sentences to keep as there are samples to learn, within these bounds. */
const KEPT_MIN = 160;
const KEPT_MAX = 640;
/** Probes cost a pass each for every α: a wide model is asked fewer of them. */
const PROBES_MIN = 200;
const PROBE_WORK = 4e9;

/** Reads an order's files; errors as `readSamples`. */
export function readMaterial(
  order: TuningOrder,
  { tokenizer, sequenceMax }: { readonly tokenizer: Tokenizer; readonly sequenceMax: number },
  { parameterCount, control }: { readonly parameterCount: number; readonly control: RunControl },
): Material {
  const options = { tokenizer, tokensMax: Math.min(ROW_TOKENS_MAX, sequenceMax) };
  const { seed } = order;
  const questions = (order.suiteFiles ?? []).flatMap((file) => readSamples(file));
  const usable = withoutUnknown(
    withoutAsked(readSamples(order.samplesFile), questions, control),
    (sample) => tuningRows(sample, options),
    control,
  );
  const split = splitOf(usable, seed, control);
  const measured = split.heldOut.length > 0 ? split.heldOut : split.training;
  const samples = split.training.flatMap((sample) => tuningRows(sample, options));
  const heldOutRows = measured.flatMap((sample) =>
    tuningRows({ ...sample, rejected: [] }, options).flatMap((forms) => forms.slice(0, 1)),
  );
  const { replayFile, probeFiles } = order.tuning;
  const keptCount = Math.max(KEPT_MIN, Math.min(KEPT_MAX, split.training.length));
  const kept = draw(replayFile === undefined ? [] : readLines(replayFile), keptCount, seed).flatMap(
    (text) => keptRow(text, options) ?? [],
  );
  const probeCount = Math.max(PROBES_MIN, Math.floor(PROBE_WORK / parameterCount));
  const probes = probeFiles.flatMap((file) => {
    const suite = path.basename(file).replace(/\.jsonl(\.gz)?$/, "");
    return draw(readSamples(file), Math.ceil(probeCount / probeFiles.length), seed).flatMap(
      (sample) => {
        const row = probeRow(sample, options);
        return row === undefined ? [] : [{ ...row, suite }];
      },
    );
  });
  return {
    heldOut: measured,
    counts: { training: split.training.length, heldOut: split.heldOut.length },
    samples,
    words: split.training.flatMap(({ answers }) => answers),
    heldOutRows,
    kept,
    probes,
    rows: [...samples.flat(), ...heldOutRows, ...kept, ...probes].map(({ ids }) => ({ ids })),
  };
}

/** A fifth is held out, nothing of a few samples: whoever corrects one word wants it learned. */
function splitOf(
  samples: readonly SampleInFile[],
  seed: number,
  { onProgress }: RunControl,
): HeldOut<SampleInFile> {
  if (canHoldOut(samples, sentenceOf)) {
    return holdOut(samples, { keyOf: sentenceOf, seed, what: "samples" });
  }
  const text =
    `${samples.length === 1 ? "1 sample is" : `${samples.length} samples are`} too few to hold ` +
    "any out: what is measured was learned, and only the probes tell what it is like elsewhere";
  onProgress({ phase: "note", text });
  return { training: samples, heldOut: [] };
}

/** Some of the items in random order, the same for the same seed. */
function draw<T>(items: readonly T[], count: number, seed: number): T[] {
  return shuffle([...items], createRandom(seed)).slice(0, count);
}
