// The directory of one training run: held by one process at a time, with what need not be done
// twice.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, messageOf } from "../base/index.ts";
import { writeFileAtomically } from "../checkpoint/index.ts";
import { heldBy, isMarkAlive, ownMark } from "../jobs/index.ts";

const LOCK = "pid";

/** A run directory that this process alone uses until it is disposed of. */
export interface RunDirectory extends Disposable {
  /**
   * What was computed under this name from equal facts, computed and stored when it is not there
   * yet: what is asked may be another by the time that a run is continued.
   */
  remembered<T>(name: string, facts: object, compute: () => Promise<T>): Promise<T>;
}

/** A process that was just killed is seen for a moment longer. */
const DYING_MS = 2000;
const DYING_CHECK_MS = 50;

/**
 * Makes the directory and holds it until disposed of; one left by a dead process is taken over.
 *
 * @throws AppError `conflict` while another process trains there.
 */
export async function holdRunDirectory(directory: string): Promise<RunDirectory> {
  const lock = path.join(directory, LOCK);
  mkdirSync(directory, { recursive: true });
  for (let waitedMs = 0; !take(lock);) {
    const holder = holderOf(lock);
    if (!isMarkAlive(holder)) {
      rmSync(lock, { force: true });
    } else if (waitedMs < DYING_MS) {
      await sleep(DYING_CHECK_MS);
      waitedMs += DYING_CHECK_MS;
    } else {
      throw heldBy(holder, "The same training");
    }
  }
  return {
    remembered: (name, facts, compute) => {
      const digest = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
      return remembered(directory, `${name}-${digest.slice(0, 16)}`, compute);
    },
    [Symbol.dispose]: () => {
      rmSync(lock, { force: true });
      // A run that failed before it did anything leaves nothing to be continued.
      if (readdirSync(directory).length === 0) rmdirSync(directory);
    },
  };
}

/**
 * When the oldest run under way beside `runDirectory` was taken up, in ms since 1970; Infinity when
 * there is none.
 */
export function othersSinceMs(runDirectory: string): number {
  const root = path.dirname(runDirectory);
  const locks = readdirSync(root)
    .filter((name) => name !== path.basename(runDirectory))
    .map((name) => path.join(root, name, LOCK));
  const times = locks.flatMap((lock) => {
    // A file that lies among the runs has no lock, and cannot be asked for one.
    if (!isMarkAlive(holderOf(lock))) return [];
    const stats = statSync(lock, { throwIfNoEntry: false });
    return stats === undefined ? [] : [stats.mtimeMs];
  });
  return Math.min(...times);
}

/** Where a run is kept among all: equal facts, one place. */
export function runDirectoryOf(
  runsDirectory: string,
  facts: Readonly<Record<string, string | number>>,
): string {
  const digest = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
  return path.join(runsDirectory, digest.slice(0, 16));
}

/** Where a run is saved inside its directory. */
export function checkpointIn(runDirectory: string): string {
  return path.join(runDirectory, "checkpoint");
}

/** Whether a run was begun there and not ended; `discardRun` ends it. */
export function isRunUnfinished(runDirectory: string): boolean {
  return existsSync(runDirectory) && readdirSync(runDirectory).some((name) => name !== LOCK);
}

/** Removes what a run has left, once its version is stored or when it is given up. */
export function discardRun(runDirectory: string): void {
  rmSync(runDirectory, { recursive: true, force: true });
}

async function remembered<T>(
  directory: string,
  name: string,
  compute: () => Promise<T>,
): Promise<T> {
  const file = path.join(directory, `${name}.json`);
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file, "utf8")) as T;
    } catch {
      // What cannot be read is computed again, and replaces it.
    }
  }
  const value = await compute();
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  writeFileAtomically(file, (append) => append(bytes));
  return value;
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, ownMark(), { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw new AppError("io_failed", `cannot write ${lock}: ${messageOf(error)}`, { cause: error });
  }
}

/** The mark of the process that holds a lock; "" when it is gone by now. */
function holderOf(lock: string): string {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return "";
  }
}
