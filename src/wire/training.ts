// Training runs: what starts one, and what a person sees of it.

import { Type, type Static } from "typebox";
import { TEXT_LENGTH_MAX } from "../base/index.ts";
import { GateVerdict } from "./gate.ts";
import { ScrubCounts } from "./scrub.ts";

/** Samples in one POST /api/training-runs; more go through `whetstone feedback import`. */
const RUN_SAMPLES_MAX = 20_000;

const Text = Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX });
const Words = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 50 });

const RunSample = Type.Object(
  {
    text: Text,
    answer: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    answers: Type.Optional(Words),
    rejected: Type.Optional(Words),
    domain: Type.Optional(Type.String({ maxLength: 64 })),
  },
  { additionalProperties: false },
);

/** Matrices of the upper layers: of attention, of the feed-forward part, and of the head. */
export const LORA_TARGETS = ["attention", "mlp", "head"] as const;
export const LORA_RANK_MAX = 256;
export const LORA_ALPHA_MAX = 1024;
export const LORA_DEFAULTS: LoraSettings = { rank: 8, alpha: 16, targets: [...LORA_TARGETS] };

/** Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685): W + (alpha/rank)·B·A. */
export const LoraSettings = Type.Object({
  rank: Type.Integer({
    minimum: 1,
    maximum: LORA_RANK_MAX,
    description: "Rows of A and columns of B.",
  }),
  alpha: Type.Number({ exclusiveMinimum: 0, maximum: LORA_ALPHA_MAX }),
  targets: Type.Array(Type.Enum(LORA_TARGETS), {
    minItems: 1,
    maxItems: LORA_TARGETS.length,
    uniqueItems: true,
    description: "The matrices of the upper layers that get factors.",
  }),
});
export type LoraSettings = Static<typeof LoraSettings>;
export type LoraTarget = LoraSettings["targets"][number];

const PatchRecipe = Type.Enum(["incremental", "lora"], {
  description: "Both train the upper layers and end in a patch; lora in a smaller one.",
});
/** Recipes that train above a cut and end in a patch. */
export type PatchRecipe = Static<typeof PatchRecipe>;

export const TrainingRunRequest = Type.Object(
  {
    model: Type.Optional(
      Type.String({ maxLength: 96, description: "An id; the default model when absent." }),
    ),
    samples: Type.Optional(
      Type.Array(RunSample, {
        minItems: 1,
        maxItems: RUN_SAMPLES_MAX,
        description: "What to learn; what waits in feedback when absent.",
      }),
    ),
    recipe: Type.Optional(PatchRecipe),
    lora: Type.Optional(Type.Partial(LoraSettings, { additionalProperties: false })),
    epochs: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 })),
  },
  {
    additionalProperties: false,
    examples: [{ model: "starter-cloze" }],
  },
);
export type TrainingRunRequest = Static<typeof TrainingRunRequest>;

const CurvePoint = Type.Object({
  step: Type.Integer(),
  loss: Type.Number({ description: "Nats a token, of this step." }),
  heldOutLoss: Type.Optional(Type.Number({ description: "The newest on what was held out." })),
});

const Measured = Type.Object({
  count: Type.Integer(),
  top1: Type.Number({ description: "Share with the right word first, 0..1." }),
  top3: Type.Number(),
  ece: Type.Number({ description: "Calibration error, 0..1." }),
});

const RunResult = Type.Object({
  version: Type.String({ description: "The new version." }),
  counts: Type.Object(
    { training: Type.Integer(), heldOut: Type.Integer() },
    {
      description:
        "Samples learned and held out. Of a few samples none is held out; before and after are " +
        "then about those that were learned.",
    },
  ),
  before: Measured,
  after: Measured,
  gate: GateVerdict,
  patchBytes: Type.Integer(),
  seconds: Type.Number(),
  steps: Type.Integer(),
});
export type RunResult = Static<typeof RunResult>;

const RunProgress = Type.Object({
  phase: Type.Enum(["starting", "prefix", "before", "training", "sweep", "after", "storing"]),
  done: Type.Integer(),
  total: Type.Integer({ description: "In the unit of the phase; 0 when it is not known." }),
  stepsPerSecond: Type.Optional(Type.Number()),
  secondsLeft: Type.Optional(Type.Number({ description: "Of the training phase." })),
});
export type RunProgress = Static<typeof RunProgress>;

export const TrainingRun = Type.Object({
  id: Type.String(),
  model: Type.String(),
  base: Type.String({ description: "The version that it begins with." }),
  state: Type.Enum(["running", "stopped", "finished", "failed", "given-up"], {
    description:
      "stopped: with a checkpoint, can be resumed · given-up: a later run took its " +
      "samples, or they were changed.",
  }),
  source: Type.Enum(["feedback", "upload"]),
  sampleCount: Type.Integer(),
  replaced: Type.Optional(ScrubCounts),
  recipe: Type.Optional(PatchRecipe),
  lora: Type.Optional(LoraSettings),
  seed: Type.Integer(),
  epochs: Type.Optional(Type.Integer()),
  createdAt: Type.String({ description: "ISO 8601, UTC." }),
  updatedAt: Type.String({ description: "ISO 8601, UTC." }),
  progress: RunProgress,
  curve: Type.Array(CurvePoint, { description: "Thinned out; the newest step is the last." }),
  notes: Type.Array(Type.String(), { description: "Such as samples that were left out." }),
  result: Type.Optional(RunResult),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
});
export type TrainingRun = Static<typeof TrainingRun>;

export const TrainingRunsResponse = Type.Object({
  runs: Type.Array(TrainingRun, { description: "The newest first." }),
});
export type TrainingRunsResponse = Static<typeof TrainingRunsResponse>;

/** The name of the events of GET /api/events that carry a TrainingRun. */
export const TRAINING_RUN_EVENT = "training-run";
