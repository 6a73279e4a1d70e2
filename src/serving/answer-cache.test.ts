import { describe, expect, it } from "vitest";
import { AppError } from "../base/index.ts";
import type { FillInput, FillOutput } from "../tasks/fill-mask/index.ts";
import { AnswerCache } from "./answer-cache.ts";

/** A cache before somebody who numbers his answers, and what he was asked. */
function setUp(maxBytes = 1_000_000) {
  const cache = new AnswerCache(maxBytes);
  const asked: string[] = [];
  const ask = async (
    inputs: readonly (Partial<FillInput> & { readonly text: string })[],
    { version = "v1", skipCache = false } = {},
  ): Promise<{ words: (string | undefined)[]; hitCount: number }> => {
    const question = { inputs: inputs.map((input) => ({ topK: 1, ...input })), skipCache };
    const { results, hitCount } = await cache.through(version, question, async (missing) =>
      missing.map(({ text }) => {
        asked.push(text);
        return text === "bad" ? new AppError("no_blank", "no blank") : outputOf(asked.length);
      }),
    );
    const words = results.map((result) =>
      result instanceof AppError ? result.code : result.blanks[0]?.candidates[0]?.text,
    );
    return { words, hitCount };
  };
  return { cache, asked, ask };
}

function outputOf(number: number): FillOutput {
  return { blanks: [{ candidates: [{ text: `${number}`, score: 0.5, sequence: "…" }] }] };
}

describe("answers in memory", () => {
  it("are given again for the same question, and only what is missing is asked", async () => {
    const { ask, asked, cache } = setUp();
    expect(await ask([{ text: "a" }])).toEqual({ words: ["1"], hitCount: 0 });
    expect(await ask([{ text: "b" }, { text: "a" }])).toEqual({ words: ["2", "1"], hitCount: 1 });
    expect(await ask([{ text: "a" }, { text: "b" }])).toEqual({ words: ["1", "2"], hitCount: 2 });
    expect(asked).toEqual(["a", "b"]);
    expect(cache.statistics()).toMatchObject({ hits: 3, misses: 2, entries: 2 });
  });

  it("are never those of another version", async () => {
    const { ask } = setUp();
    await ask([{ text: "a" }]);
    expect(await ask([{ text: "a" }], { version: "v2" })).toEqual({ words: ["2"], hitCount: 0 });
    expect(await ask([{ text: "a" }])).toEqual({ words: ["1"], hitCount: 1 });
  });

  it.each([
    { topK: 2 },
    { length: 1 as const },
    { length: "auto" as const },
    { targets: ["岸"] },
    { text: "a " },
  ])("are not for a question that differs in %j", async (difference) => {
    const { ask } = setUp();
    await ask([{ text: "a" }]);
    expect(await ask([{ text: "a", ...difference }])).toMatchObject({ hitCount: 0 });
    expect(await ask([{ text: "a", ...difference }])).toMatchObject({ hitCount: 1 });
  });

  it("know a question by what is asked, not by how it is written down", async () => {
    const { ask } = setUp();
    await ask([{ text: "a", topK: 3, targets: undefined }]);
    expect(await ask([{ length: undefined, topK: 3, text: "a" }])).toMatchObject({ hitCount: 1 });
  });

  it("are not made of errors", async () => {
    const { ask, asked } = setUp();
    await ask([{ text: "bad" }]);
    expect(await ask([{ text: "bad" }])).toEqual({ words: ["no_blank"], hitCount: 0 });
    expect(asked).toEqual(["bad", "bad"]);
  });

  it("are passed over by who wants the model asked, and renewed", async () => {
    const { ask } = setUp();
    await ask([{ text: "a" }]);
    expect(await ask([{ text: "a" }], { skipCache: true })).toEqual({ words: ["2"], hitCount: 0 });
    expect(await ask([{ text: "a" }])).toEqual({ words: ["2"], hitCount: 1 });
  });

  it("stay within their bytes, and the one used longest ago goes first", async () => {
    const { ask, cache } = setUp(2000);
    for (const text of ["a", "b", "c", "a", "d", "e", "a"]) await ask([{ text }]);
    expect(cache.statistics().bytes).toBeLessThanOrEqual(2000);
    expect(cache.statistics().entries).toBeGreaterThan(1);
    expect(await ask([{ text: "a" }])).toMatchObject({ hitCount: 1 });
    expect(await ask([{ text: "b" }])).toMatchObject({ hitCount: 0 });
    await ask([{ text: "长".repeat(3000) }]);
    expect(await ask([{ text: "长".repeat(3000) }])).toMatchObject({ hitCount: 0 });
  });

  it("are not kept at all at 0 bytes", async () => {
    const { ask, cache } = setUp(0);
    await ask([{ text: "a" }]);
    expect(await ask([{ text: "a" }])).toEqual({ words: ["2"], hitCount: 0 });
    expect([cache.isOn, cache.statistics().entries]).toEqual([false, 0]);
  });
});
