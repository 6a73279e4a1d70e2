// Masked language models against what PyTorch computed with the same weights: logits and gradients.

import { describe, expect, it } from "vitest";

import { differentiate } from "../../src/autodiff/index.ts";
import {
  IO,
  lossGraph,
  maskedLanguageModel,
  scoringGraph,
  weightsAsInputs,
  type MaskedLanguageModel,
} from "../../src/models/index.ts";
import { DEFAULT_OPSETS, encodeModel } from "../../src/onnx/index.ts";
import { createSession, floatTensor, intTensorOf, type Feeds } from "../../src/runtime/index.ts";
import { maskedLmStep } from "../../src/training/masked-lm-step.ts";
import { trainedParameter, weightsFor } from "../../src/training/parameters.ts";
import {
  expectGradients,
  maxDifference,
  positionsWhere,
  readModelFixture,
  type FixtureCase,
  type ModelFixture,
} from "../helpers/model-fixture.ts";

const LOGIT_TOLERANCE = 1e-4;

function weightFeeds(model: MaskedLanguageModel, fixture: ModelFixture): Feeds {
  const weights = [...weightsFor(model, fixture.weights)];
  return Object.fromEntries(
    weights.map(([name, { shape, data }]) => [name, floatTensor(data, shape)]),
  );
}

function batchFeeds({ batch, sequence, inputIds, attentionMask }: FixtureCase): Feeds {
  return {
    [IO.inputIds]: intTensorOf(inputIds, [batch, sequence]),
    [IO.attentionMask]: intTensorOf(attentionMask, [batch, sequence]),
  };
}

/** Gradients of the mean loss over the labelled positions, by parameter name. */
async function gradientsOf(
  model: MaskedLanguageModel,
  fixture: ModelFixture,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const { batch, sequence, inputIds, attentionMask, labels } = fixture.gradientCase;
  const parameters = [...weightsFor(model, fixture.weights)].map(([name, tensor]) =>
    trainedParameter(name, tensor),
  );
  using step = await maskedLmStep(model, parameters, 1);
  const positions = positionsWhere(labels, (label) => label !== -100);
  const loss = await step.run({
    rows: batch,
    length: sequence,
    inputIds: BigInt64Array.from(inputIds, BigInt),
    attentionMask: BigInt64Array.from(attentionMask, BigInt),
    positions: BigInt64Array.from(positions, BigInt),
    labels: BigInt64Array.from(positions, (i) => BigInt(labels[i] as number)),
  });
  return { loss, gradients: new Map(parameters.map(({ name, gradient }) => [name, gradient])) };
}

const MODELS = [
  { form: "bert-tiny", name: "bert-tiny" },
  { form: "bert-tiny-hub", name: "bert-tiny" },
  { form: "modernbert-starter-tiny", name: "modernbert-starter-tiny" },
  { form: "modernbert-tiny", name: "modernbert-tiny" },
];

describe.each(MODELS)("$form", ({ form, name }) => {
  const fixture = readModelFixture(name, form);
  const model = maskedLanguageModel(fixture.config);

  it("gives PyTorch's logits at every token, in one session for all shapes", async () => {
    const graph = scoringGraph(model, weightsAsInputs);
    const bytes = encodeModel({ graph, opsets: DEFAULT_OPSETS, producer: "test" });
    using session = await createSession(bytes, { threads: 1 });
    const weights = weightFeeds(model, fixture);
    for (const one of fixture.cases) {
      const tokens = positionsWhere(one.attentionMask, (entry) => entry === 1);
      const positions = { [IO.positions]: intTensorOf(tokens, [tokens.length]) };
      const outputs = await session.run({ ...weights, ...batchFeeds(one), ...positions });
      const V = model.vocabularySize;
      const expected = tokens.flatMap((i) => [...one.logits.subarray(i * V, (i + 1) * V)]);
      const seen = outputs[IO.logits]?.data as Float32Array;
      expect(maxDifference(seen, expected), one.name).toBeLessThanOrEqual(LOGIT_TOLERANCE);
    }
  });

  it("gives PyTorch's loss and gradients of all parameters", async () => {
    const { loss, gradients } = await gradientsOf(model, fixture);
    expect(loss).toBeCloseTo(fixture.gradientCase.loss ?? NaN, 5);
    expectGradients(gradients, fixture);
  });

  it("adds up gradients with no kernel that adds from several threads at once", () => {
    const parameters = [...model.parameters.keys()];
    const { nodes } = differentiate(lossGraph(model), { loss: IO.loss, parameters });
    expect(nodes.filter(({ op }) => op === "ScatterND")).toEqual([]);
    expect(nodes.filter(({ op }) => op === "ScatterElements")).not.toEqual([]);
  });
});

// Absolute positions would go on from one document to the next.
describe.each(["modernbert-starter-tiny", "modernbert-tiny"])("%s, rotary,", (name) => {
  const fixture = readModelFixture(name);
  const model = maskedLanguageModel(fixture.config);

  it("scores documents packed into one row as it scores each on its own", async () => {
    const graph = scoringGraph(model, weightsAsInputs);
    const bytes = encodeModel({ graph, opsets: DEFAULT_OPSETS, producer: "test" });
    using session = await createSession(bytes, { threads: 1 });
    const weights = weightFeeds(model, fixture);
    const score = async (ids: readonly number[], documents: readonly number[]) => {
      const tokens = positionsWhere(documents, (entry) => entry > 0);
      const outputs = await session.run({
        ...weights,
        [IO.inputIds]: intTensorOf(ids, [1, ids.length]),
        [IO.attentionMask]: intTensorOf(documents, [1, ids.length]),
        [IO.positions]: intTensorOf(tokens, [tokens.length]),
      });
      return Array.from(outputs[IO.logits]?.data as Float32Array);
    };
    const first = [2, 17, 4, 55, 3];
    const second = [2, 9, 80, 4, 33, 21, 64, 3];
    const apart = [
      ...(await score(
        first,
        first.map(() => 1),
      )),
      ...(await score(
        second,
        second.map(() => 1),
      )),
    ];
    const row = [...first, ...second, 0, 0];
    const documents = [...first.map(() => 1), ...second.map(() => 2), 0, 0];
    expect(maxDifference(await score(row, documents), apart)).toBeLessThan(LOGIT_TOLERANCE);
  });
});
