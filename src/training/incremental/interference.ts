// Takes back what other texts would feel of what was learned. The loss keeps some thousand
// sentences as they were and no others; but all texts reach a matrix along much the same
// directions, and what it learned may be turned away from these afterwards, in closed form.

import { createRandom, required } from "../../base/index.ts";
import type { Tensor32, Weights } from "../../checkpoint/index.ts";
import { frozenAsConstants, inputProductsGraph, productsName } from "../../models/index.ts";
import { GraphBuilder, type Graph, type Value } from "../../onnx/index.ts";
import { floatTensor, type Session } from "../../runtime/index.ts";
import type { ActivationCache } from "./activation-cache.ts";
import type { Adaptation } from "./adaptation.ts";
import { earlierForms, learnedForms, type Material } from "./material.ts";
import { inputOf } from "./row-loss.ts";
import { asQuestion, drawRows, type KeptRow } from "./rows.ts";
import type { TuningStart } from "./start.ts";
import { batchesOfOneLength } from "./tuning-batches.ts";
import { inputFeeds, openGraph, setWeights, weightFeeds } from "./tuning-step.ts";

export interface InterferenceOptions {
  readonly start: TuningStart;
  readonly adaptation: Adaptation;
  readonly material: Material;
  readonly cache: Pick<ActivationCache, "read">;
  readonly seed: number;
}

/** How much the sentences to keep weigh beside the samples. */
const KEPT_WEIGHT = 0.3;
/** How much it weighs that a change stays what it is, where neither says anything. */
const STAY_WEIGHT = 1e-3;
/** Of wider matrices neither time nor memory would be little. */
const INPUTS_MAX = 1024;
/** Passes over the samples, as training draws them. */
const PASSES = 8;

/**
 * What was learned, with the change Δ of each matrix replaced by the Δ′ that does nearly the same
 * to the samples and little to the sentences to keep:
 *
 *   Δ′ = argmin ‖(Δ′ − Δ)·X‖² + w·‖Δ′·X⁰‖² + ε·‖Δ′ − Δ‖²  =  Δ·(C + ε)·(C + ε + w·C⁰)⁻¹
 *
 * with C = X·Xᵀ of what reaches the matrix from samples after training, C⁰ = X⁰·X⁰ᵀ from sentences
 * to keep before it, both scaled to a mean eigenvalue of 1: the regression mean of the two models
 * (Jin et al. 2022, arXiv 2212.09849). Leaves other values in the start's weights.
 */
export async function withoutInterference(
  learned: Weights,
  { start, adaptation, material, cache, seed }: InterferenceOptions,
): Promise<Weights> {
  if (material.kept.length === 0) return learned;
  const matrices = start.weights.flatMap(({ name, shape: [, inputs = 0, ...rest] }) => {
    return rest.length === 0 && inputs > 0 && inputs <= INPUTS_MAX ? [[name, inputs] as const] : [];
  });
  const widths = new Map(matrices);
  const forms = [...learnedForms(material), ...earlierForms(material)];
  const random = createRandom(seed);
  const shown = Array.from({ length: PASSES }, () => drawRows(forms, random)).flat();
  adaptation.show();
  const products = await inputProducts(shown.map(asQuestion), { start, cache, widths });
  setWeights(start.weights, (name) => required(start.startWeights.get(name), name).data);
  const keptProducts = await inputProducts(material.kept, { start, cache, widths });
  using session = await openGraph(turningGraph(), start.suffix.threads);
  return await adaptation.multiplied(learned, async (weight, change) => {
    const [ofSamples, ofKept] = [products.get(weight), keptProducts.get(weight)];
    if (ofSamples === undefined || ofKept === undefined) return undefined;
    return turnedAway(change, { ofSamples, ofKept, session });
  });
}

/** Δ′ of Δ float32 [rows, inputs], from C and C⁰ float32 [inputs, inputs]. */
export async function turnedAway(
  { shape, data }: Tensor32,
  {
    ofSamples,
    ofKept,
    session,
  }: {
    readonly ofSamples: Float32Array;
    readonly ofKept: Float32Array;
    /** Over `turningGraph`. */
    readonly session: Session;
  },
): Promise<Float32Array> {
  const width = Math.sqrt(ofKept.length);
  const square = [width, width];
  const kept = ofKept.map((value) => KEPT_WEIGHT * value);
  const system = ofSamples.map((value, i) => {
    const isDiagonal = i % (width + 1) === 0;
    return value + (kept[i] as number) + (isDiagonal ? STAY_WEIGHT : 0);
  });
  const result = new Float32Array(data.length);
  const feeds = {
    [TURNING_IO.change]: floatTensor(data, shape),
    [TURNING_IO.kept]: floatTensor(kept, square),
    [TURNING_IO.system]: floatTensor(system, square),
  };
  await session.run(feeds, { [TURNING_IO.turned]: floatTensor(result, shape) });
  return result;
}

const TURNING_IO = {
  change: "change",
  kept: "kept",
  system: "system",
  turned: "turned",
} as const;

/** Each step takes away what is felt along the widest direction left; the rest hardly matters. */
const STEPS = 30;
/** Added to what a row divides by, which is 0 once nothing is left of it. */
const TINY = 1e-30;

/**
 * Δ′ = Δ − Δ·K·S⁻¹ with K = w·C⁰ and S = C + ε + K: the last by conjugate gradients (Hestenes and
 * Stiefel 1952) on all rows at once, since a product of matrices is what the engine does best.
 * Δ float32 [rows, inputs], K and S [inputs, inputs]
 */
export function turningGraph(): Graph {
  const b = new GraphBuilder();
  const change = b.input(TURNING_IO.change, "float32", ["rows", "inputs"]);
  const kept = b.input(TURNING_IO.kept, "float32", ["inputs", "inputs"]);
  const system = b.input(TURNING_IO.system, "float32", ["inputs", "inputs"]);
  const tiny = b.scalar(TINY);
  const dot = (x: Value, y: Value): Value =>
    b.emit("ReduceSum", [b.emit("Mul", [x, y]), b.ints(1)], { keepdims: 1 });
  const ratio = (x: Value, y: Value): Value => b.emit("Div", [x, b.emit("Add", [y, tiny])]);
  let turned = change;
  let residual = b.emit("MatMul", [change, kept]);
  let direction = residual;
  let squared = dot(residual, residual);
  for (let step = 0; step < STEPS; step++) {
    const image = b.emit("MatMul", [direction, system]);
    const length = ratio(squared, dot(direction, image));
    turned = b.emit("Sub", [turned, b.emit("Mul", [length, direction])]);
    residual = b.emit("Sub", [residual, b.emit("Mul", [length, image])]);
    const next = dot(residual, residual);
    direction = b.emit("Add", [residual, b.emit("Mul", [ratio(next, squared), direction])]);
    squared = next;
  }
  b.output(turned, TURNING_IO.turned);
  return b.build("turning");
}

/** XᵀX float32 [inputs, inputs] of each matrix, scaled to a mean eigenvalue of 1. */
async function inputProducts(
  rows: readonly Pick<KeptRow, "ids" | "columns">[],
  {
    start: { suffix, weights },
    cache,
    widths,
  }: Pick<InterferenceOptions, "start" | "cache"> & {
    readonly widths: ReadonlyMap<string, number>;
  },
): Promise<ReadonlyMap<string, Float32Array>> {
  const { model, cut, frozen, threads } = suffix;
  const graph = inputProductsGraph(model, frozenAsConstants(frozen), { cut, weights: widths });
  using session = await openGraph(graph, threads);
  const found = [...widths].map(([name, width]) => {
    const [batch, total] = [new Float32Array(width * width), new Float32Array(width * width)];
    return { name, width, batch, total };
  });
  const fetches = Object.fromEntries(
    found.map(({ name, width, batch }) => [productsName(name), floatTensor(batch, [width, width])]),
  );
  for (const batch of batchesOfOneLength(rows)) {
    const input = inputFeeds(inputOf(batch, cache, model.hiddenSize), model.hiddenSize);
    await session.run({ ...weightFeeds(weights), ...input }, fetches);
    for (const { batch: ofBatch, total } of found) {
      for (let i = 0; i < total.length; i++) {
        total[i] = (total[i] as number) + (ofBatch[i] as number);
      }
    }
  }
  return new Map(found.map(({ name, width, total }) => [name, scaled(total, width)]));
}

function scaled(products: Float32Array, width: number): Float32Array {
  let trace = 0;
  for (let i = 0; i < width; i++) trace += products[i * width + i] as number;
  return trace === 0 ? products : products.map((value) => (value * width) / trace);
}
