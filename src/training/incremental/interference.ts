// Takes back what other texts would feel of what was learned. The loss keeps some thousand
// sentences as they were and no others; but all texts reach a matrix along much the same
// directions, and what it learned may be turned away from these afterwards, in closed form.

import { createRandom, required } from "../../base/index.ts";
import type { Tensor32, Weights } from "../../checkpoint/index.ts";
import { frozenAsConstants, inputProducts } from "../../models/index.ts";
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
/** Passes over the samples, as training draws them; a row that came twice is not read twice. */
const PASSES = 8;

/**
 * What was learned, with the change Δ of each matrix replaced by the Δ′ that does nearly the same
 * to the samples and little to the sentences to keep:
 *
 *   Δ′ = argmin ‖(Δ′ − Δ)·X‖² + w·‖Δ′·X⁰‖² + ε·‖Δ′ − Δ‖²  =  Δ·T,  T = (C + ε)·(C + ε + w·C⁰)⁻¹
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
  const { threads } = start.suffix;
  const forms = [...learnedForms(material), ...earlierForms(material)];
  const random = createRandom(seed);
  const shown = new Set(Array.from({ length: PASSES }, () => drawRows(forms, random)).flat());
  using watch = await watchInputs(start, cache);
  adaptation.show();
  const ofSamples = await watch.see([...shown].map(asQuestion));
  setWeights(start.weights, (name) => required(start.startWeights.get(name), name).data);
  const ofKept = await watch.see(material.kept);
  using turning = await openGraph(turningGraph(), threads);
  using multiplying = await openGraph(multiplyingGraph(), threads);
  const turns = new Map<string, Float32Array>();
  for (const [inputs, products] of ofSamples) {
    turns.set(inputs, await turnOf(products, required(ofKept.get(inputs), inputs), turning));
  }
  return await adaptation.multiplied(learned, async (weight, change) => {
    const turn = turns.get(watch.inputsOf.get(weight) ?? "");
    return turn === undefined ? undefined : multiplied(change, turn, multiplying);
  });
}

/**
 * T float32 [inputs, inputs] of C and C⁰, both the same.
 *
 * @param turning over `turningGraph`
 */
export async function turnOf(
  ofSamples: Float32Array,
  ofKept: Float32Array,
  turning: Session,
): Promise<Float32Array> {
  const width = Math.sqrt(ofKept.length);
  const square = [width, width];
  const kept = ofKept.map((value) => KEPT_WEIGHT * value);
  const identity = kept.map((_, i) => (i % (width + 1) === 0 ? 1 : 0));
  const system = ofSamples.map((value, i) => {
    return value + (kept[i] as number) + STAY_WEIGHT * (identity[i] as number);
  });
  const turn = new Float32Array(kept.length);
  const feeds = {
    [TURNING_IO.identity]: floatTensor(identity, square),
    [TURNING_IO.kept]: floatTensor(kept, square),
    [TURNING_IO.system]: floatTensor(system, square),
  };
  await turning.run(feeds, { [TURNING_IO.turn]: floatTensor(turn, square) });
  return turn;
}

const TURNING_IO = { identity: "identity", kept: "kept", system: "system", turn: "turn" } as const;

/** Each step takes away what is felt along the widest direction left; the rest hardly matters. */
const STEPS = 30;
/** Added to what a row divides by, which is 0 once nothing is left of it. */
const TINY = 1e-30;

/**
 * T = 1 − K·S⁻¹ with K = w·C⁰ and S = C + ε + K: the last by conjugate gradients (Hestenes and
 * Stiefel 1952) on all rows at once, since a product of matrices is what the engine does best.
 * All float32 [inputs, inputs].
 */
export function turningGraph(): Graph {
  const b = new GraphBuilder();
  const square = ["inputs", "inputs"];
  const identity = b.input(TURNING_IO.identity, "float32", square);
  const kept = b.input(TURNING_IO.kept, "float32", square);
  const system = b.input(TURNING_IO.system, "float32", square);
  const tiny = b.scalar(TINY);
  const dot = (x: Value, y: Value): Value =>
    b.emit("ReduceSum", [b.emit("Mul", [x, y]), b.ints(1)], { keepdims: 1 });
  const ratio = (x: Value, y: Value): Value => b.emit("Div", [x, b.emit("Add", [y, tiny])]);
  let turn = identity;
  let residual = kept;
  let direction = residual;
  let squared = dot(residual, residual);
  for (let step = 0; step < STEPS; step++) {
    const image = b.emit("MatMul", [direction, system]);
    const length = ratio(squared, dot(direction, image));
    turn = b.emit("Sub", [turn, b.emit("Mul", [length, direction])]);
    residual = b.emit("Sub", [residual, b.emit("Mul", [length, image])]);
    const next = dot(residual, residual);
    direction = b.emit("Add", [residual, b.emit("Mul", [ratio(next, squared), direction])]);
    squared = next;
  }
  b.output(turn, TURNING_IO.turn);
  return b.build("turning");
}

const MULTIPLYING_IO = { change: "change", turn: "turn", turned: "turned" } as const;

function multiplyingGraph(): Graph {
  const b = new GraphBuilder();
  const change = b.input(MULTIPLYING_IO.change, "float32", ["rows", "inputs"]);
  const turn = b.input(MULTIPLYING_IO.turn, "float32", ["inputs", "inputs"]);
  b.output(b.emit("MatMul", [change, turn]), MULTIPLYING_IO.turned);
  return b.build("multiplying");
}

/** Δ·T of Δ float32 [rows, inputs]. */
async function multiplied(
  { shape, data }: Tensor32,
  turn: Float32Array,
  multiplying: Session,
): Promise<Float32Array> {
  const turned = new Float32Array(data.length);
  const feeds = {
    [MULTIPLYING_IO.change]: floatTensor(data, shape),
    [MULTIPLYING_IO.turn]: floatTensor(turn, [shape[1] ?? 0, shape[1] ?? 0]),
  };
  await multiplying.run(feeds, { [MULTIPLYING_IO.turned]: floatTensor(turned, shape) });
  return turned;
}

interface InputWatch extends Disposable {
  /** The name of what reaches a weight; several may read the same. */
  readonly inputsOf: ReadonlyMap<string, string>;
  /** XᵀX float32 [inputs, inputs] by that name, with the weights as they are, scaled. */
  see(
    rows: readonly Pick<KeptRow, "ids" | "columns">[],
  ): Promise<ReadonlyMap<string, Float32Array>>;
}

async function watchInputs(
  { suffix, weights }: TuningStart,
  cache: InterferenceOptions["cache"],
): Promise<InputWatch> {
  const { model, cut, frozen, threads } = suffix;
  const widths = new Map<string, number>();
  for (const { name, shape } of weights) {
    const [, inputs = 0, ...rest] = shape;
    if (rest.length === 0 && inputs > 0 && inputs <= INPUTS_MAX) widths.set(name, inputs);
  }
  const { graph, outputs } = inputProducts(model, frozenAsConstants(frozen), {
    cut,
    weights: widths,
  });
  const widthOf = new Map([...outputs].map(([weight, name]) => [name, widths.get(weight) ?? 0]));
  const session = await openGraph(graph, threads);
  return {
    inputsOf: outputs,
    async see(rows) {
      const zeros = (width: number): Float32Array => new Float32Array(width * width);
      const sums = [...widthOf].map(([name, width]) => {
        return { name, width, batch: zeros(width), total: zeros(width) };
      });
      const fetches = Object.fromEntries(
        sums.map(({ name, width, batch }) => [name, floatTensor(batch, [width, width])]),
      );
      for (const batch of batchesOfOneLength(rows)) {
        const input = inputFeeds(inputOf(batch, cache, model.hiddenSize), model.hiddenSize);
        await session.run({ ...weightFeeds(weights), ...input }, fetches);
        for (const { batch: ofBatch, total } of sums) {
          for (let i = 0; i < total.length; i++) {
            total[i] = (total[i] as number) + (ofBatch[i] as number);
          }
        }
      }
      return new Map(sums.map(({ name, width, total }) => [name, scaled(total, width)]));
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

function scaled(products: Float32Array, width: number): Float32Array {
  let trace = 0;
  for (let i = 0; i < width; i++) trace += products[i * width + i] as number;
  return trace === 0 ? products : products.map((value) => (value * width) / trace);
}
