export { byFrequency, concatenated } from "./arrays.ts";
export { bareClauses, bareText } from "./bare-text.ts";
export { characterCount, TEXT_LENGTH_MAX } from "./characters.ts";
export { fromErrorData, toErrorData, type ErrorData } from "./error-data.ts";
export {
  AppError,
  BugError,
  codeOf,
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
export { BLANK_COUNT_MAX, NOTE_CHARACTERS_MAX, TARGET_COUNT_MAX, TOP_K_MAX } from "./limits.ts";
export { mcNemar } from "./mcnemar.ts";
export { createRandom, shuffle, type Random } from "./random.ts";
export { silentLogger, type Logger } from "./logger.ts";
export { systemClock, type Clock } from "./clock.ts";
