// What a patch adds to one weight: every number of it, or a product of two thin matrices, which is
// how a low-rank adaptation stores a hundredth of them (Hu et al. 2021, arXiv 2106.09685).

import { AppError } from "../base/index.ts";
import { encodeFloat32, float16ToFloat32, float32ToFloat16 } from "./dtype.ts";
import type { TensorReader, TensorToWrite } from "./safetensors.ts";
import type { Tensor32 } from "./weights.ts";

/** B·A of the shape [out, in]. */
export interface LowRank {
  /** float32 [r, in] */
  readonly a: Tensor32;
  /** float32 [out, r] */
  readonly b: Tensor32;
}

export type Difference = Tensor32 | LowRank;
export type Differences = ReadonlyMap<string, Difference>;

/** The names that PEFT's adapters end in, too. */
const A = ".lora_A";
const B = ".lora_B";

/** The shape of the weight that a difference is added to. */
export function shapeOf(difference: Difference): readonly number[] {
  if ("data" in difference) return difference.shape;
  return [difference.b.shape[0] ?? 0, difference.a.shape[1] ?? 0];
}

/** All numbers of a difference; products are added up in one order, so that all get equal bits. */
export function expanded(difference: Difference): Float32Array {
  if ("data" in difference) return difference.data;
  const { a, b } = difference;
  const [rank = 0, inputs = 0] = a.shape;
  const [outputs = 0] = b.shape;
  const data = new Float32Array(outputs * inputs);
  for (let o = 0; o < outputs; o++) {
    const row = data.subarray(o * inputs, (o + 1) * inputs);
    for (let r = 0; r < rank; r++) {
      const factor = b.data[o * rank + r] as number;
      const from = r * inputs;
      for (let i = 0; i < inputs; i++) {
        row[i] = (row[i] as number) + factor * (a.data[from + i] as number);
      }
    }
  }
  return data;
}

/** The numbers that a patch can hold: rounded to float16. */
export function roundedToPatch(data: Float32Array): Float32Array {
  return float16ToFloat32(float32ToFloat16(data));
}

/** A difference as tensors of a patch, float16. */
export function tensorsOf(
  name: string,
  difference: Difference,
): (TensorToWrite & { readonly data: Uint8Array })[] {
  const tensor = (tensorName: string, { shape, data }: Tensor32) => {
    return { name: tensorName, dtype: "F16", shape, data: encodeFloat32("F16", data) } as const;
  };
  if ("data" in difference) return [tensor(name, difference)];
  return [tensor(`${name}${A}`, difference.a), tensor(`${name}${B}`, difference.b)];
}

/**
 * The differences that the tensors of a patch stand for.
 *
 * @throws AppError `damaged_file` for factors that do not belong together.
 */
export function readDifferences(reader: TensorReader, file: string): Differences {
  const { tensors } = reader;
  const read = (name: string): Tensor32 => {
    return { shape: tensors.get(name)?.shape ?? [], data: reader.readFloat32(name) };
  };
  const differences = new Map<string, Difference>();
  for (const tensor of tensors.keys()) {
    const name = weightOf(tensor);
    if (differences.has(name)) continue;
    if (name === tensor) {
      differences.set(name, read(name));
      continue;
    }
    const factors = { a: read(`${name}${A}`), b: read(`${name}${B}`) };
    if (!fit(factors)) throw oddFactors(name, factors, file);
    differences.set(name, factors);
  }
  return differences;
}

/** The weight that a tensor of a patch belongs to. */
function weightOf(tensor: string): string {
  const ending = [A, B].find((each) => tensor.endsWith(each)) ?? "";
  return tensor.slice(0, tensor.length - ending.length);
}

function fit({ a, b }: LowRank): boolean {
  return a.shape.length === 2 && b.shape.length === 2 && b.shape[1] === a.shape[0];
}

function oddFactors(name: string, { a, b }: LowRank, file: string): AppError {
  return new AppError(
    "damaged_file",
    `${file}: the factors of ${name} are [${a.shape.join(", ")}] and [${b.shape.join(", ")}]; ` +
      "expected [rank, inputs] and [outputs, rank]",
  );
}
