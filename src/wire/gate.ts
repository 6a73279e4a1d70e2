// What the gate says of a new version: the reasons as data, for programs and for the console in
// another language, and the one place that has them as English sentences.

import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { formatPoints } from "../base/index.ts";

const Share = Type.Number({ description: "0..1" });
const Fell = {
  before: Share,
  after: Share,
  allowed: Type.Number({ description: "The most that it may fall, 0..1." }),
};
const Count = Type.Integer({ description: "Questions." });

export const GateFinding = Type.Union(
  [
    Type.Object({ code: Type.Enum(["top1-fell", "top3-fell"]), ...Fell }),
    Type.Object({
      code: Type.Enum(["ece-rose"]),
      before: Share,
      after: Share,
      allowed: Type.Number({ description: "Beyond what top-1 gains, 0..1." }),
    }),
    Type.Object({ code: Type.Enum(["probes-fell"]), ...Fell, count: Count }),
    Type.Object({ code: Type.Enum(["suite-fell"]), ...Fell, count: Count, suite: Type.String() }),
    Type.Object({
      code: Type.Enum(["loss-not-fallen"]),
      before: Type.Number({ description: "On what was held out, nats a token." }),
    }),
  ],
  { description: "Why the gate refuses a version." },
);
export type GateFinding = Static<typeof GateFinding>;

export const GateVerdict = Type.Object({
  passed: Type.Boolean(),
  reasons: Type.Array(Type.String(), { description: "In English." }),
  findings: Type.Optional(
    Type.Array(GateFinding, {
      description: "The reasons as data, in their order; absent where only sentences were kept.",
    }),
  ),
});
export type GateVerdict = Static<typeof GateVerdict>;

/** A verdict with its sentences; nothing found lets a version pass. */
export function gateVerdict(findings: readonly GateFinding[]): GateVerdict {
  const reasons = findings.map(gateReason);
  return { passed: findings.length === 0, reasons, findings: [...findings] };
}

/** A verdict as some version of the program stored it, without findings that are not known here. */
export function readGateVerdict(stored: Readonly<Record<string, unknown>>): GateVerdict {
  const { passed, reasons, findings } = stored;
  const verdict: GateVerdict = {
    passed: passed === true,
    reasons: Array.isArray(reasons) ? reasons.map(String) : [],
  };
  const isKnown = Value.Check(Type.Array(GateFinding), findings);
  return isKnown && findings.length === verdict.reasons.length ? { ...verdict, findings } : verdict;
}

function gateReason(finding: GateFinding): string {
  const { code, before } = finding;
  if (code === "loss-not-fallen") {
    return `the held-out loss never fell below ${before.toFixed(3)} nats`;
  }
  const { after, allowed } = finding;
  const fell = `fell by ${formatPoints(before - after)} percentage points`;
  switch (code) {
    case "top1-fell":
    case "top3-fell": {
      const name = code === "top1-fell" ? "top-1" : "top-3";
      return `${name} ${fell}; ${
        allowed === 0 ? "none is" : `${formatPoints(allowed)} percentage points are`
      } allowed`;
    }
    case "ece-rose":
      return (
        `the calibration error (ECE) rose from ${before.toFixed(3)} to ${after.toFixed(3)}; ` +
        `at most ${allowed} more than the gain of top-1 is allowed`
      );
    case "probes-fell":
    case "suite-fell": {
      const name = code === "probes-fell" ? "the probes" : `the suite ${finding.suite}`;
      const most = formatPoints(allowed);
      return `${name} ${fell} over ${finding.count} questions; ${most} are allowed`;
    }
  }
}
