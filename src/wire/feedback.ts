// POST /api/feedback and the review of what came of it.

import { Type, type Static } from "typebox";

/** Samples in one answer of GET /api/feedback, and in one review. */
export const SAMPLES_MAX = 500;

const Word = Type.String({ minLength: 1, maxLength: 64 });

/**
 * What comes before, received and scrubbed, is passed in memory: nothing is stored before it has
 * been scrubbed.
 */
export const SAMPLE_STATES = ["queued", "held", "in-run", "used", "rejected"] as const;

const SampleState = Type.Enum([...SAMPLE_STATES], {
  description:
    "queued: waits for a training run · held: waits for a reviewer · in-run: a run has it · " +
    "used: a version learned from it · rejected: a reviewer refused it.",
});
export type SampleState = Static<typeof SampleState>;

export const HOLD_REASONS = ["contradiction", "confident", "probe", "suspect", "asked"] as const;

const HoldReason = Type.Enum([...HOLD_REASONS], {
  description:
    "Why it is held. contradiction: one user says right, another wrong · confident: one user " +
    "alone against an answer that the model was sure of · probe: one user alone against what a " +
    "suite holds right · suspect: a training run doubts it · asked: a suite asks it, so that it " +
    "is not learned.",
});
export type HoldReason = Static<typeof HoldReason>;
const Hold = Type.Union([HoldReason, Type.Null()]);

export const SAMPLE_SOURCES = ["feedback", "import", "terms", "style"] as const;

const SampleSource = Type.Enum([...SAMPLE_SOURCES], { description: "Where it came from first." });
export type SampleSource = Static<typeof SampleSource>;

export const FeedbackRequest = Type.Object(
  {
    predictionId: Type.String({ minLength: 1, maxLength: 96, description: "Of an answer." }),
    verdict: Type.Enum(["accept", "reject"]),
    candidate: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          "A word that was offered; the first one when absent. A blank that was left open has " +
          'none: "reject" with an answer says what belongs there.',
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
        description:
          "Any stable name of the caller's user. When absent that of the fill; where that named " +
          "none, the key of the request stands for the user.",
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
  source: SampleSource,
  state: SampleState,
  hold: Hold,
  doubt: Type.Optional(
    Type.Object(
      {
        margin: Type.Number({
          description: "Below 0; in standard deviations of what the other samples can tell.",
        }),
        rival: Type.String({ description: "The answer that the other samples would give." }),
      },
      { description: "What the last training doubted, until a reviewer decides." },
    ),
  ),
  run: Type.Optional(
    Type.String({
      description:
        "The training run that has or had it. Of one that waits: the gate refused what the run " +
        "came to.",
    }),
  ),
  userCount: Type.Integer({ description: "Users behind it; imports and reviewers do not count." }),
  createdAt: Type.String({ description: "ISO 8601, UTC." }),
  updatedAt: Type.String({ description: "ISO 8601, UTC." }),
});
export type SampleSummary = Static<typeof SampleSummary>;

const SampleEvent = Type.Object({
  state: Type.Enum(["received", "scrubbed", ...SAMPLE_STATES]),
  hold: Hold,
  run: Type.Optional(Type.String({ description: "The training run that has or had it." })),
  at: Type.String({ description: "ISO 8601, UTC." }),
});

const Learners = Type.Array(Type.Object({ model: Type.String(), version: Type.String() }));

export const SampleDetails = Type.Object({
  sample: SampleSummary,
  events: Type.Array(SampleEvent, { description: "Its life, oldest first." }),
  learnedBy: Learners,
});
export type SampleDetails = Static<typeof SampleDetails>;

/** Questions in one answer of GET /api/feedback/questions. */
export const QUESTIONS_MAX = 50;

export const QuestionsQuery = Type.Object(
  {
    model: Type.Optional(
      Type.String({ maxLength: 96, description: "An id or alias; the default model when absent." }),
    ),
    limit: Type.Optional(Type.String({ description: `1 to ${QUESTIONS_MAX}; 5 when absent.` })),
  },
  { additionalProperties: false },
);

export type QuestionsQuery = Static<typeof QuestionsQuery>;

const Question = Type.Object({
  predictionId: Type.String({ description: "For POST /api/feedback." }),
  model: Type.String(),
  version: Type.String(),
  text: Type.String({ description: "With its blanks, scrubbed of personal data." }),
  blank: Type.Integer({ description: "Which blank of the text is asked, from 0." }),
  candidates: Type.Array(Type.Object({ text: Type.String(), score: Type.Number() }), {
    description: "Best first; the score is a probability, 0..1.",
  }),
  margin: Type.Number({ description: "By how much the first is ahead of the second, 0..1." }),
});
export type Question = Static<typeof Question>;

export const QuestionsResponse = Type.Object({
  questions: Type.Array(Question, { description: "The closest decision first." }),
});
export type QuestionsResponse = Static<typeof QuestionsResponse>;

export const SamplesQuery = Type.Object(
  {
    state: Type.Optional(SampleState),
    model: Type.Optional(
      Type.String({ maxLength: 96, description: "An id or alias; all models when absent." }),
    ),
    hold: Type.Optional(HoldReason),
    source: Type.Optional(SampleSource),
    domain: Type.Optional(Type.String({ maxLength: 64 })),
    answered: Type.Optional(
      Type.Enum(["yes", "no"], {
        description:
          "no: those that have only wrong words, and are not trained without a right one.",
      }),
    ),
    search: Type.Optional(Type.String({ maxLength: 200, description: "Part of the text." })),
    order: Type.Optional(
      Type.Enum(["doubt"], {
        description: "doubt: those that the last training doubted most come first.",
      }),
    ),
    limit: Type.Optional(Type.String({ description: `1 to ${SAMPLES_MAX}; 50 when absent.` })),
    offset: Type.Optional(Type.String({ description: "Samples to skip; 0 when absent." })),
  },
  { additionalProperties: false },
);
export type SamplesQuery = Static<typeof SamplesQuery>;

export const SamplesResponse = Type.Object({
  counts: Type.Record(Type.String(), Type.Integer(), {
    description: "Samples in each state, for the same query but for state and answered.",
  }),
  unanswered: Type.Integer({
    description:
      "Of the queued ones, those that have only wrong words; a run takes them beside samples " +
      "with a right word.",
  }),
  samples: Type.Array(SampleSummary, {
    description: "The newest change first, where no order is asked for.",
  }),
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

export const WaitingQuery = Type.Object(
  {
    model: Type.Optional(
      Type.String({ maxLength: 96, description: "An id or alias; the default model when absent." }),
    ),
  },
  { additionalProperties: false },
);
export type WaitingQuery = Static<typeof WaitingQuery>;

/** What a suite asks is in none of the counts: no run takes it. */
export const WaitingResponse = Type.Object({
  model: Type.String(),
  ready: Type.Integer({
    description: "Samples that the next training run takes, with right words or only wrong ones.",
  }),
  later: Type.Integer({
    description:
      "Samples that it leaves for a later one, since they stand on the word of a user from whom " +
      "it has taken samplesPerUser.",
  }),
  unanswered: Type.Integer({
    description:
      "Samples that have only wrong words and are left, since none with a right word waits: what " +
      "comes of wrong words alone could not be measured. 0 as soon as one does.",
  }),
  samplesPerUser: Type.Integer({
    description: "The most samples in a run that stand on the word of one user alone.",
  }),
});
export type WaitingResponse = Static<typeof WaitingResponse>;

const deleted = {
  samples: Type.Integer({ description: "Samples that are gone." }),
  learnedBy: Type.Array(Type.Object({ model: Type.String(), version: Type.String() }), {
    description: "Versions that learned from what is gone.",
  }),
  runs: Type.Array(Type.String(), {
    description: "Training runs under way that have it: what comes of them learns from it, too.",
  }),
};

export const DeletionResponse = Type.Object(deleted);
export type DeletionResponse = Static<typeof DeletionResponse>;

export const UserDeletionRequest = Type.Object(
  {
    userKey: Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        'As the client sent it; "key:NAME" for what was said with the key NAME and no userKey.',
    }),
  },
  { additionalProperties: false, examples: [{ userKey: "ann@example.com" }] },
);
export type UserDeletionRequest = Static<typeof UserDeletionRequest>;

export const UserDeletionResponse = Type.Object({
  ...deleted,
  predictions: Type.Integer({ description: "Answers to this user that are gone." }),
  changed: Type.Integer({
    description: "Samples that stay with what others said, without what this user said.",
  }),
});
export type UserDeletionResponse = Static<typeof UserDeletionResponse>;
