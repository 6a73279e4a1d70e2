import { expect, it } from "vitest";
import { mapInTurns } from "./in-turns.ts";

it("maps in order, and lets others go on meanwhile", async () => {
  let turns = 0;
  const other = setInterval(() => turns++, 1);
  const busy = (value: number): number => {
    const untilMs = performance.now() + 6;
    while (performance.now() < untilMs);
    return 2 * value;
  };
  expect(await mapInTurns([1, 2, 3, 4, 5, 6], busy)).toEqual([2, 4, 6, 8, 10, 12]);
  clearInterval(other);
  expect(turns).toBeGreaterThan(0);
});

it("fails as its work does", async () => {
  const work = (): never => {
    throw new RangeError("no");
  };
  await expect(mapInTurns([1], work)).rejects.toThrow("no");
});
