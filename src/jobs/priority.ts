// Long work waits for everything else.

import { setPriority } from "node:os";

/** The lowest there is. */
const NICENESS = 19;

/** Lowers this process as far as it goes. */
export function lowerPriority(): void {
  setPriority(NICENESS);
}
