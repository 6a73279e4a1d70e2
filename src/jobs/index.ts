export {
  entryBeside,
  startChild,
  type Child,
  type ChildEntry,
  type ChildListeners,
} from "./child.ts";
export { mapInTurns } from "./in-turns.ts";
export { lowerPriority } from "./priority.ts";
