// Why a release has moved: as data, for programs and for the console in another language, and the
// one place that has it as an English sentence.

import { Type, type Static } from "typebox";
import { Value } from "typebox/value";

const Share = Type.Number({ description: "0..1" });
const Count = Type.Integer({ description: "Requests of the canary, in this step." });

/** What the gates look at; the last two may stop a release, and hold none up. */
export const CHECKS = [
  "errors",
  "latency",
  "confidence",
  "memory",
  "verdicts",
  "agreement",
] as const;
export type CheckName = (typeof CHECKS)[number];

export const ReleaseReason = Type.Union(
  [
    Type.Object({
      code: Type.Enum(["begun", "begun-by-force", "answers", "run-in"], {
        description: "answers: the canary has answered once · run-in: it is warm.",
      }),
    }),
    Type.Object({
      code: Type.Enum(["promoted", "paused", "resumed", "switched-back"], {
        description: "A person did it.",
      }),
    }),
    Type.Object({
      code: Type.Enum(["cannot-answer", "lost"], { description: "lost: it could before." }),
      message: Type.String({ description: "In English." }),
    }),
    Type.Object({
      code: Type.Enum(["failing"], { description: "Within a minute." }),
      failed: Type.Integer(),
      requests: Type.Integer(),
      allowed: Share,
    }),
    Type.Object({
      code: Type.Enum([...CHECKS], { description: "What a gate found." }),
      value: Type.Number({ description: "A share, or the ratio of memory to stable's." }),
      limit: Type.Number(),
      isProven: Type.Boolean(),
    }),
    Type.Object({
      code: Type.Enum(["too-few"]),
      count: Count,
      needed: Type.Integer(),
    }),
    Type.Object({ code: Type.Enum(["passed"]), count: Count }),
  ],
  { description: "Why it was moved; absent where only the sentence was kept." },
);
export type ReleaseReason = Static<typeof ReleaseReason>;

/** A reason as some version of the program stored it; undefined for one that is not known here. */
export function readReleaseReason(stored: unknown): ReleaseReason | undefined {
  return Value.Check(ReleaseReason, stored) ? stored : undefined;
}

export function describeReason(why: ReleaseReason): string {
  switch (why.code) {
    case "begun":
      return "begun";
    case "begun-by-force":
      return "begun by force";
    case "answers":
      return "the canary answers";
    case "run-in":
      return "the canary is run in";
    case "promoted":
    case "paused":
    case "resumed":
      return `${why.code} by a person`;
    case "switched-back":
      return "switched back by a person";
    case "cannot-answer":
      return `the canary cannot answer: ${why.message}`;
    case "lost":
      return why.message;
    case "failing":
      return (
        `${why.failed} of ${why.requests} requests to the canary failed within a minute, ` +
        `more than ${percent(why.allowed)} and than the stable version's`
      );
    case "errors":
    case "latency":
    case "confidence":
    case "memory":
    case "verdicts":
    case "agreement": {
      const found = FOUND[why.code](percent(why.value), percent(why.limit));
      return why.isProven ? found : `${found}, though it is not proven`;
    }
    case "too-few":
      return `only ${why.count} requests of the canary in this step, ${why.needed} are needed`;
    case "passed":
      return `all gates passed over ${why.count} requests of the canary`;
  }
}

const FOUND: Readonly<Record<CheckName, (value: string, limit: string) => string>> = {
  errors: (value) => `${value} of the canary's requests failed, more than of the stable version's`,
  latency: (value, limit) =>
    `${value} of the canary's answers took longer than its p95 limit, not ${limit}`,
  confidence: (value) => `${value} of the canary's answers are far less sure than is usual`,
  memory: (value, limit) =>
    `the canary takes ${value} of the stable version's memory, over ${limit}`,
  verdicts: (value, limit) =>
    `the canary's was the worse in ${value} of the pairs that people judged differently, ` +
    `over ${limit}`,
  agreement: (value, limit) =>
    `the canary's first word was another one in ${value} of the requests compared, over ${limit}`,
};

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
