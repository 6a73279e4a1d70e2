import { describe, expect, it } from "vitest";
import { domainQuestions } from "./domain-questions.ts";
import type { TuningSample } from "./material.ts";

/** A sample whose first answer is token `label`. */
function sampleOf(label: number, domain?: string): TuningSample {
  const target = { column: 2, label, wanted: 1, unwanted: 0 };
  const whole = { ids: [1, 5, 4, 2], targets: [target] };
  const sample = { row: label, text: "", answers: [], rejected: [], domain };
  return { sample, accepted: [{ whole, views: [], begun: [] }], rejected: [] };
}

describe("domainQuestions", () => {
  it("asks what has a domain, held out apart from learned earlier", () => {
    const questions = domainQuestions({
      heldOut: [sampleOf(7, "合同"), sampleOf(8), sampleOf(9, " ")],
      earlier: [sampleOf(10, "合同"), sampleOf(11, "物流")],
    });
    expect(questions.map(({ domain, on, labels }) => [domain, on, ...labels])).toEqual([
      ["合同", "held-out", 7],
      ["合同", "earlier", 10],
      ["物流", "earlier", 11],
    ]);
    expect(questions[0]).toMatchObject({ ids: [1, 5, 4, 2], columns: [2] });
  });

  it("asks some of many, of each of the largest domains", () => {
    const many = Array.from({ length: 900 }, (_, i) => sampleOf(i, i % 3 === 0 ? "小" : "大"));
    const rare = Array.from({ length: 30 }, (_, i) => sampleOf(i, `少 ${i}`));
    const questions = domainQuestions({ heldOut: [], earlier: [...rare, ...many] });
    const domains = new Map<string, number>();
    for (const { domain } of questions) domains.set(domain, (domains.get(domain) ?? 0) + 1);
    expect(domains.size).toBe(20);
    expect([domains.get("大"), domains.get("小"), domains.get("少 29")]).toEqual([
      10,
      10,
      undefined,
    ]);
  });

  it("asks nothing of samples whose answers the vocabulary lacks", () => {
    const unknown = { ...sampleOf(7, "合同"), accepted: [] };
    expect(domainQuestions({ heldOut: [unknown], earlier: [] })).toEqual([]);
  });
});
