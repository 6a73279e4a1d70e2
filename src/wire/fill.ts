// POST /api/fill: texts with blanks in, ranked words out. One schema is the check on the server,
// the type in the page and the entry in /openapi.json.

import { Type, type Static } from "typebox";
import { TARGET_COUNT_MAX, TOP_K_MAX } from "../base/index.ts";

const FillOptions = {
  topK: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: TOP_K_MAX,
      description: "Candidates per blank; the server's setting fill.topK when absent.",
    }),
  ),
  length: Type.Optional(
    Type.Enum([1, "auto"], {
      description:
        '1: every blank is one token. "auto": every blank may become a word of 1–4 characters. ' +
        "Absent: [MASK] is one token, ___ and [BLANK] are words.",
    }),
  ),
  targets: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      minItems: 1,
      maxItems: TARGET_COUNT_MAX,
      description:
        "Only these words are candidates. Their scores are shares that add up to 1; with length " +
        "1 they are the probabilities of their tokens. Words with characters that the model's " +
        "vocabulary lacks have score 0.",
    }),
  ),
  words: Type.Optional(
    Type.Enum(["known", "any"], {
      description:
        "What a blank of open length may become. known, the default: words of the lexicon and " +
        "those that the version has learned. any: also what the model would write there token by " +
        "token, such as names, but pieces of a sentence, too; it reads about half as much again.",
    }),
  ),
  minConfidence: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        "A blank whose best candidate has a lower score is left open: it has no candidates, and " +
        "abstained is true. 0 or absent: none is.",
    }),
  ),
  model: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 96,
      description: 'A model ("starter-cloze") or one version of it ("starter-cloze@1").',
    }),
  ),
  userKey: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: "Any stable name of the caller's user; it is hashed before it is used.",
    }),
  ),
};

export const FillRequest = Type.Object(
  {
    text: Type.Optional(
      Type.String({ description: "One text with a blank: [MASK], ___ or [BLANK]." }),
    ),
    texts: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: "Several texts, instead of text." }),
    ),
    ...FillOptions,
  },
  {
    additionalProperties: false,
    description: "Exactly one of text and texts.",
    examples: [{ text: "春风又绿江南[MASK]，明月何时照我还。", topK: 3 }],
  },
);
export type FillRequest = Static<typeof FillRequest>;

const FillCandidate = Type.Object({
  text: Type.String({ description: "The word." }),
  score: Type.Number({ minimum: 0, maximum: 1, description: "Calibrated probability." }),
  sequence: Type.String({ description: "The whole text with the word in its blank." }),
});
export type FillCandidate = Static<typeof FillCandidate>;

const Abstained = Type.Optional(
  Type.Boolean({ description: "true where no candidate was as sure as minConfidence." }),
);

const FillBlank = Type.Object({ candidates: Type.Array(FillCandidate), abstained: Abstained });
export type FillBlank = Static<typeof FillBlank>;

/** A blank as callers see it. */
export function asBlank({
  candidates,
  abstained,
}: {
  readonly candidates: readonly FillCandidate[];
  readonly abstained?: boolean | undefined;
}): FillBlank {
  return { candidates: asWords(candidates), ...(abstained === true ? { abstained } : {}) };
}

/** Candidates as words: of two tokens that read alike ("e", "##e") the likelier is shown. */
function asWords(candidates: readonly FillCandidate[]): FillCandidate[] {
  const words = new Map<string, FillCandidate>();
  for (const { text, score, sequence } of candidates) {
    if (!words.has(text)) words.set(text, { text, score, sequence });
  }
  return [...words.values()];
}

export const FillPrediction = Type.Object({
  predictionId: Type.String({ description: "Names this answer in POST /api/feedback." }),
  model: Type.String(),
  version: Type.String({ description: 'A whole number: "1", "2", …' }),
  candidates: Type.Array(FillCandidate, { description: "For the first blank, best first." }),
  abstained: Abstained,
  blanks: Type.Optional(
    Type.Array(FillBlank, {
      description: "All blanks in the order of the text, when there are several.",
    }),
  ),
});
export type FillPrediction = Static<typeof FillPrediction>;

export const FillPredictions = Type.Object({
  predictions: Type.Array(FillPrediction, { description: "In the order of texts." }),
});
export type FillPredictions = Static<typeof FillPredictions>;

export const FillResponse = Type.Union([FillPrediction, FillPredictions], {
  description: "A prediction for text; {predictions: […]} for texts.",
});
export type FillResponse = Static<typeof FillResponse>;
