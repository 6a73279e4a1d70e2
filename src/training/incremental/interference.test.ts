import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { turningGraph, turnOf } from "./interference.ts";
import { openGraph } from "./tuning-step.ts";

const WIDTH = 12;
const ROWS = 3;
const random = createRandom(5);

/** XᵀX of vectors that lie mostly along some directions, scaled to a mean eigenvalue of 1. */
function products(directions: readonly (readonly number[])[]): Float32Array {
  const found = new Float32Array(WIDTH * WIDTH);
  for (let k = 0; k < 200; k++) {
    const x = Array.from({ length: WIDTH }, () => 0.02 * random.normal());
    for (const direction of directions) {
      const share = random.normal();
      for (let i = 0; i < WIDTH; i++) x[i] = (x[i] as number) + share * (direction[i] as number);
    }
    for (let i = 0; i < WIDTH; i++) {
      for (let j = 0; j < WIDTH; j++) {
        found[i * WIDTH + j]! += (x[i] as number) * (x[j] as number);
      }
    }
  }
  let trace = 0;
  for (let i = 0; i < WIDTH; i++) trace += found[i * WIDTH + i] as number;
  return found.map((value) => (value * WIDTH) / trace);
}

const unit = (at: number): number[] => Array.from({ length: WIDTH }, (_, i) => Number(i === at));
const change = Float32Array.from({ length: ROWS * WIDTH }, () => random.normal());

/** The change times the matrix that turns it away. */
async function turnedBy(ofSamples: Float32Array, ofKept: Float32Array): Promise<Float32Array> {
  using session = await openGraph(turningGraph(), 1);
  const turn = await turnOf(ofSamples, ofKept, session);
  return change.map((_, at) => {
    const [row, column] = [Math.floor(at / WIDTH), at % WIDTH];
    let sum = 0;
    for (let i = 0; i < WIDTH; i++) {
      sum += (change[row * WIDTH + i] as number) * (turn[i * WIDTH + column] as number);
    }
    return sum;
  });
}

/** Of the rows of a change along one direction. */
function along(data: Float32Array, at: number): number {
  return Math.hypot(...Array.from({ length: ROWS }, (_, row) => data[row * WIDTH + at] as number));
}

describe("turning a change away from what is to be kept", () => {
  it("takes back what only kept texts feel, and leaves what only samples feel", async () => {
    const result = await turnedBy(products([unit(0), unit(1)]), products([unit(2), unit(3)]));
    for (const at of [0, 1]) expect(along(result, at) / along(change, at)).toBeGreaterThan(0.98);
    for (const at of [2, 3]) expect(along(result, at) / along(change, at)).toBeLessThan(0.02);
  });

  it("weighs both where both feel it", async () => {
    const both = products([unit(0), unit(1)]);
    const result = await turnedBy(both, both);
    for (const at of [0, 1]) {
      expect(along(result, at) / along(change, at)).toBeCloseTo(1 / 1.3, 2);
    }
  });

  it("finds the least of the sum that it is to make small", async () => {
    const [ofSamples, ofKept] = [products([unit(0), unit(4)]), products([unit(4), unit(7)])];
    const result = await turnedBy(ofSamples, ofKept);
    const cost = (data: Float32Array): number => {
      let sum = 0;
      for (let row = 0; row < ROWS; row++) {
        for (let i = 0; i < WIDTH; i++) {
          const [di, ci] = [data[row * WIDTH + i] as number, change[row * WIDTH + i] as number];
          sum += 1e-3 * (di - ci) ** 2;
          for (let j = 0; j < WIDTH; j++) {
            const [dj, cj] = [data[row * WIDTH + j] as number, change[row * WIDTH + j] as number];
            sum += (ofSamples[i * WIDTH + j] as number) * (di - ci) * (dj - cj);
            sum += 0.3 * (ofKept[i * WIDTH + j] as number) * di * dj;
          }
        }
      }
      return sum;
    };
    const least = cost(result);
    for (let k = 0; k < 20; k++) {
      const beside = result.map((value) => value + 0.02 * random.normal());
      expect(cost(beside)).toBeGreaterThan(least);
    }
  });
});
