export {
  DTYPE_BYTES,
  bfloat16ToFloat32,
  decodeFloat32,
  encodeFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  isDType,
  type DType,
  type WeightDType,
} from "./dtype.ts";
export { sha256OfFile, writeDirectoryAtomically, writeFileAtomically } from "./files.ts";
export {
  openHuggingFaceDirectory,
  readModelConfig,
  readTokenizerFiles,
  saveHuggingFaceDirectory,
  type HuggingFaceDirectory,
  type ModelConfig,
  type ModelToSave,
  type TokenizerFiles,
} from "./hugging-face.ts";
export type { JsonObject } from "./limits/json.ts";
export { resolveInside } from "./limits/paths.ts";
export type { TensorInfo } from "./safetensors-header.ts";
export {
  tensorToWrite,
  writeSafetensors,
  type TensorReader,
  type TensorToWrite,
} from "./safetensors.ts";
export { openSafetensors } from "./sharded.ts";
export { elementCountOf, type Tensor32, type Weights } from "./weights.ts";
