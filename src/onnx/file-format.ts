// What both directions of the codec share: the numbers of ONNX's file format, and which attributes
// are floats (in memory, attributes are plain numbers).

/** Attributes that ONNX and ONNX Runtime store as floats; all other numbers are ints. */
export const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set([
  "alpha",
  "beta",
  "bias",
  "epsilon",
  "gamma",
  "lambd",
  "mask_filter_value",
  "momentum",
  "ratio",
  "scale",
  "softcap",
  "value_float",
]);
/** Likewise of lists. */
export const FLOAT_LIST_ATTRIBUTES: ReadonlySet<string> = new Set(["value_floats"]);

/** `AttributeProto.AttributeType` numbers. */
export const KIND = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** `TensorProto.DataLocation` of tensors in files beside the model. */
export const EXTERNAL = 1;
