// Long work waits for everything else.

import { getPriority, setPriority } from "node:os";

const NICENESS = 10;

/** Lowers this process; one that is lower already stays there. */
export function lowerPriority(): void {
  setPriority(Math.max(NICENESS, getPriority()));
}
