// POST /api/feedback and the review of what came of it.

import { Type, type Static } from "typebox";

/** Samples in one answer of GET /api/feedback, and in one review. */
export const SAMPLES_MAX = 500;

const Word = Type.String({ minLength: 1, maxLength: 64 });

const SampleState = Type.Enum(["queued", "held", "in-run", "used", "rejected"], {
  description:
    "queued: waits for a training run · held: waits for a reviewer · in-run: a run has it · " +
    "used: a version learned from it · rejected: a reviewer refused it.",
});
export type SampleState = Static<typeof SampleState>;

const Hold = Type.Union([Type.Enum(["contradiction", "confident", "suspect"]), Type.Null()], {
  description:
    "Why it is held. contradiction: one user says right, another wrong · confident: one user " +
    "alone against an answer that the model was sure of · suspect: a training run doubts it.",
});

export const FeedbackRequest = Type.Object(
  {
    predictionId: Type.String({ minLength: 1, maxLength: 96, description: "Of an answer." }),
    verdict: Type.Enum(["accept", "reject"]),
    candidate: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: "A word that was offered; the first one when absent.",
      }),
    ),
    blank: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 63, description: "From 0; 0 when absent." }),
    ),
    answer: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'The right word, with "reject". Up to 4 Chinese characters.',
      }),
    ),
    userKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: "Any stable name of the caller's user; that of the fill when absent.",
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      "One verdict for each prediction, blank, candidate and user; the last one counts. " +
      "Predictions can be judged for 24 hours.",
    examples: [
      {
        predictionId: "1f0c9a52-7d0e-4a27-8f54-2f1d7b6f0f3b",
        verdict: "reject",
        candidate: "发货",
        answer: "生效",
      },
    ],
  },
);
export type FeedbackRequest = Static<typeof FeedbackRequest>;

export const FeedbackResponse = Type.Object({
  predictionId: Type.String(),
  sampleId: Type.String({ description: "The sample that the verdict went into." }),
  state: SampleState,
  hold: Hold,
});
export type FeedbackResponse = Static<typeof FeedbackResponse>;

export const SampleSummary = Type.Object({
  id: Type.String(),
  model: Type.String(),
  text: Type.String({ description: "With one blank, scrubbed of personal data." }),
  answers: Type.Array(Type.String(), { description: "All right words." }),
  rejected: Type.Array(Type.String(), { description: "Words said to be wrong." }),
  domain: Type.Optional(Type.String()),
  source: Type.Enum(["feedback", "import", "terms", "style"]),
  state: SampleState,
  hold: Hold,
  run: Type.Optional(Type.String({ description: "The training run that has or had it." })),
  userCount: Type.Integer({ description: "Users behind it; imports and reviewers do not count." }),
  createdAt: Type.String({ description: "ISO 8601, UTC." }),
  updatedAt: Type.String({ description: "ISO 8601, UTC." }),
});
export type SampleSummary = Static<typeof SampleSummary>;

export const SamplesQuery = Type.Object(
  {
    state: Type.Optional(SampleState),
    model: Type.Optional(Type.String({ maxLength: 96 })),
    search: Type.Optional(Type.String({ maxLength: 200, description: "Part of the text." })),
    limit: Type.Optional(Type.String({ description: `1 to ${SAMPLES_MAX}; 50 when absent.` })),
    offset: Type.Optional(Type.String({ description: "Samples to skip; 0 when absent." })),
  },
  { additionalProperties: false },
);
export type SamplesQuery = Static<typeof SamplesQuery>;

export const SamplesResponse = Type.Object({
  counts: Type.Record(Type.String(), Type.Integer(), {
    description: "Samples in each state, for the same model and search.",
  }),
  samples: Type.Array(SampleSummary, { description: "The newest change first." }),
});
export type SamplesResponse = Static<typeof SamplesResponse>;

export const ReviewRequest = Type.Object(
  {
    ids: Type.Array(Type.String({ maxLength: 96 }), { minItems: 1, maxItems: SAMPLES_MAX }),
    action: Type.Enum(["accept", "reject", "edit"], {
      description: "edit changes one sample: fields that are absent stay as they are.",
    }),
    text: Type.Optional(Type.String({ description: "With one blank." })),
    answers: Type.Optional(Type.Array(Word, { maxItems: 50 })),
    rejected: Type.Optional(Type.Array(Word, { maxItems: 50 })),
    domain: Type.Optional(Type.String({ maxLength: 64 })),
  },
  { additionalProperties: false },
);
export type ReviewRequest = Static<typeof ReviewRequest>;

export const ReviewResponse = Type.Object({ samples: Type.Array(SampleSummary) });
export type ReviewResponse = Static<typeof ReviewResponse>;

export const DeletionResponse = Type.Object({
  samples: Type.Integer({ description: "Samples that are gone." }),
  learnedBy: Type.Array(Type.Object({ model: Type.String(), version: Type.String() }), {
    description: "Versions that learned from what is gone.",
  }),
});
export type DeletionResponse = Static<typeof DeletionResponse>;
