import { formatChance } from "./chance.ts";
import type { ProbesMessages } from "./probes-messages.ts";

export const probesEn: ProbesMessages = {
  title: "Suites over time",
  start: "Measure now",
  loading: "Loading…",
  measuring: (version, share) =>
    `Measuring version ${version}${share === undefined ? "…" : `: ${Math.floor(100 * share)}%`}`,
  failed: (reason) => `Last time this could not be measured: ${reason}`,
  empty: {
    title: "Nothing was measured yet",
    advice: "Press “Measure now”, or wait for the day of the schedule (setting probes.schedule).",
  },
  suites: {
    idiom: "Idioms",
    poem: "Poems",
    science: "Science",
    everyday: "Everyday",
    golden: "Golden set",
  },
  kinds: { probe: "ships", golden: "locked, nothing is chosen by it", own: "your own" },
  questions: (count) => (count === 1 ? "1 question" : `${count} questions`),
  curve: (suite, count) => `${suite}: top-1 over ${count} measurements`,
  versions: (names) => `version ${names}`,
  measured: (version, when) => `Version ${version}, measured ${when}`,
  top1: "top-1",
  top3: "top-3",
  mrr: "mean reciprocal rank",
  ece: "calibration error, 95%",
  brier: "Brier score",
  flipped: (version) => `answers changed from version ${version}`,
  against: (version) => `questions against version ${version}`,
  paired: ({ won, lost, pValue }) => `${won} won, ${lost} lost, ${formatChance(pValue)}`,
};
