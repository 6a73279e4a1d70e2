import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { KnownTokens, overconfidence, temperatureFor, type ScoredToken } from "./temperature.ts";

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

describe("KnownTokens", () => {
  const logits = (value: number): Float32Array => Float32Array.of(value, 0);

  it("keeps what stood at the place of questions with one token, and no others", () => {
    const known = new KnownTokens([{ labels: [1] }, { labels: [0, 1] }, { labels: [] }]);
    const reused = logits(7);
    known.see(1, [logits(5), logits(6)]);
    known.see(0, [reused]);
    reused.fill(0);
    expect(known.tokens).toEqual([{ logits: logits(7), label: 1 }]);
  });

  it("looks at some of each suite, at most of the largest", () => {
    const known = new KnownTokens(Array.from({ length: 4000 }, () => ({ labels: [1] })));
    // Suites stand one after another: 3,000 questions of the first, then those of the second.
    for (let i = 0; i < 4000; i++) known.see(i, [logits(i)]);
    const first = known.tokens.filter((token) => (token.logits[0] as number) < 3000).length;
    expect(known.tokens).toHaveLength(KnownTokens.MAX);
    expect(KnownTokens.MAX - first).toBeGreaterThan(500);
    expect(first).toBeGreaterThan(2 * (KnownTokens.MAX - first));
  });
});
