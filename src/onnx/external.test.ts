import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { required } from "../base/index.ts";
import {
  EXTERNAL_ALIGNMENT_BYTES,
  EXTERNAL_SIZE_MIN_BYTES,
  moveToExternal,
  moveToMemory,
} from "./external.ts";
import { isExternal, type Graph } from "./graph.ts";
import { literal } from "./literal.ts";

const graphWith = (sizes: readonly number[]): Graph => ({
  name: "g",
  inputs: [],
  outputs: [],
  nodes: [],
  initializers: new Map(
    sizes.map((size, i) => [`w${i}`, literal("uint8", [size], new Uint8Array(size).fill(i))]),
  ),
});

describe("moveToExternal", () => {
  it("puts every large tensor on pages of its own, in order, and leaves small ones", () => {
    const sizes = fc.array(fc.oneof(fc.nat(20_000), fc.constantFrom(1023, 1024, 4096, 4097)));
    const property = fc.property(sizes, (list) => {
      const before = graphWith(list);
      const { graph, chunks } = moveToExternal(before, "data.bin");
      let end = 0;
      const remaining = [...chunks];
      for (const [name, tensor] of before.initializers) {
        const after = graph.initializers.get(name);
        const bytes = tensor.bytes as Uint8Array;
        if (bytes.length < EXTERNAL_SIZE_MIN_BYTES) {
          expect(after).toBe(tensor);
          continue;
        }
        const chunk = remaining.shift();
        expect(chunk?.bytes).toBe(bytes);
        const offsetBytes = chunk?.offsetBytes ?? NaN;
        expect(offsetBytes % EXTERNAL_ALIGNMENT_BYTES).toBe(0);
        expect(offsetBytes).toBeGreaterThanOrEqual(end);
        expect(offsetBytes - end).toBeLessThan(EXTERNAL_ALIGNMENT_BYTES);
        expect(after).toEqual({
          dtype: "uint8",
          dims: tensor.dims,
          bytes: { location: "data.bin", offsetBytes, lengthBytes: bytes.length },
        });
        end = offsetBytes + bytes.length;
      }
      expect(remaining).toEqual([]);
    });
    fc.assert(property, { numRuns: 50 });
  });

  it("leaves tensors where they are that lie in a file already", () => {
    const once = moveToExternal(graphWith([5000]), "a.bin").graph;
    const twice = moveToExternal(once, "b.bin");
    expect(twice.chunks).toEqual([]);
    const tensor = twice.graph.initializers.get("w0");
    expect(tensor && isExternal(tensor.bytes) && tensor.bytes.location).toBe("a.bin");
  });
});

describe("moveToMemory", () => {
  it("leaves the bytes of large tensors where they lie, each under a location of its own", () => {
    const before = graphWith([5000, 10, 2000]);
    const { graph, tensors } = moveToMemory(before);
    const large = ["w0", "w2"].map((name) => required(before.initializers.get(name), name));
    expect(tensors.map(({ bytes }) => bytes)).toEqual(large.map(({ bytes }) => bytes));
    tensors.forEach(({ bytes }, i) => expect(bytes).toBe(large[i]?.bytes));
    expect(graph.initializers.get("w1")).toBe(before.initializers.get("w1"));
    const places = ["w0", "w2"].map((name) => graph.initializers.get(name)?.bytes);
    expect(places).toEqual(
      tensors.map(({ location, bytes }) => {
        return { location, offsetBytes: 0, lengthBytes: bytes.length };
      }),
    );
    expect(new Set(tensors.map(({ location }) => location)).size).toBe(2);
  });
});
