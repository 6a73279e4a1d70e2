import type { SuitesMessages } from "./suites-messages.ts";

export const suitesEn: SuitesMessages = {
  title: "Suites",
  intro: "Every version is measured on these questions. Nothing is trained on them.",
  loading: "Loading…",
  none:
    "None of your own yet. Add a file with a question a line, as in " +
    '{"text":"合同自签字之日起___","answer":"生效"}.',
  name: "Name",
  count: "Questions",
  unreadableFile: "unreadable",
  kind: "Kind",
  acts: "What can be done",
  addTitle: "Add a suite",
  file: "File (.jsonl)",
  add: "Add suite",
  remove: "Remove",
  confirmRemove: "Really remove?",
  about: (act, name) => `${act}: ${name}`,
  added: (name) => `“${name}” is added; the next measurement includes it.`,
  removed: (name) => `“${name}” is removed; what was measured on it stays.`,
  unreadable: "The file could not be read as UTF-8. Save it as UTF-8 and choose it again.",
  failed: (reason) => `That did not work: ${reason}`,
};
