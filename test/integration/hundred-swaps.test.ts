// A hundred swaps leave nothing behind: no memory, process, file handle or file.

import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Held, Swapped, SwapOrder } from "../helpers/swapping.main.ts";

const ENTRY = path.resolve(import.meta.dirname, "../helpers/swapping.main.ts");
const GROWTH_MAX = 1.05;
const isLinux = existsSync("/proc/self/statm");

/** What grew from one moment to the other. */
function leaksOf({ before, after }: Swapped): string[] {
  const grew = (field: keyof Omit<Held, "files">, factor: number): string[] =>
    after[field] > before[field] * factor ? [field] : [];
  const known = new Set(before.files);
  return [
    ...grew("gatewayBytes", GROWTH_MAX),
    ...grew("replicaBytes", GROWTH_MAX),
    ...grew("processes", 1),
    ...grew("handles", 1),
    ...after.files.filter((file) => !known.has(file)),
  ];
}

async function swap(order: Omit<SwapOrder, "folder">): Promise<Swapped> {
  const folder = mkdtempSync(path.join(tmpdir(), "whetstone-swaps-"));
  const child = fork(ENTRY, [JSON.stringify({ folder, ...order })], {
    execArgv: ["--expose-gc", "--import", "tsx"],
    // What it leaves in the system's temporary folder is seen as well.
    env: { ...process.env, TMPDIR: folder },
  });
  try {
    const [message] = (await once(child, "message")) as [Swapped];
    await once(child, "exit");
    return message;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(!isLinux)("a server that swaps its versions", () => {
  it("holds after a hundred swaps what it held before them", async () => {
    const swapped = await swap({ rounds: 25, isLeaking: false });
    expect(swapped.swapCount).toBe(100);
    expect(leaksOf(swapped), JSON.stringify(swapped)).toEqual([]);
  }, 240_000);

  it("would be found out if it held more", async () => {
    const swapped = await swap({ rounds: 5, isLeaking: true });
    const expected = ["gatewayBytes", "processes", "handles", "left-40.tmp"];
    expect(leaksOf(swapped), JSON.stringify(swapped)).toEqual(expect.arrayContaining(expected));
  }, 240_000);
});
