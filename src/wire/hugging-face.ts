// The fill-mask task as the Hugging Face inference API speaks it, so that its clients work
// unchanged: @huggingface/inference with `endpointUrl`, and whatever else posts {inputs,
// parameters}. https://huggingface.co/docs/inference-providers/tasks/fill-mask

import { Type, type Static } from "typebox";
import { TARGET_COUNT_MAX, TOP_K_MAX } from "../base/index.ts";

export const HuggingFaceRequest = Type.Object(
  {
    inputs: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
      description: "One text or several, each with at least one [MASK].",
    }),
    parameters: Type.Optional(
      Type.Object(
        {
          top_k: Type.Optional(Type.Integer({ minimum: 1, maximum: TOP_K_MAX })),
          targets: Type.Optional(
            Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
              minItems: 1,
              maxItems: TARGET_COUNT_MAX,
            }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    options: Type.Optional(
      Type.Object(
        { use_cache: Type.Optional(Type.Boolean({ description: "false: the model is asked." })) },
        { description: "Hints of the hub; those on waiting are accepted and not used." },
      ),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ inputs: "画龙点[MASK]。", parameters: { top_k: 3 } }],
  },
);
export type HuggingFaceRequest = Static<typeof HuggingFaceRequest>;

const HuggingFaceCandidate = Type.Object({
  score: Type.Number({ minimum: 0, maximum: 1 }),
  token: Type.Integer({ description: "The id in the model's vocabulary." }),
  token_str: Type.String(),
  sequence: Type.String(),
});
export type HuggingFaceCandidate = Static<typeof HuggingFaceCandidate>;

/** A list for a text with one mask, a list for each mask of a text with several. */
const OneText = Type.Union([
  Type.Array(HuggingFaceCandidate),
  Type.Array(Type.Array(HuggingFaceCandidate)),
]);
export type HuggingFaceAnswer = Static<typeof OneText>;

export const HuggingFaceResponse = Type.Union([OneText, Type.Array(OneText)], {
  description:
    "For one text: its candidates, one list per mask when there are several masks. " +
    "For an array of texts: an array of those.",
});
export type HuggingFaceResponse = Static<typeof HuggingFaceResponse>;

export const HuggingFaceError = Type.Object({ error: Type.String() });
export type HuggingFaceError = Static<typeof HuggingFaceError>;
