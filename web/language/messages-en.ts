import { feedbackEn } from "./feedback-en.ts";
import { trainingEn } from "./training-en.ts";
import { versionsEn } from "./versions-en.ts";
import { probesEn } from "./probes-en.ts";
import { suitesEn } from "./suites-en.ts";
import { releasesEn } from "./releases-en.ts";
import { scheduleEn } from "./schedule-en.ts";
import type { FillMessages, FrameMessages, Messages } from "./messages.ts";

const frame: FrameMessages = {
  motto: "Small language models that get sharper while they serve",
  rooms: {
    fill: "Fill",
    feedback: "Feedback",
    training: "Training",
    versions: "Versions",
    releases: "Releases",
  },
  roomsLabel: "Pages",
  skipToContent: "Skip to content",
  roomFailed: {
    title: "This page has failed",
    advice: "Load it again. The server is not affected.",
  },
  reload: "Load again",
  otherLanguage: "中文",
  schemes: { auto: "System", light: "Light", dark: "Dark" },
  schemeLabel: (scheme) => `Appearance: ${scheme}; press to change`,
  version: (version) => `version ${version}`,
  model: "Model",
  status: {
    ready: "ready",
    waiting: "getting ready",
    troubled: "in trouble",
    unreachable: "not reachable",
  },
  lastAnswer: (ms) => `last answer took ${ms} ms`,
  privacy: "Text goes to this server and nowhere else.",
  httpInterface: "HTTP interface",
  key: {
    missing: {
      title: "This server asks for a key",
      advice:
        "Its operator makes one with `whetstone keys add NAME`: with `--role feedback` to fill " +
        "blanks and judge, with `--role operate` for everything.",
    },
    refused: {
      title: "The server does not know this key",
      advice: "It may have been revoked, or a part is missing. Enter it again, or ask for another.",
    },
    weak: {
      title: "Enter another key",
      advice: "The one you have may not do that. Ask the operator for one with `--role operate`.",
    },
    label: "Key",
    enter: "Enter",
    back: "Keep the old one",
    kept: "It stays in this tab and is forgotten when the tab is closed.",
  },
};

const fill: FillMessages = {
  sentence: "Sentence",
  placeholder: "Write a Chinese sentence with ___ for the missing word",
  makeBlank: "Blank",
  makeBlankHelp: "Inserts a blank at the cursor, or turns the selected words into one",
  clear: "Clear",
  lengthLabel: "What goes into a blank",
  lengths: { auto: "Words", "1": "Characters" },
  restrict: "Choose among",
  targetsLabel: "Only these words",
  targetsPlaceholder: "发货, 生效, 到账",
  targetsHelp: "Separated by commas or spaces; empty means any word.",
  hint: ["A blank is ", ", ", " or ", "; there may be several. The starter model reads Chinese."],
  counter: (count, limit) =>
    `${count.toLocaleString("en")} / ${limit.toLocaleString("en")} characters`,
  examplesLabel: "Try",
  examples: {
    poem: "Poem",
    idiom: "Idiom",
    everyday: "Daily",
    twoBlanks: "Two blanks",
    severalWords: "Word",
  },
  filled: "Filled",
  candidates: "Candidates",
  blank: (position) => `Blank ${position}`,
  copy: "Copy sentence",
  copied: "Copied",
  copyByHand: "Selected: press Ctrl+C",
  writeBack: "Use as sentence",
  writeBackHelp: "Puts the filled sentence into the field above, to write on",
  keys: (blankKey) => [
    [blankKey, "blank"],
    ["↓", "from sentence to candidates"],
    ["1–9", "use"],
    ["+ −", "right, wrong"],
    ["Enter", "confirm and move on"],
  ],
  judge: {
    accept: (word) => `${word} is right`,
    reject: (word) => `${word} is wrong`,
    answerLabel: "The right word",
    send: "Save",
    outcome: (word, { verdict, answer, state, isHeld, failure }) => {
      if (state === "sending") return "Saving…";
      if (state === "failed") {
        return `Not saved: ${failure?.message ?? en.fill.failures[failure?.kind ?? "unknown"].title}`;
      }
      const wrong = answer === undefined ? `${word} is wrong` : `not ${word} but ${answer}`;
      const said = verdict === "accept" ? `${word} is right` : wrong;
      const next = isHeld === true ? "Somebody reviews it first." : "The next training learns it.";
      return `Saved: ${said}. ${next}`;
    },
  },
  lowConfidence: (percent) =>
    `The model is unsure: even its best word has only ${percent}. ` +
    `A few more words around the blank will help.`,
  noCandidates: {
    title: "No candidate fits",
    advice: "Put it another way, or empty the field “Choose among”.",
  },
  asking: "Filling…",
  answered: (word, percent, count) => `First candidate: ${word}, ${percent}. ${count} candidates.`,
  problems: {
    empty: {
      title: "Write a sentence to begin",
      advice: "Put ___ where a word is missing, or pick an example above.",
    },
    noBlank: {
      title: "No blank in this sentence yet",
      advice: "Select the word to replace and press “Blank”, or simply type ___.",
    },
    tooLong: {
      title: "This text is too long",
      advice: "Keep only the paragraphs around the blank.",
    },
    tooManyBlanks: { title: "Too many blanks", advice: "At most 16 at a time. Fill some first." },
  },
  failures: {
    unreachable: {
      title: "The server cannot be reached",
      advice: "Check that Whetstone is still running (npm start) and that the network is up.",
    },
    starting: {
      title: "The server is getting ready",
      advice: "The model is still loading; this usually takes a few seconds.",
    },
    busy: {
      title: "The server is busy",
      advice: "Too many requests are waiting. Hold on a moment.",
    },
    slow: {
      title: "No answer in time",
      advice: "The server may be busy. Try again, or shorten the text.",
    },
    locked: {
      title: "The server did not let this through",
      advice: "Ask its operator for a key.",
    },
    forbidden: {
      title: "The server does not allow this",
      advice: "It takes a key with the role `operate`: ask its operator for one.",
    },
    refused: {
      title: "The server could not use this request",
      advice: "Change what the sentence below says.",
    },
    unknown: {
      title: "Something went wrong on the server",
      advice: "Try again. If it stays, give the number below to the operator.",
    },
  },
  retry: "Try again",
  changeKey: "Enter another key",
  retriesIn: (seconds) => `Tries again by itself every ${seconds} s.`,
  serverSaid: (message) => `The server says: ${message}`,
  requestId: (id) => `Request ${id}`,
};

export const en: Messages = {
  frame,
  fill,
  feedback: feedbackEn,
  training: trainingEn,
  versions: versionsEn,
  releases: releasesEn,
  probes: probesEn,
  suites: suitesEn,
  schedule: scheduleEn,
};
