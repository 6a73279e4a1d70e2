export { GraphBuilder, type Operand } from "./builder.ts";
export { decodeModel } from "./decode.ts";
export { dataTypeCode, dataTypeOfCode, elementBytes, isFloat, type DataType } from "./data-type.ts";
export {
  broadcastShapes,
  multiplyDims,
  printShape,
  sameShape,
  sizeOfShape,
  type Dim,
  type Shape,
} from "./dims.ts";
export { encodeModel } from "./encode.ts";
export {
  EXTERNAL_ALIGNMENT_BYTES,
  EXTERNAL_SIZE_MIN_BYTES,
  moveToExternal,
  moveToMemory,
  type ExternalChunk,
  type ExternalPlan,
  type MemoryTensor,
} from "./external.ts";
export {
  DEFAULT_OPSETS,
  graphError,
  intAttribute,
  intsAttribute,
  isExternal,
  MICROSOFT,
  modelOf,
  stringAttribute,
  type Attribute,
  type Attributes,
  type ExternalLocation,
  type Graph,
  type Model,
  type Node,
  type TensorLiteral,
  type TensorType,
  type Value,
} from "./graph.ts";
export { SHAPED_OPERATORS } from "./infer/index.ts";
export { literal, numbersOf } from "./literal.ts";
export { toStandardOperators } from "./standard-operators.ts";
export {
  storedTensors,
  withStoredTensors,
  type StoredBytes,
  type StoredTensor,
} from "./stored-tensors.ts";
