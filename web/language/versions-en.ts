import type { VersionsMessages } from "./versions-messages.ts";

const SUITES: Readonly<Record<string, string>> = {
  idiom: "idioms",
  poem: "poems",
  science: "science",
  everyday: "everyday",
};
const suiteName = (suite: string | null): string => SUITES[suite ?? ""] ?? suite ?? "all";

export const versionsEn: VersionsMessages = {
  intro:
    "Every version of a model: where it comes from, what it learned and forgot, what it is weak in. " +
    "You can switch to any of them at any time.",
  loading: "Loading…",
  all: "All versions",
  states: { stable: "stable", refused: "refused by the gate", cleaned: "files deleted" },
  madeFrom: ({ origin, parent }) =>
    parent === null ? versionsEn.origins[origin] : `trained from version ${parent}`,
  origins: { shipped: "shipped", added: "added", trained: "trained" },
  probes: "probes",
  release: (version) => `Release version ${version}`,
  notReleased: "The gate refused it, so it is not released:",
  use: (version) => `Use version ${version}`,
  force: (version) => `Use version ${version} nevertheless`,
  confirmForce: "The gate refused it. Press again to use it",
  download: { json: "Download JSON", markdown: "Download Markdown" },
  done: {
    noted: () => "Noted.",
    stable: (version) => `Version ${version} answers from now on.`,
  },
  failed: (reason) => `Not done: ${reason}`,
  titles: {
    limits: "Known limits",
    metrics: "Metrics",
    drift: "Forgotten?",
    compare: "Compare",
    data: "Data",
    lineage: "Lineage",
    releases: "Use",
    record: "Record",
  },
  noLimits: "Nothing stands out.",
  limit: ({ text }) => text,
  noteLabel: "Its limits in your words",
  notePlaceholder: "Such as: weak in classical poems, fine for contracts.",
  saveNote: "Note it",
  notedAt: (when) => `Noted ${when}`,
  earlierNotes: (count) => (count === 1 ? "1 earlier note" : `${count} earlier notes`),
  unmeasured: "Not measured.",
  measuredOn: {
    "held-out": (count) =>
      `On ${count === 1 ? "1 sample" : `${count} samples`} that it never learned, against the ` +
      "version before.",
    training: (count) =>
      `On the ${count} it learned, too few to keep some aside; against the version before.`,
  },
  metric: "measure",
  metrics: {
    top1: "right first",
    top3: "right in three",
    top5: "right in five",
    mrr: "mean reciprocal rank",
    ece: "calibration error",
    brier: "Brier score",
    overconfidentErrors: "overconfident errors",
  },
  before: "before",
  after: "after",
  change: "change",
  changeInPoints: "change (points)",
  points: (number) => `${number} points`,
  aboutProbes: "Fixed questions that are never learned, and tell what was forgotten.",
  suite: "suite",
  suiteName,
  questions: (count) => `${count} questions`,
  onlyOne: "There is no other version.",
  compareWith: "With",
  nothingToCompare: "The two were not asked the same questions.",
  unrecorded: "Not recorded.",
  source: "source",
  sources: {
    training: "learned",
    "held-out": "held out",
    earlier: "learned earlier",
    replay: "replayed",
    probes: "probes",
  },
  count: "count",
  neverReleased: "It has not been in use.",
  released: (when, { from, isForced }) =>
    `${when} in place of version ${from}${isForced ? ", although the gate had refused it" : ""}`,
  notTrained: "It was not trained here.",
  facts: {
    recipe: "recipe",
    seed: "seed",
    epochs: "epochs",
    steps: "steps",
    seconds: "time",
    phases: "by phase",
    alpha: "how far, α",
    temperature: "temperature",
    program: "program",
    commit: "commit",
    engine: "engine",
    machine: "machine",
    threads: "threads",
  },
};
