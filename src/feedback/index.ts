export {
  FeedbackDesk,
  openFeedbackDesk,
  type BlockedRow,
  type DeskOptions,
  type DeskStatistics,
  type Edit,
  type ImportOptions,
  type ImportResult,
} from "./desk.ts";
export { GuardedScrubber, type ScrubStatistics } from "./guarded-scrubber.ts";
export { parseImport, type ImportKind, type ParsedImport } from "./import/parse.ts";
export type { ImportedSample } from "./import/rows.ts";
export { judge } from "./judge.ts";
export {
  createScrubber,
  SCRUB_LENGTH_MAX,
  type PiiCounts,
  type Scrubbed,
  type ScrubbedSample,
  type Scrubber,
  type ScrubberOptions,
} from "./scrub/scrubber.ts";
export { PII_KINDS, type PiiKind } from "./scrub/kinds.ts";
export { splitAtBlanks, WORD_LENGTH_MAX } from "./sample-text.ts";
export { scrubbedContent } from "./scrubbed-content.ts";
export type { AskedText, SaidText, SuiteKnowledge } from "./suite-knowledge.ts";
export type { Question } from "./questions.ts";
export type { Verdict } from "./verdict.ts";
