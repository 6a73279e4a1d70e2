// What the processor offers to the engine's kernels.

import { readFileSync } from "node:fs";
import { arch } from "node:os";

/** Features that decide which kernels run, sorted; "unknown" where the system does not tell. */
export function processorFeatures(): readonly string[] {
  if (arch() !== "x64") return [arch()];
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    const present = new Set(flags.trim().split(/\s+/));
    return ["x64", ...KERNEL_FLAGS.filter((flag) => present.has(flag))].toSorted();
  } catch {
    return ["unknown", "x64"];
  }
}

const KERNEL_FLAGS = [
  "amx_int8",
  "amx_tile",
  "avx",
  "avx2",
  "avx512_bf16",
  "avx512_vnni",
  "avx512bw",
  "avx512f",
  "avx_vnni",
  "f16c",
  "fma",
];

/**
 * The largest 8-bit weight that is safe to multiply with: without VNNI, x64 kernels add pairs of
 * unsigned by signed products in 16 bits, which weights above 63 can overflow.
 */
export function int8Limit(): 127 | 63 {
  const features = processorFeatures();
  const wide = ["avx512_vnni", "avx_vnni", "amx_int8"].some((flag) => features.includes(flag));
  return wide || !features.includes("x64") ? 127 : 63;
}
