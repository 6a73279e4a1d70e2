// What quantised weights stand for, to be compared with what they were made from.

import type { ChannelQuantised } from "../../src/checkpoint/index.ts";

/** The float32 matrix [K, N] that int8 codes stand for. */
export function dequantiseChannels({ codes, scales }: ChannelQuantised): Float32Array {
  return Float32Array.from(codes, (code, i) => code * (scales[i % scales.length] as number));
}
