// Suites: the questions that versions of a model are measured on. The questions themselves are
// never in an answer.

import { Type, type Static } from "typebox";
import { SuiteKind } from "./probes.ts";
import { ScrubCounts } from "./scrub.ts";

const Suite = Type.Object({
  name: Type.String(),
  kind: SuiteKind,
  count: Type.Union([Type.Integer(), Type.Null()], {
    description: "Questions; null when the file cannot be read, as then its hash is.",
  }),
  sha256: Type.Union([Type.String(), Type.Null()]),
});

const model = Type.Optional(
  Type.String({ maxLength: 96, description: "An id; the default model when absent." }),
);

export const SuitesQuery = Type.Object({ model }, { additionalProperties: false });

export const SuiteRequest = Type.Object(
  {
    model,
    name: Type.String({
      description:
        'Of 1 to 40 letters (Chinese ones too), digits, ".", "_" and "-"; not that of another ' +
        "suite of the model.",
    }),
    text: Type.String({
      description:
        "The lines of a sample file (JSONL). Personal data is replaced before they are stored. " +
        "More than a body takes goes through `whetstone suites add`.",
    }),
  },
  {
    additionalProperties: false,
    examples: [{ name: "合同", text: '{"text":"合同自签字之日起___","answer":"生效"}\n' }],
  },
);
export type SuiteRequest = Static<typeof SuiteRequest>;

export const SuitesResponse = Type.Object({
  model: Type.String(),
  suites: Type.Array(Suite, { description: "Those that ship first, then one's own by name." }),
  replaced: Type.Optional(ScrubCounts),
});
export type SuitesResponse = Static<typeof SuitesResponse>;
