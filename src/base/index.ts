export { byFrequency, concatenated } from "./arrays.ts";
export { bareClauses, bareText } from "./bare-text.ts";
export { characterCount, TEXT_LENGTH_MAX } from "./characters.ts";
export {
  AppError,
  BugError,
  ERROR_STATUS,
  invariant,
  messageOf,
  required,
  type AppErrorOptions,
  type ErrorCode,
} from "./errors.ts";
export {
  formatEstimate,
  formatInterval,
  formatPercent,
  formatPoints,
  type Interval,
} from "./format.ts";
export { mcNemar } from "./mcnemar.ts";
export { createRandom, shuffle, type Random } from "./random.ts";
export { silentLogger, type Logger } from "./logger.ts";
export { systemClock, type Clock } from "./clock.ts";
