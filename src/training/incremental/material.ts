// The texts of an incremental training as rows: samples to learn, a fifth of them held out,
// sentences to keep as they are, probes that tell what was forgotten.

import { required } from "../../base/index.ts";
import { readLines, readTrainingSamples, type SampleInFile } from "../../tasks/fill-mask/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { byAnswer } from "../data/answered.ts";
import { readEarlier, readSuites, unlike, withoutAsked } from "../data/asked.ts";
import { canHoldOut, holdOut, type HeldOut } from "../data/hold-out.ts";
import { noteLeftOut } from "../data/left-out.ts";
import { rowTokensMax, sentenceOf } from "../data/sample-rows.ts";
import type { TuningOrder } from "../order.ts";
import { withoutUnknown } from "../recipes/full.ts";
import type { RunControl } from "../recipes/recipe.ts";
import type { CachedRow } from "./activation-cache.ts";
import { draw, probesOf, type Probes } from "./probes.ts";
import {
  keptRow,
  rowsOfForms,
  sampleForms,
  type KeptRow,
  type SampleForms,
  type TuningRow,
  type WordForms,
} from "./rows.ts";
import { indifferentTokens, questionOf, Templates } from "./templates.ts";
import { withViews } from "./views.ts";

export interface Material extends Probes {
  /** Also of wrong words alone. */
  readonly training: readonly TuningSample[];
  /** None where there are too few samples. */
  readonly heldOut: readonly TuningSample[];
  /** What earlier versions learned, repeated beside the new; never measured or doubted. */
  readonly earlier: readonly TuningSample[];
  readonly kept: readonly KeptRow[];
}

export interface TuningSample extends SampleForms {
  readonly sample: SampleInFile;
}

/** As many sentences to keep as there are samples, within these bounds; narrow models see more. */
const KEPT_MIN = 160;
const KEPT_MAX = 640;
/** Views of a sample, at most, and how many rows those of all samples may be beside that. */
const VIEWS_MAX = 40;
const VIEW_WORK_SHARE = 0.6;
/** Sentences whose words views put beside a blank. */
const OTHERS_MAX = 500;
/** An idiom or a couplet is known whole, and no blank in it is to become another word. */
const OTHER_CHARACTERS_MIN = 17;

/** Reads an order's files; errors as `readTrainingSamples`, `withoutAsked` and `byAnswer`. */
export function readMaterial(
  order: TuningOrder,
  { tokenizer, sequenceMax }: { readonly tokenizer: Tokenizer; readonly sequenceMax: number },
  { work, control }: { readonly work: number; readonly control: RunControl },
): Material {
  const { seed } = order;
  const { replayFile } = order.tuning;
  const suites = readSuites(order.suites);
  const questions = suites.flatMap(({ asked }) => asked);
  const given = withoutAsked(readTrainingSamples(order.samplesFile), questions, control);
  const { answered, unanswered } = byAnswer(given);
  const earlier = readEarlier(order.earlierFile, [...questions, ...given], control);
  const options = { tokenizer, tokensMax: rowTokensMax(sequenceMax) };
  const withForms = (samples: readonly SampleInFile[]): TuningSample[] =>
    samples.map((sample) => ({ sample, ...sampleForms(sample, options) }));
  const formed = new Map(withForms(given).map((each) => [each.sample, each]));
  const formedOf = (sample: SampleInFile): TuningSample =>
    required(formed.get(sample), `row ${sample.row}`);
  const usable = withoutUnknown(answered, (sample) => formedOf(sample).accepted, control);
  const split = splitOf(usable, seed, control);
  const avoided = avoidable(unanswered.map(formedOf), split.heldOut, control);
  const training = [...split.training.map(formedOf), ...avoided];
  const repeated = withForms(earlier);
  const sentences = replayFile === undefined ? [] : readLines(replayFile);
  const learned = wholeRows([...training, ...repeated]);
  const { mask, unk } = tokenizer.special;
  const unfit = new Set([mask, unk]);
  const indifferent = indifferentTokens(learned, unfit);
  // What is measured with is not to be learned by the way, nor what a sample says to be gainsaid.
  const posed = questions.map((question) => sampleForms(question, options));
  const known = new Set([...formed.values(), ...repeated, ...posed].flatMap(questionsOf));
  const { tokensMax } = options;
  const templates = new Templates(learned, { indifferent, unfit, known, tokensMax });
  const prose = sentences.filter((text) => text.length >= OTHER_CHARACTERS_MIN);
  const others = draw(prose, OTHERS_MAX, seed).map((text) => {
    return tokenizer.encode(text, { specialTokens: false });
  });
  const viewed = (samples: readonly TuningSample[], sharing: number): TuningSample[] => {
    const viewCount = Math.min(VIEWS_MAX, Math.floor((work * VIEW_WORK_SHARE) / sharing));
    const views = { viewCount, maskId: mask, indifferent, others, templates };
    return samples.map((each) => ({ ...each, ...withViews(each, views) }));
  };
  const taughtEarlier = earlier.filter(({ answers }) => answers.length > 0);
  const keptCount = Math.max(KEPT_MIN, work, Math.min(KEPT_MAX, training.length));
  return {
    training: viewed(training, answered.length),
    heldOut: split.heldOut.map(formedOf),
    // Many of them are shown in fewer views, so that the new ones keep theirs.
    earlier: viewed(repeated, answered.length + taughtEarlier.length),
    kept: draw(sentences, keptCount, seed).flatMap((text) => keptRow(text, options) ?? []),
    ...probesOf(suites, { work, seed, ...options }),
  };
}

/** What every pass shows: the forms of each answer and rejected word. */
export function learnedForms({ training }: Material): WordForms[] {
  return formsOfAll(training);
}

/** What a pass shows some of, in the same way. */
export function earlierForms({ earlier }: Material): WordForms[] {
  return formsOfAll(earlier);
}

function formsOfAll(samples: readonly TuningSample[]): WordForms[] {
  return samples.flatMap(({ accepted, rejected }) => [...accepted, ...rejected]);
}

/**
 * What is measured with: where there are too few samples to hold any out, those learned that have a
 * right word.
 */
export function measuredSamples({
  training,
  heldOut,
}: Pick<Material, "training" | "heldOut">): readonly TuningSample[] {
  return heldOut.length > 0 ? heldOut : training.filter(isMeasurable);
}

/** What is measured with, its answers hidden whole. */
export function measuredRows(material: Material): TuningRow[] {
  return wholeRows(measuredSamples(material));
}

/** What a sample asks, whether it says what is right there or only what is wrong. */
function questionsOf({ accepted, rejected }: SampleForms): string[] {
  return (accepted.length > 0 ? accepted : rejected).map(({ whole }) => questionOf(whole));
}

/** A sample of wrong words alone has no answer that a version could give. */
function isMeasurable({ accepted }: SampleForms): boolean {
  return accepted.length > 0;
}

/** The answers of samples, hidden whole. */
function wholeRows(samples: readonly SampleForms[]): TuningRow[] {
  return samples.flatMap(({ accepted }) => accepted.map(({ whole }) => whole));
}

/** Everything whose activations are needed before training. */
export function cachedRows(material: Material): CachedRow[] {
  const { kept, probes, guards } = material;
  const learned = [...learnedForms(material), ...earlierForms(material)].flatMap(rowsOfForms);
  const rows = [...learned, ...measuredRows(material)];
  return [...rows, ...kept, ...probes, ...guards].map(({ ids }) => ({ ids }));
}

/** The material less some samples, unless nothing would be left to learn or to measure with. */
export function withoutSamples(material: Material, rows: ReadonlySet<number>): Material {
  const remaining = (samples: readonly TuningSample[]): TuningSample[] => {
    const left = samples.filter(({ sample }) => !rows.has(sample.row));
    return left.some(isMeasurable) ? left : [...samples];
  };
  const [training, heldOut] = [remaining(material.training), remaining(material.heldOut)];
  return { ...material, training, heldOut };
}

/** Of samples without a right word, those that can be learned beside what is held out. */
function avoidable(
  unanswered: readonly TuningSample[],
  heldOut: readonly SampleInFile[],
  control: RunControl,
): TuningSample[] {
  const samples = unanswered.map(({ sample }) => sample);
  const known = unanswered.flatMap(({ sample, rejected }) => (rejected.length > 0 ? sample : []));
  noteLeftOut(samples, known, { why: "since the vocabulary lacks their words", control });
  const left = new Set(unlike(heldOut, known));
  noteLeftOut(known, [...left], { why: "since what is held out asks the same", control });
  return unanswered.filter(({ sample }) => left.has(sample));
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
