import { describe, expect, it } from "vitest";

import { chooseAlpha, type SweepPoint } from "./sweep.ts";

/** Held-out accuracies by α; what each α would lose of the probes is told when asked for. */
async function choose(
  accuracies: Readonly<Record<string, number>>,
  {
    losses = {},
    driftLimit = 0.01,
    heldOutCount = 100,
  }: { losses?: Record<string, number>; driftLimit?: number; heldOutCount?: number } = {},
): Promise<{ alpha: number; asked: number[]; points: readonly SweepPoint[] }> {
  const asked: number[] = [];
  const { chosen, points } = await chooseAlpha(
    Object.entries(accuracies)
      .map(([alpha, heldOutAccuracy]) => ({
        alpha: Number(alpha),
        heldOutAccuracy,
        heldOutLoss: 1,
      }))
      // Whole numbers come first among the keys of an object.
      .toSorted((a, b) => a.alpha - b.alpha),
    {
      driftLimit,
      heldOutCount,
      measureProbeLoss: (alpha) => {
        asked.push(alpha);
        return Promise.resolve(losses[alpha] ?? 0);
      },
    },
  );
  return { alpha: chosen.alpha, asked, points };
}

describe("chooseAlpha", () => {
  it("takes the largest gain within the drift budget", async () => {
    const accuracies = { "0.5": 0.8, "0.75": 0.9, "1": 1 };
    const losses = { "0.75": 0.01, "1": 0.02 };
    expect((await choose(accuracies, { losses })).alpha).toBe(0.75);
    expect((await choose(accuracies, { losses, driftLimit: 0.02 })).alpha).toBe(1);
  });

  it("goes farther where the held-out samples cannot tell the difference", async () => {
    const accuracies = { "0.5": 0.6, "0.75": 0.8, "1": 0.78 };
    expect((await choose(accuracies)).alpha).toBe(1);
    expect((await choose(accuracies, { heldOutCount: 1000 })).alpha).toBe(0.75);
  });

  it("asks the probes about no more than it must", async () => {
    const { asked, points } = await choose({ "0.5": 0.6, "0.75": 0.9, "1": 0.9 });
    expect(asked).toEqual([1]);
    expect(points.map(({ probeLoss }) => probeLoss)).toEqual([undefined, undefined, 0]);
  });

  it("goes least far when all forget too much", async () => {
    const losses = { "0.5": 0.1, "1": 0.1 };
    const { alpha, asked } = await choose({ "0.5": 0.5, "1": 0.5 }, { losses });
    expect(alpha).toBe(0.5);
    expect(asked).toEqual([1, 0.5]);
  });
});
