import { describe, expect, it } from "vitest";

import { maskedLanguageModel } from "../../models/index.ts";
import { loraWeights, tuningPlan } from "./plan.ts";

const bertOf = (layers: number): ReturnType<typeof maskedLanguageModel> =>
  maskedLanguageModel({
    model_type: "bert",
    vocab_size: 50,
    hidden_size: 8,
    num_hidden_layers: layers,
    num_attention_heads: 2,
    intermediate_size: 16,
    max_position_embeddings: 32,
  });

describe("tuningPlan", () => {
  it.each([
    { layers: 12, frozen: 9, middle: 2, top: 1 },
    { layers: 24, frozen: 18, middle: 4, top: 2 },
    { layers: 4, frozen: 2, middle: 1, top: 1 },
    { layers: 2, frozen: 1, middle: 0, top: 1 },
  ])("splits $layers layers into $frozen, $middle and $top", ({ layers, frozen, middle, top }) => {
    const { cut, rateShares } = tuningPlan(bertOf(layers));
    expect(cut).toBe(frozen);
    const layersWith = (share: number): number =>
      new Set(
        [...rateShares]
          .filter(([name, each]) => each === share && name.includes("encoder.layer"))
          .map(([name]) => /layer\.(\d+)/.exec(name)?.[1]),
      ).size;
    expect([layersWith(0.3), layersWith(1)]).toEqual([middle, top]);
  });

  it("counts the weights of the layers below the cut", () => {
    const { frozenCount } = tuningPlan(bertOf(4));
    // Four matrices of attention and two of the feed-forward part, their biases, two norms.
    const layer = 4 * (8 * 8 + 8) + (8 * 16 + 16) + (16 * 8 + 8) + 4 * 8;
    expect(frozenCount).toBe(2 * layer);
    expect(tuningPlan(bertOf(1)).frozenCount).toBe(0);
  });

  it("trains the head, but neither embeddings nor the decoder", () => {
    const { rateShares } = tuningPlan(bertOf(4));
    const others = [...rateShares.keys()].filter((name) => !name.includes("encoder.layer"));
    expect(others.sort()).toEqual([
      "cls.predictions.bias",
      "cls.predictions.transform.LayerNorm.bias",
      "cls.predictions.transform.LayerNorm.weight",
      "cls.predictions.transform.dense.bias",
      "cls.predictions.transform.dense.weight",
    ]);
  });
});

describe("loraWeights", () => {
  const modernBert = maskedLanguageModel({
    model_type: "modernbert",
    vocab_size: 50,
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 16,
  });
  const bert = bertOf(2);

  it.each([
    [bert, "attention", ["query", "key", "value", "attention.output.dense"]],
    [bert, "mlp", ["intermediate.dense", "1.output.dense"]],
    [bert, "head", ["cls.predictions.transform.dense"]],
    [modernBert, "attention", ["attn.Wqkv", "attn.Wo"]],
    [modernBert, "mlp", ["mlp.Wi", "mlp.Wo"]],
    [modernBert, "head", ["head.dense"]],
  ] as const)("finds the matrices of a part by their place %#", (model, target, endings) => {
    const names = loraWeights(model, tuningPlan(model).rateShares, [target]);
    expect(names).toHaveLength(endings.length);
    for (const ending of endings) {
      expect(names.filter((name) => name.endsWith(`${ending}.weight`))).toHaveLength(1);
    }
  });
});
