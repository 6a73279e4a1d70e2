// The process of a replica: a channel with an end, which tests fake.

import {
  entryBeside,
  startChild,
  type Child,
  type ChildEntry,
  type ChildListeners,
} from "../jobs/index.ts";
import type { FromReplica, ToReplica } from "./protocol.ts";

/** A process that answers, as a replica sees it. */
export type ReplicaChild = Child<ToReplica>;
export type ReplicaListeners = ChildListeners<FromReplica>;
export type StartChild = (listeners: ReplicaListeners) => ReplicaChild;

/** A replica keeps little in JavaScript's memory: what is young there need not have 32 MB. */
const SMALL_HEAP = "--max-semi-space-size=2";

/**
 * For glibc; others do not read it. What one batch needed would stay in the heap below the next
 * small thing put there, up to 500 MB; in a mapping of its own it goes back (docs/experiments.md).
 */
const GIVES_BACK = {
  MALLOC_MMAP_THRESHOLD_: String(2 * 2 ** 20),
  MALLOC_TRIM_THRESHOLD_: String(8 * 2 ** 20),
};

/** The process that opens real models. */
const REPLICA: ChildEntry = {
  ...entryBeside(import.meta.url, "replica"),
  execArgv: [...process.execArgv, SMALL_HEAP],
  env: GIVES_BACK,
};

/** Starts `entry` as a child process; by default the one that opens real models. */
export function forkChild(entry: ChildEntry = REPLICA): StartChild {
  return (listeners) => startChild(entry, listeners);
}
