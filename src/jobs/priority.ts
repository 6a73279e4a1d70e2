// Long work waits for everything else.

import { getPriority, setPriority } from "node:os";

/** A tenth of what others get where they want all; the lowest there is would nearly starve. */
const NICENESS = 10;

/** Lowers this process; one that is lower already stays there. */
export function lowerPriority(): void {
  setPriority(Math.max(NICENESS, getPriority()));
}
