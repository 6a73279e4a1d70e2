export { differentiate, gradientName, type DifferentiateOptions } from "./differentiate.ts";
export { VERDICTS } from "./verdicts.ts";
export type { GradientRule, Verdict } from "./rule.ts";
