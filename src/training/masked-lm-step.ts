// One pass of a masked language model over a batch, all shapes in one session: forward and backward
// for training, forward alone to measure.

import { modelOf, type Graph } from "../onnx/index.ts";
import { differentiate, gradientName } from "../autodiff/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import type { MaskedLanguageModel } from "../models/index.ts";
import { frozenAsConstants, IO, lossGraph } from "../models/index.ts";
import type { EngineTensor, Feeds } from "../runtime/index.ts";
import { createSession, floatTensor, intTensor } from "../runtime/index.ts";
import type { MaskedBatch } from "./data/batch.ts";
import type { TrainedParameter } from "./parameters.ts";

export interface LossStep<Batch = MaskedBatch> extends Disposable {
  /** The batch's loss in nats, a mean by its weights. */
  run(batch: Batch): Promise<number>;
}

/** A step whose `run` also fills the parameters' gradients. */
export type GradientStep<Batch = MaskedBatch> = LossStep<Batch>;

/**
 * The step that differentiates with respect to `parameters`; with the `frozen` weights they cover
 * the whole model. What lies below all parameters is not differentiated.
 */
export async function maskedLmStep(
  model: MaskedLanguageModel,
  parameters: readonly TrainedParameter[],
  threads: number,
  frozen: Weights = new Map(),
): Promise<GradientStep> {
  const names = parameters.map(({ name }) => name);
  const forward = lossGraph(model, frozenAsConstants(frozen));
  const options = { loss: IO.loss, parameters: names, distinctIndices: [IO.positions] };
  const graph = differentiate(forward, options);
  const gradients = (): Feeds =>
    tensorsOf(parameters, ({ name, shape, gradient }) => {
      return [gradientName(name), floatTensor(gradient, shape)];
    });
  return stepOver(graph, { parameters, threads, fetches: gradients });
}

/** The step that only measures, with the weights as they are at each run. */
export async function maskedLmLoss(
  model: MaskedLanguageModel,
  parameters: readonly TrainedParameter[],
  threads: number,
): Promise<LossStep> {
  return stepOver(lossGraph(model), { parameters, threads, fetches: () => ({}) });
}

async function stepOver(
  graph: Graph,
  options: {
    readonly parameters: readonly TrainedParameter[];
    readonly threads: number;
    /** Besides the loss. */
    readonly fetches: () => Feeds;
  },
): Promise<LossStep> {
  const session = await createSession(modelOf(graph), { threads: options.threads });
  // Made anew for each run, since an optimiser may have replaced the arrays.
  const weightFeeds = (): Feeds =>
    tensorsOf(options.parameters, ({ name, shape, weights }) => {
      return [name, floatTensor(weights, shape)];
    });
  const loss = new Float32Array(1);
  const lossFetch: Feeds = { [IO.loss]: floatTensor(loss, []) };
  return {
    async run({ rows, length, inputIds, attentionMask, positions, labels, weights }) {
      const masked = positions.length;
      const shares = weights ?? new Float32Array(masked).fill(1 / masked);
      await session.run(
        {
          ...weightFeeds(),
          [IO.inputIds]: intTensor(inputIds, [rows, length]),
          [IO.attentionMask]: intTensor(attentionMask, [rows, length]),
          [IO.positions]: intTensor(positions, [masked]),
          [IO.labels]: intTensor(labels, [masked]),
          [IO.weights]: floatTensor(shares, [masked]),
        },
        { ...lossFetch, ...options.fetches() },
      );
      return loss[0] ?? NaN;
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

function tensorsOf(
  parameters: readonly TrainedParameter[],
  entry: (parameter: TrainedParameter) => readonly [string, EngineTensor],
): Feeds {
  return Object.fromEntries(parameters.map(entry));
}
