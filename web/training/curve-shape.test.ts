import { expect, it } from "vitest";
import { curveShape } from "./curve-shape.ts";

const BOX = { width: 100, height: 50, totalSteps: 10 };

it("draws nothing before the first step", () => {
  expect(curveShape([], BOX)).toBeUndefined();
});

it("puts the largest loss at the top, 0 at the bottom, and leaves room for steps to come", () => {
  const curve = [
    { step: 1, loss: 4, heldOutLoss: 4 },
    { step: 5, loss: 4, heldOutLoss: 2 },
  ];
  expect(curveShape(curve, BOX)).toEqual({
    loss: "10.0,0.0 50.0,0.0",
    heldOut: "10.0,0.0 50.0,25.0",
    steps: 5,
    range: [4, 0],
  });
});

it("draws a run without held-out losses, of one step, with a loss of 0", () => {
  expect(curveShape([{ step: 1, loss: 0 }], { ...BOX, totalSteps: 0 })).toMatchObject({
    loss: "100.0,50.0",
    heldOut: "",
  });
});
