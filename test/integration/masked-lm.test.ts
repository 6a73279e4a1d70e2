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

type LabelledBatch = Omit<FixtureCase, "name" | "logits" | "loss">;

/** The mean loss over the labelled positions, and its gradients by parameter name. */
async function gradientsOf(
  model: MaskedLanguageModel,
  fixture: ModelFixture,
  { batch, sequence, inputIds, attentionMask, labels }: LabelledBatch = fixture.gradientCase,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
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

  it("learns from documents packed into one row what it learns from each on its own", async () => {
    const first = { ids: [2, 17, 4, 55, 3], labels: [-100, -100, 30, -100, -100] };
    const second = {
      ids: [2, 9, 80, 4, 33, 4, 64, 3],
      labels: [-100, -100, -100, 21, -100, 7, -100, -100],
    };
    const rowOf = (...parts: (typeof first)[]): LabelledBatch => {
      const inputIds = parts.flatMap(({ ids }) => ids);
      const attentionMask = parts.flatMap(({ ids }, i) => ids.map(() => i + 1));
      const labels = parts.flatMap((part) => part.labels);
      return { batch: 1, sequence: inputIds.length, inputIds, attentionMask, labels };
    };
    const learn = (...parts: (typeof first)[]) => gradientsOf(model, fixture, rowOf(...parts));
    const [packed, one, other] = [
      await learn(first, second),
      await learn(first),
      await learn(second),
    ];
    // Of the three labels one is the first's.
    const mean = (a: number, b: number): number => (a + 2 * b) / 3;
    expect(packed.loss).toBeCloseTo(mean(one.loss, other.loss), 5);
    for (const [key, seen] of packed.gradients) {
      const others = other.gradients.get(key) as Float32Array;
      const expected = one.gradients.get(key)?.map((g, i) => mean(g, others[i] as number)) ?? [];
      expect(maxDifference(seen, expected), key).toBeLessThan(1e-5);
    }
  });
});
