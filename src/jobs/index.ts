export {
  entryBeside,
  startChild,
  type Child,
  type ChildEntry,
  type ChildListeners,
} from "./child.ts";
export { heldBy, isHeld } from "./held.ts";
export { mapInTurns } from "./in-turns.ts";
export { isAlive, isMarkAlive, ownMark, pidOf } from "./process.ts";
export { lowerPriority } from "./priority.ts";
export { threadBeside } from "./thread.ts";
