import { formatDuration } from "./duration.ts";
import type { ReleasesMessages } from "./releases-messages.ts";

const STATES: ReleasesMessages["states"] = {
  loading: "loading",
  warm: "warming up",
  canary: "canary",
  paused: "paused",
  promoted: "promoted",
  "rolled-back": "switched back",
  failed: "failed",
};

export const releasesEn: ReleasesMessages = {
  intro:
    "A new version answers a small share of the requests first, and more as long as nothing speaks " +
    "against it. It goes back by itself when something does, and at one press whenever you want.",
  loading: "Loading…",
  reconnecting: "The connection to the server is gone; trying again…",
  states: STATES,
  meaning: ({ state, stable, canary, share }, release) => {
    if (state === "loading")
      return `The processes of version ${canary ?? stable} start; it answers nobody yet.`;
    if (state === "warm") return `Version ${canary ?? stable} can answer and warms up.`;
    if (state === "canary" && share === 0)
      return `Version ${canary ?? ""} is a shadow: it is asked too, and nobody sees its answers.`;
    if (state === "canary") return `Version ${canary ?? ""} answers ${share}% of the requests.`;
    if (state === "paused") return `It stays at ${share}% until somebody decides.`;
    if (release === undefined) {
      return state === "failed"
        ? `Version ${stable} cannot answer.`
        : `Version ${stable} answers all requests.`;
    }
    if (state === "promoted")
      return `Version ${stable} answers all requests in place of version ${release.from}.`;
    if (state === "failed")
      return `Version ${release.version} could not answer; version ${stable} still answers all requests.`;
    return `Version ${release.version} is withdrawn; version ${stable} answers all requests.`;
  },
  forced: "The gate had refused this version; a person decided to release it.",
  split: "Who answers the requests",
  arms: { stable: "stable", canary: "canary" },
  promote: (version) => `Promote version ${version}`,
  pause: "Pause",
  resume: "Resume",
  switchBack: (version) => `Switch back to version ${version}`,
  keptWarm: (until) =>
    `The version before is kept warm until ${until}; until then the way back loads nothing.`,
  failed: (reason) => `Not done: ${reason}`,
  titles: {
    steps: "Steps",
    curves: "Both arms",
    checks: "Gates",
    agreement: "Shadow",
    history: "History",
  },
  stepTo: (percent, version) => `Let version ${version} answer ${percent}%`,
  stepNow: "now",
  facts: { sample: "in this step", left: "it lasts at least", traffic: "traffic" },
  sample: ({ count, needed }) => `${count} / ${needed} requests`,
  left: (seconds) => `${formatDuration(seconds, "en")} more`,
  rate: (perSecond) => `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} requests/s`,
  forecast: "How long a release would take",
  expected: ({ requestsPerSecond, needed }) =>
    requestsPerSecond === 0
      ? "No request came within the last minute. Where there are too few, both versions are asked " +
        `texts of the server's own, until there are ${needed}.`
      : "How long each step takes at the traffic of the last minute; what is missing is made up for " +
        "by texts of the server's own, asked of both versions.",
  share: "share",
  untilSample: (needed) => `${needed} requests`,
  untilErrors: "1% errors proven",
  duration: (seconds) => (seconds === null ? "–" : formatDuration(seconds, "en")),
  noTraffic: "no requests",
  curves: { requests: "Requests a second", errors: "Errors", latency: "Answer time, p95" },
  curveValue: (name, value) => {
    if (name === "errors") return `${(100 * value).toFixed(1)}%`;
    return name === "latency" ? `${value.toFixed(0)} ms` : `${value.toFixed(1)}/s`;
  },
  curveLabel: (title, { stable, canary }) =>
    `${title}: stable ${stable ?? "none yet"}, canary ${canary ?? "none yet"}`,
  curveEnd: (seconds) => `last ${formatDuration(seconds, "en")}`,
  noCurve: "Both arms are drawn here once requests come.",
  check: "gate",
  verdict: "verdict",
  checks: {
    errors: "requests that failed",
    latency: "slow answers",
    confidence: "unsure answers",
    memory: "memory (against stable)",
    verdicts: "judged worse than stable",
    agreement: "another first word",
  },
  checkStates: { ok: "fine", doubt: "in doubt", failed: "failed", unknown: "not known yet" },
  now: "now",
  limit: "limit",
  agreement: {
    compared: "blanks compared",
    sameFirst: "same first word",
    firstInThree: "stable's first in three",
    meanScoreDifference: "mean difference of confidence",
  },
  aboutShadow: "The new version is asked beside the stable one, only to be compared.",
  noAgreement: "Nothing compared yet; it begins with the next request.",
  actors: {
    command: "command line",
    http: "page or HTTP",
    server: "server",
    gate: "gate",
    breaker: "breaker",
    auto: "automatic release",
  },
  byKey: (actor, key) => `${actor}, key ${key}`,
  moved: (state, percent) =>
    state === "canary" || state === "paused" ? `${STATES[state]}, ${percent}%` : STATES[state],
  options: {
    title: "Release options",
    fields: {
      steps: {
        label: "Steps, in percent",
        placeholder: "5, 20, 50, 100",
        help: "How much of the requests it answers, step by step. Empty: as the server is set.",
        problem:
          "Expected percents that ascend to at most 100, such as 5, 20, 50, 100. Correct or empty it.",
      },
      seconds: {
        label: "Seconds a step",
        placeholder: "300",
        help: "How long a step lasts at least. Empty: as the server is set.",
        problem: "Expected a number of seconds from 0 to 604800, a week. Correct or empty it.",
      },
    },
    shadow: "Only as a shadow: it is asked too, and nobody sees its answers",
    release: (version) => `Release version ${version} like this`,
    aboutForce:
      "The gate refused this version. Whoever releases it nevertheless is written down, in the audit " +
      "log and in the history of the version.",
    force: (version) => `Release version ${version} nevertheless`,
    confirmForce: "The gate refused it. Press again to release it",
  },
  empty: {
    title: "Nothing has been released yet",
    advice:
      "Train a new version and press “Release” beside it: it answers 5% of the requests first, and " +
      "you watch it here.",
  },
  goTraining: "Go to Training",
  goVersions: "See the versions",
};
