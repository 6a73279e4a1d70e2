export type { Case, CaseTable } from "./case.ts";
export { broadcastable, drawInputs } from "./case.ts";
export { CONTRACTION_CASES } from "./contraction.ts";
export { ELEMENTWISE_CASES } from "./elementwise.ts";
export { GATHER_CASES } from "./gather.ts";
export { MOVEMENT_CASES } from "./movement.ts";
