// ONNX element types: their names here, their numbers in the file format, their sizes.

/** Element types that this project reads and writes. */
export type DataType = keyof typeof DATA_TYPES;

/** ONNX `TensorProto.DataType` number and bytes per element. */
const DATA_TYPES = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  uint16: { code: 4, bytes: 2 },
  int16: { code: 5, bytes: 2 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
  uint32: { code: 12, bytes: 4 },
  uint64: { code: 13, bytes: 8 },
  bfloat16: { code: 16, bytes: 2 },
} as const;

const NAMES = new Map<number, DataType>(
  (Object.keys(DATA_TYPES) as DataType[]).map((name) => [DATA_TYPES[name].code, name]),
);

export function dataTypeCode(type: DataType): number {
  return DATA_TYPES[type].code;
}

export function elementBytes(type: DataType): number {
  return DATA_TYPES[type].bytes;
}

/** The type with this ONNX number, or undefined for one that this project does not handle. */
export function dataTypeOfCode(code: number): DataType | undefined {
  return NAMES.get(code);
}

export function isFloat(type: DataType): boolean {
  return type === "float32" || type === "float16" || type === "float64" || type === "bfloat16";
}
