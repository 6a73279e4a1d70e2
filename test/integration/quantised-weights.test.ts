// The layout of checkpoint/quantisation.ts, checked by the engine that multiplies with it.

import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";

import { createRandom } from "../../src/base/index.ts";
import { quantiseChannels, type WeightMatrix } from "../../src/checkpoint/index.ts";
import { GraphBuilder, encodeModel } from "../../src/onnx/index.ts";
import { dequantiseChannels } from "../helpers/dequantised.ts";

const M = 3;

function randomMatrix(rows: number, columns: number): Float32Array {
  const random = createRandom(rows * 1000 + columns);
  return Float32Array.from({ length: rows * columns }, () => random.normal());
}

/** X [M, K] · W [K, N] in float64. */
function product(x: Float32Array, w: Float32Array, k: number): number[] {
  const n = w.length / k;
  return Array.from({ length: (x.length / k) * n }, (_, i) => {
    const row = Math.floor(i / n);
    let sum = 0;
    for (let j = 0; j < k; j++) sum += (x[row * k + j] as number) * (w[j * n + (i % n)] as number);
    return sum;
  });
}

async function run(graph: GraphBuilder, x: Tensor): Promise<number[]> {
  const session = await InferenceSession.create(encodeModel(graph.model()));
  try {
    const outputs = await session.run({ x });
    return Array.from(outputs["y"]?.data as Float32Array);
  } finally {
    await session.release();
  }
}

function expectClose(seen: number[], expected: number[]): void {
  expect(seen).toHaveLength(expected.length);
  const worst = seen.reduce((max, y, i) => Math.max(max, Math.abs(y - (expected[i] as number))), 0);
  expect(worst).toBeLessThan(1e-3);
}

describe("MatMulInteger", () => {
  it("multiplies with the weights that int8 codes and scales stand for", async () => {
    const [k, n] = [70, 6];
    const matrix: WeightMatrix = { data: randomMatrix(n, k), k, n, layout: "NK" };
    const quantised = quantiseChannels(matrix, 63);
    const bytes = new Uint8Array(quantised.codes.buffer);
    const graph = new GraphBuilder();
    const x = graph.input("x", "uint8", [M, k]);
    const codes = graph.initializer("codes", { dtype: "int8", dims: [k, n], bytes });
    const sums = graph.emit("Cast", [graph.emit("MatMulInteger", [x, codes])], { to: 1 });
    const scales = graph.constant("float32", [n], [...quantised.scales]);
    graph.output(graph.emit("Mul", [sums, scales]), "y");
    const integers = Uint8Array.from({ length: M * k }, (_, i) => (i * 37) % 256);
    const y = await run(graph, new Tensor("uint8", integers, [M, k]));
    const expected = product(Float32Array.from(integers), dequantiseChannels(quantised), k);
    expectClose(y, expected);
  });
});
