import type { FeedbackMessages } from "./feedback-messages.ts";

const ACTIONS = {
  accept: "Accepted",
  reject: "Refused",
  edit: "Changed",
  delete: "Deleted",
} as const;

export const feedbackEn: FeedbackMessages = {
  intro:
    "Words that people called right or wrong wait here to be learned. Personal data was replaced " +
    "before anything was stored.",
  filterLabel: "By state",
  filters: {
    all: "All",
    queued: "Waiting",
    held: "To review",
    "in-run": "In training",
    used: "Learned",
    rejected: "Refused",
  },
  holds: {
    contradiction: "people disagree",
    confident: "the model was sure of another word",
    suspect: "training doubts it",
  },
  sources: { feedback: "Fill page", import: "import", terms: "term table", style: "style pairs" },
  users: (count) => (count === 1 ? "1 person" : `${count} people`),
  right: "right",
  wrong: "wrong",
  none: "none",
  list: "Samples",
  pick: (text) => `Pick: ${text}`,
  pickAll: (count) => `Pick all ${count}`,
  pickedCount: (count) => `${count} picked`,
  accept: "Accept",
  reject: "Refuse",
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
    rejected: "Refused",
  },
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
  sentence: "Sentence",
  answersLabel: "Right words",
  rejectedLabel: "Wrong words",
  wordsHelp: "Words are separated by commas; the blank in the sentence is ___.",
  save: "Save and accept",
  cancel: "Cancel",
  more: (count) => `Show ${count} more`,
  loading: "Loading…",
  done: ({ action, count }) => `${ACTIONS[action]} ${count} ${count === 1 ? "sample" : "samples"}.`,
  failed: (reason) => `Not done: ${reason}`,
  empty: {
    title: "No feedback yet",
    advice:
      "Press ✓ or ✗ beside a candidate on the Fill page, or import a file with " +
      "`whetstone feedback import`.",
  },
  emptyFilter: { title: "No samples in this state", advice: "Look at another state." },
  goFill: "Go to Fill",
  showAll: "Show all",
};
