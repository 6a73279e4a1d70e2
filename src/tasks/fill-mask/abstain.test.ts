import { describe, expect, it } from "vitest";
import { abstainBelow } from "./abstain.ts";
import type { FillOutput } from "./types.ts";

const input = { text: "订单没___，[MASK]有空", topK: 2 };
const word = (text: string, score: number, sequence: string) => ({ text, score, sequence });
const output: FillOutput = {
  blanks: [
    {
      candidates: [
        word("生效", 0.4, "订单没生效，没有空"),
        word("发货", 0.3, "订单没发货，没有空"),
      ],
    },
    { candidates: [word("没", 0.7, "订单没生效，没有空"), word("还", 0.2, "订单没生效，还有空")] },
  ],
};

describe("abstainBelow", () => {
  it("leaves a blank open whose best word is less sure, in all sequences as it was written", () => {
    expect(abstainBelow(0.5, input, output)).toEqual({
      blanks: [
        { candidates: [], abstained: true },
        {
          candidates: [word("没", 0.7, "订单没___，没有空"), word("还", 0.2, "订单没___，还有空")],
        },
      ],
    });
  });

  it("judges each blank by its best word alone", () => {
    const open = { candidates: [], abstained: true };
    expect(abstainBelow(0.71, input, output)).toEqual({ blanks: [open, open] });
    expect(abstainBelow(0.4, input, output)).toEqual(output);
  });

  it("leaves none open at 0, not even one whose words have score 0", () => {
    const none = { blanks: [{ candidates: [word("龘", 0, "龘")] }] };
    expect(abstainBelow(0, { text: "___", topK: 1 }, none)).toEqual(none);
  });
});
