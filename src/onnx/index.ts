export { GraphBuilder, type Operand } from "./builder.ts";
export { decodeModel, encodeModel } from "./codec.ts";
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
export {
  DEFAULT_OPSETS,
  graphError,
  intAttribute,
  intsAttribute,
  isExternal,
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
