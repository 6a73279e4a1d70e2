import type { FeedbackMessages } from "./feedback-messages.ts";

const ACTIONS = {
  accept: "Accepted",
  reject: "Rejected",
  edit: "Changed",
  delete: "Deleted",
} as const;

function samplesIn(count: number): string {
  return `${count} ${count === 1 ? "sample" : "samples"}`;
}

function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export const feedbackEn: FeedbackMessages = {
  intro:
    "Words that people called right or wrong wait here to be learned. Personal data was replaced " +
    "before anything was stored.",
  filterLabel: "By state",
  filters: {
    all: "All",
    queued: "Waiting",
    held: "To review",
    unanswered: "No right word yet",
    "in-run": "In training",
    used: "Learned",
    rejected: "Rejected",
  },
  holds: {
    contradiction: "people disagree",
    confident: "the model was sure of another word",
    probe: "a suite has another answer",
    suspect: "training doubts it",
    asked: "a suite asks it; it is not learned",
  },
  sources: { feedback: "Fill page", import: "import", terms: "term table", style: "style pairs" },
  doubt: (rival, deviation) => `the other samples say ${rival} (by ${deviation})`,
  users: (count) => (count === 1 ? "1 person" : `${count} people`),
  right: "right",
  wrong: "wrong",
  none: "none",
  list: "Samples",
  pick: (text) => `Pick: ${text}`,
  pickAll: (count) => `Pick all ${count}`,
  pickedCount: (count) => `${count} picked`,
  accept: "Accept",
  reject: "Reject",
  edit: "Edit",
  remove: "Delete",
  confirmRemove: "Press again to delete for good",
  about: (action, text) => `${action}: ${text}`,
  life: "History",
  lifeFailed: "The history cannot be had now; open it again later.",
  lifeStates: {
    received: "Received",
    scrubbed: "Personal data replaced",
    queued: "Waiting",
    held: "To review",
    "in-run": "Taken by a training",
    used: "Learned",
    rejected: "Rejected",
  },
  inRun: "A training under way has it; the archive of its version will say so.",
  learnedBy: (version) => `Learned by ${version}`,
  questions: {
    title: "Help the model decide",
    intro:
      "The model hesitated between these words. Press the right one, and the next training " +
      "learns it.",
    choose: "Choose the right word",
    none: "None of them",
    skip: "Not sure",
    noMore: "Nothing is undecided now. Thank you.",
    answered: (count) => (count === 1 ? "1 answer given." : `${count} answers given.`),
  },
  intake: {
    title: "Import and delete",
    addTitle: "Import a file",
    addHelp:
      "Samples (.jsonl): in each line a sentence with a blank and the word for it. Terms (.csv, " +
      ".tsv): the columns term, domain, patterns. Style pairs (.csv, .tsv): in each row an " +
      "informal sentence and the formal one. When a row is bad, nothing is stored.",
    file: "File",
    kind: "Content",
    byName: "as the name tells",
    kinds: { samples: "samples", terms: "term table", style: "style pairs" },
    add: "Import",
    unreadable: "The file is not UTF-8 and cannot be read. Save it as UTF-8 and choose it again.",
    imported: ({ model, read, added, merged, held, blocked, replaced }) =>
      `${read} read for ${model}: ${added} new, ${merged} merged into known ones, ${held} of them ` +
      `held for review, ${blocked.length} not stored; ${totalOf(replaced)} pieces of personal ` +
      "data replaced.",
    blockedTitle: "Not stored",
    blocked: (row, reason) => `Row ${row}: ${reason}`,
    moreBlocked: (count) => `and ${count} more`,
    deleteTitle: "Delete all of a user",
    deleteHelp:
      "Deletes all that this user said and asked. Give the user key that the client sends; for a " +
      "client that sends none, `key:NAME` with the name of its key.",
    userKey: "User key",
    ownKey: "What you say and ask on these pages has the key",
    copyKey: "Copy",
    deleteAct: "Delete all of this user",
    deleted: ({ samples, predictions, changed }) =>
      `Deleted ${samples} samples and ${predictions} answers; ${changed} samples stay with what ` +
      "others said.",
    learnedFrom: (versions) =>
      versions.length === 0
        ? "No version learned from them."
        : `Versions that learned from them: ${versions.join(", ")}.`,
  },
  aboutUnanswered:
    "Of these only a wrong word is known. The next training makes it less likely, if samples with " +
    "a right word wait, too. Give the right word, and it learns that.",
  missing: "Right word",
  give: "Give",
  sentence: "Sentence",
  answersLabel: "Right words",
  rejectedLabel: "Wrong words",
  wordsHelp: "Words are separated by commas; the blank in the sentence is ___.",
  save: "Save and accept",
  cancel: "Cancel",
  more: (count) => `Show ${count} more`,
  loading: "Loading…",
  done: ({ action, count, askedCount = 0, learnedBy = [] }) =>
    `${ACTIONS[action]} ${samplesIn(action === "accept" ? count - askedCount : count)}.` +
    (askedCount === 0
      ? ""
      : ` ${askedCount} ${askedCount === 1 ? "is" : "are"} asked by a suite and cannot be learned.`) +
    (learnedBy.length === 0 ? "" : ` Learned by ${learnedBy.join(", ")}.`),
  failed: (reason) => `Not done: ${reason}`,
  empty: {
    title: "No feedback yet",
    advice: "Press ✓ or ✗ beside a candidate on the Fill page, or import a file above.",
  },
  emptyFilter: { title: "No samples in this state", advice: "Look at another state." },
  goFill: "Go to Fill",
  showAll: "Show all",
};
