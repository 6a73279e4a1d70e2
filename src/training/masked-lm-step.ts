// One forward and backward pass of a masked language model, all shapes in one session.

import { DEFAULT_OPSETS, encodeModel } from "../onnx/index.ts";
import { differentiate, gradientName } from "../autodiff/index.ts";
import type { MaskedLanguageModel } from "../models/index.ts";
import { IO, lossGraph } from "../models/index.ts";
import type { Feeds, Session } from "../runtime/index.ts";
import { createSession, floatTensor, intTensor } from "../runtime/index.ts";
import type { MaskedBatch } from "./data/batch.ts";
import type { TrainedParameter } from "./parameters.ts";

export interface GradientStep extends Disposable {
  /** Fills the parameters' gradients; returns the mean loss in nats over the masked positions. */
  run(batch: MaskedBatch): Promise<number>;
}

/** The step that differentiates with respect to `parameters`, which must cover the whole model. */
export async function maskedLmStep(
  model: MaskedLanguageModel,
  parameters: readonly TrainedParameter[],
  threads: number,
): Promise<GradientStep> {
  const names = parameters.map(({ name }) => name);
  const graph = differentiate(lossGraph(model), { loss: IO.loss, parameters: names });
  const bytes = encodeModel({ graph, opsets: DEFAULT_OPSETS, producer: "whetstone" });
  const session: Session = await createSession(bytes, { threads });
  const weightFeeds: Feeds = Object.fromEntries(
    parameters.map(({ name, shape, weights }) => [name, floatTensor(weights, shape)]),
  );
  const loss = new Float32Array(1);
  const fetches: Feeds = {
    [IO.loss]: floatTensor(loss, []),
    ...Object.fromEntries(
      parameters.map(({ name, shape, gradient }) => [
        gradientName(name),
        floatTensor(gradient, shape),
      ]),
    ),
  };
  return {
    async run({ rows, length, inputIds, attentionMask, positions, labels }) {
      const masked = positions.length;
      const equal = new Float32Array(masked).fill(1 / masked);
      await session.run(
        {
          ...weightFeeds,
          [IO.inputIds]: intTensor(inputIds, [rows, length]),
          [IO.attentionMask]: intTensor(attentionMask, [rows, length]),
          [IO.positions]: intTensor(positions, [masked]),
          [IO.labels]: intTensor(labels, [masked]),
          [IO.weights]: floatTensor(equal, [masked]),
        },
        fetches,
      );
      return loss[0] ?? NaN;
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}
