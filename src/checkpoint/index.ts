export { isArchiveName, unpackArchive, type UnpackOptions } from "./archive/unpack.ts";
export {
  DTYPE_BYTES,
  decodeFloat32,
  encodeFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  isDType,
  type DType,
  type WeightDType,
} from "./dtype.ts";
export { expanded, roundedToPatch, type Difference, type Differences } from "./difference.ts";
export { sha256OfFile, syncFile, writeDirectoryAtomically, writeFileAtomically } from "./files.ts";
export {
  saveHuggingFaceDirectory,
  writeModelDirectory,
  type ModelToSave,
} from "./hugging-face-writer.ts";
export {
  openHuggingFaceDirectory,
  readHuggingFaceWeights,
  readModelConfig,
  readTokenizerFiles,
  type HuggingFaceDirectory,
  type ModelConfig,
  type TokenizerFiles,
} from "./hugging-face.ts";
export { fetchModel, type FetchedFile, type FetchOptions } from "./hub/fetch-model.ts";
export type { HubAccess } from "./hub/request.ts";
export { parseHubSource, type Hub, type HubSource } from "./hub/source.ts";
export { readJsonFile, readTextFile, type JsonObject } from "./limits/json.ts";
export { resolveInside } from "./limits/paths.ts";
export {
  baseDirectoryOf,
  isPatch,
  PATCH_FILE,
  patched,
  readPatch,
  readPatchBase,
  type PatchBase,
} from "./patch.ts";
export { savePatch, type PatchToSave } from "./patch-writer.ts";
export { findOnnxExport, ofExport } from "./onnx-export.ts";
export { readOnnxModel, readOnnxTensor, writeOnnxModel } from "./onnx-file.ts";
export {
  quantiseChannels,
  quantiseRows,
  type ChannelQuantised,
  type Int8Limit,
  type RowQuantised,
  type WeightMatrix,
} from "./quantisation.ts";
export { writeRandomCheckpoint, type RandomCheckpointOptions } from "./random-checkpoint.ts";
export { hubVocabulary } from "./random-vocabulary.ts";
export type { TensorInfo } from "./safetensors-header.ts";
export {
  tensorToWrite,
  writeSafetensors,
  type TensorReader,
  type TensorToWrite,
} from "./safetensors.ts";
export { openSafetensors } from "./sharded.ts";
export { shareTensors, type ModelFiles } from "./shared-tensors.ts";
export { elementCountOf, type Tensor32, type Weights } from "./weights.ts";
