export type { RawConfig } from "./config-reader.ts";
export {
  forwardScope,
  type ForwardScope,
  type MaskedLanguageModel,
  type MatrixOperators,
  type ParameterSource,
} from "./masked-lm.ts";
export {
  CUT_IO,
  inputProducts,
  parameterPlaces,
  prefixGraph,
  suffixScoringGraph,
  tuningGraph,
  type ParameterPlace,
} from "./cut.ts";
export { lowRankNames, lowRankOperators, type LowRankLayers } from "./low-rank.ts";
export { maskedLanguageModel } from "./architectures.ts";
export {
  frozenAsConstants,
  IO,
  lossGraph,
  scoringGraph,
  weightsAsConstants,
  weightsAsInputs,
  type ParameterSourceFor,
} from "./objective.ts";
export { buildExportModel, exportOnnx, type ModelToExport } from "./export.ts";
export { buildInferenceModel, weightOf, type Precision } from "./inference.ts";
export { convertOnnxDirectory } from "./onnx-conversion.ts";
export {
  createScorer,
  scorerOver,
  type Agreement,
  type Scorer,
  type ScorerOptions,
  type ServingScorer,
} from "./scorer.ts";
export { openStagedScorer, stageScorer, type StagedModel } from "./staged-scorer.ts";
