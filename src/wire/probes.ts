// Measurements of versions on suites, over time.

import { Type, type Static } from "typebox";
import { Interval } from "./interval.ts";
import { orNull } from "./or-null.ts";

/** Runs in one answer of GET /api/probe-runs. */
export const PROBE_RUNS_MAX = 500;

const Share = Type.Number({ description: "0..1" });
const When = Type.String({ description: "ISO 8601, UTC." });

export const SuiteKind = Type.Enum(["probe", "golden", "own"], {
  description: "probe: ships · golden: ships, nothing is chosen by it · own: added by a person.",
});

const PairedTest = Type.Object({
  version: Type.String(),
  lost: Type.Integer({ description: "Questions that it had right and this version has wrong." }),
  won: Type.Integer({ description: "Questions that it had wrong and this version has right." }),
  pValue: Type.Number({ description: "McNemar's exact test, two-sided." }),
});

export const ProbeResult = Type.Object({
  suite: Type.String(),
  kind: SuiteKind,
  sha256: Type.String({ description: "Of the suite: only results with the same compare." }),
  count: Type.Integer({ description: "Questions." }),
  top1: Share,
  top3: Share,
  mrr: orNull(Share, "Mean reciprocal rank. Null: not recorded."),
  ece: Type.Number({ description: "Calibration error, 0..1." }),
  eceInterval: orNull(Interval, "Null: not recorded."),
  brier: orNull(Share, "Brier score. Null: not recorded."),
  flipRate: orNull(Share, "Share of questions with another first answer than in the run before."),
  previousVersion: orNull(
    Type.String(),
    "The version of the run before; null: there was none on these questions.",
  ),
  paired: orNull(
    PairedTest,
    "Against the other version that was measured last; null: there was none on these questions, " +
      "or it was not recorded.",
  ),
});
export type ProbeResult = Static<typeof ProbeResult>;

export const ProbeRun = Type.Object({
  id: Type.String(),
  model: Type.String(),
  version: Type.String(),
  trigger: Type.Enum(["schedule", "http", "command"]),
  at: When,
  results: Type.Array(ProbeResult, { description: "By the names of the suites." }),
});
export type ProbeRun = Static<typeof ProbeRun>;

export const CurrentProbe = Type.Object({
  model: Type.String(),
  version: Type.String(),
  startedAt: When,
  done: Type.Integer({ description: "Questions." }),
  total: Type.Integer({ description: "0 until it is known." }),
});
export type CurrentProbe = Static<typeof CurrentProbe>;

export const ProbeRunsQuery = Type.Object(
  {
    model: Type.Optional(
      Type.String({ maxLength: 96, description: "An id; the default model when absent." }),
    ),
    limit: Type.Optional(Type.String({ description: `1 to ${PROBE_RUNS_MAX}; 100 when absent.` })),
  },
  { additionalProperties: false },
);

export const ProbeRunsResponse = Type.Object({
  current: Type.Union([CurrentProbe, Type.Null()], { description: "What is measured now." }),
  failure: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()], {
    description: "Why the last measurement, or a suite of it, failed if it did.",
  }),
  runs: Type.Array(ProbeRun, { description: "The newest first." }),
});
export type ProbeRunsResponse = Static<typeof ProbeRunsResponse>;

export const ProbeRunRequest = Type.Object(
  {
    model: Type.Optional(
      Type.String({
        maxLength: 96,
        description: '"id" is its stable version, "id@V" that one; the default when absent.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ model: "starter-cloze" }] },
);
