export { abstainBelow } from "./abstain.ts";
export { fillBlanks, findBlanks, type Blank } from "./blanks.ts";
export { topIndices } from "./distribution.ts";
export { answerSamples, evaluateFiller } from "./evaluate.ts";
export { createFiller, lengthEvidence } from "./filler.ts";
export { measureLatency, type FillLatency } from "./latency.ts";
export { fitLengths, type LengthExample } from "./length-model.ts";
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
export { frameOf, rowAround, type Row } from "./row.ts";
export {
  readLines,
  readSamples,
  readTrainingSamples,
  samplesIn,
  type SampleInFile,
} from "./sample-file.ts";
export {
  domainLabel,
  DOMAINS_SHOWN_MAX,
  parseSample,
  parseSamples,
  type Sample,
} from "./sample.ts";
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
