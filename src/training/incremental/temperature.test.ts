import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { overconfidence, temperatureFor, type ScoredToken } from "./temperature.ts";

/** Every token as often as its probability under softmax(logits / temperature) says. */
function tokensAt(temperature: number): ScoredToken[] {
  const logits = Float32Array.of(2, 1, 0, -1);
  const weights = [...logits].map((logit) => Math.exp(logit / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.flatMap((weight, label) =>
    Array.from({ length: Math.round((2000 * weight) / total) }, () => ({ logits, label })),
  );
}

describe("the temperature of a version", () => {
  it.each([0.7, 1, 1.6])("is the %d that made the tokens where none is to be too sure", (made) => {
    expect(temperatureFor(tokensAt(made), 0)).toBeCloseTo(made, 1);
  });

  it.each([0.8, 1, 1.3])("takes back that a training made scores sharper by %d", (factor) => {
    const random = createRandom(1);
    const before = Array.from({ length: 300 }, (_, i): ScoredToken => {
      return {
        logits: Float32Array.from({ length: 20 }, () => 3 * random.normal()),
        label: i % 20,
      };
    });
    const after = before.map(({ logits, label }) => ({
      logits: logits.map((logit) => logit * factor),
      label,
    }));
    const wanted = overconfidence(before, 1.2);
    expect(temperatureFor(after, wanted)).toBeCloseTo(1.2 * factor, 1);
  });

  it("is not changed by a token that became unlikely where nothing else did", () => {
    const before: ScoredToken[] = [
      { logits: Float32Array.of(4, 1, 0), label: 0 },
      { logits: Float32Array.of(2, 0, 1), label: 1 },
    ];
    const other = Math.log(1 + Math.E - Math.exp(-5));
    const after = [before[0]!, { logits: Float32Array.of(2, -5, other), label: 1 }];
    expect(temperatureFor(after, overconfidence(before, 1))).toBeCloseTo(1, 1);
  });
});

describe("overconfidence", () => {
  it("is how much surer than right the first tokens are", () => {
    const logits = Float32Array.of(0, Math.log(3));
    const token = (label: number): ScoredToken => ({ logits, label });
    expect(overconfidence([token(1), token(1)], 1)).toBeCloseTo(-0.25);
    expect(overconfidence([token(1), token(0)], 1)).toBeCloseTo(0.25);
    expect(overconfidence([], 1)).toBe(0);
  });
});
