// What a measurement was made on, as a program sees it: no host names.

import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { readFileSync } from "node:fs";
import { engineVersion, processorFeatures } from "../../src/runtime/index.ts";
import { descendants, statFields } from "./memory.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly features: readonly string[];
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
  readonly engine: string;
  /** The commit, with "+" when files differ from it. */
  readonly commit: string;
}

export function describeMachine(): Machine {
  const processors = os.cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    features: processorFeatures(),
    memoryGigabytes: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.arch()}`,
    node: process.version,
    engine: `onnxruntime-node ${engineVersion()}`,
    commit: commit(),
  };
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
  try {
    const dirty = git("status", "--porcelain", "--untracked-files=no", "src", "bench") !== "";
    return git("rev-parse", "--short", "HEAD") + (dirty ? "+" : "");
  } catch {
    return "unknown";
  }
}

/** Counts what other programs take of the cores; a quiet machine shows less than 0.1. */
export class OtherLoad {
  readonly #started = now();

  /** Cores that others used since this was made; undefined where the system does not tell. */
  cores(): number | undefined {
    const [then, ended] = [this.#started, now()];
    if (then === undefined || ended === undefined) return undefined;
    const used = (ended.busySeconds - then.busySeconds) / (ended.seconds - then.seconds);
    return Math.round(Math.max(0, used) * 100) / 100;
  }
}

/** Seconds that all cores spent on anything but this process and its children. */
function now(): { seconds: number; busySeconds: number } | undefined {
  try {
    const line = readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "";
    const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    const busy = (user + nice + system + irq + soft + steal) / TICKS_PER_SECOND;
    const busySeconds = busy - ownCpuSeconds();
    return { seconds: performance.now() / 1000, busySeconds };
  } catch {
    return undefined;
  }
}

/** The kernel counts in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** CPU time of this process and of all that descends from it, whether it runs or has ended. */
export function ownCpuSeconds(): number {
  return [...descendants(process.pid), process.pid].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** CPU time of a process and of its children that have ended; 0 once it is gone itself. */
function cpuSeconds(pid: number): number {
  try {
    const ticks = statFields(pid).slice(11, 15).map(Number);
    return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}
