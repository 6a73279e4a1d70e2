// The memory of a process with its children, as its share of what is mapped (PSS), sampled.

import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_MS = 200;

/** Watches what descends from this process; Linux only. */
export class MemoryWatch {
  #peakBytes = 0;
  readonly #timer = setInterval(() => this.#sample(), SAMPLE_MS);

  /** Ends the watch and gives the highest sum seen, undefined where the system does not tell. */
  end(): number | undefined {
    clearInterval(this.#timer);
    return this.#peakBytes === 0 ? undefined : this.#peakBytes;
  }

  #sample(): void {
    const bytes = descendants(process.pid).reduce((sum, pid) => sum + pssBytes(pid), 0);
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
  }
}

/** Processes below `ancestor`, itself left out; none where the system does not tell. */
export function descendants(ancestor: number): number[] {
  try {
    const parents = new Map(
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map((name) => [Number(name), parentOf(Number(name))]),
    );
    const below = new Set([ancestor]);
    for (let size = 0; size !== below.size;) {
      size = below.size;
      for (const [pid, parent] of parents) if (below.has(parent)) below.add(pid);
    }
    below.delete(ancestor);
    return [...below];
  } catch {
    return [];
  }
}

function parentOf(pid: number): number {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return 0;
  }
}

/** /proc/PID/stat from the process's state on: its parent is field 1, its CPU times are 11 to 14. */
export function statFields(pid: number): readonly string[] {
  // The name in brackets may hold anything; what follows the last bracket is in order.
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
}

/** The proportional share of memory of a process; 0 where the system does not tell. */
export function pssBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return 1024 * Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Whether a process maps a file whose path contains `part`. */
export function mapsFile(pid: number, part: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8").includes(part);
  } catch {
    return false;
  }
}
