export { abstainBelow } from "./abstain.ts";
export { BLANK_COUNT_MAX, fillBlanks, findBlanks, type Blank } from "./blanks.ts";
export { topIndices } from "./distribution.ts";
export { answerSamples, evaluateFiller, type AnsweredOutcome } from "./evaluate.ts";
export { createFiller, lengthEvidence, TOP_K_MAX, type FillerParts } from "./filler.ts";
export { measureLatency, type FillLatency } from "./latency.ts";
export { fitLengths, type LengthExample, type LengthModel } from "./length-model.ts";
export { fillMetrics, type FillMetrics, type Outcome } from "./metrics.ts";
export {
  fillerPartsOver,
  openFiller,
  openFillerParts,
  openTokenizer,
  readSettings,
  settingsFileOf,
  windowOf,
  withWords,
} from "./open.ts";
export type { FillMaskSettings } from "./settings.ts";
export { frameOf, rowAround, type Frame, type Row } from "./row.ts";
export {
  readLines,
  readSamples,
  readTrainingSamples,
  samplesIn,
  type SampleInFile,
} from "./sample-file.ts";
export { domainLabel, DOMAINS_SHOWN_MAX, parseSamples, type Sample } from "./sample.ts";
export { TYPICAL_INPUTS } from "./typical-texts.ts";
export type {
  Candidate,
  FilledBlank,
  Filler,
  FillerOptions,
  FillInput,
  FillOutput,
} from "./types.ts";
export { workOf } from "./work.ts";
