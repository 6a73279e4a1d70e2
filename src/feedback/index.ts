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
