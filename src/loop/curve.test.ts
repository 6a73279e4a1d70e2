import { expect, it } from "vitest";
import { extendedCurve, type CurvePoint } from "./curve.ts";

it("stays small and keeps the first and the newest point", () => {
  let curve: CurvePoint[] = [];
  for (let step = 1; step <= 5000; step++) curve = extendedCurve(curve, { step, loss: 1 / step });
  expect(curve.length).toBeLessThanOrEqual(241);
  expect([curve[0]?.step, curve.at(-1)?.step]).toEqual([1, 5000]);
});

it("forgets what a killed run did after its last checkpoint", () => {
  const curve = [1, 2, 3, 4].map((step) => ({ step, loss: step }));
  expect(extendedCurve(curve, { step: 3, loss: 9 })).toEqual([
    { step: 1, loss: 1 },
    { step: 2, loss: 2 },
    { step: 3, loss: 9 },
  ]);
});
