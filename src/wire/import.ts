// POST /api/feedback/import: a file of samples, terms or style pairs, and what became of it.

import { Type, type Static } from "typebox";
import { ScrubCounts } from "./scrub.ts";

/** Samples that one request may come to; more go through `whetstone feedback import`. */
export const IMPORT_SAMPLES_MAX = 5000;

const ImportKind = Type.Enum(["samples", "terms", "style"], {
  description:
    "samples: lines of JSON · terms: a table with the columns term, domain and patterns · style: " +
    "a table of an informal sentence and the formal one in each row.",
});

export const ImportRequest = Type.Object(
  {
    model: Type.Optional(
      Type.String({ maxLength: 96, description: "An id; the default model when absent." }),
    ),
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: "Of the file; tells the kind when that is absent (.jsonl, .csv, .tsv).",
      }),
    ),
    kind: Type.Optional(ImportKind),
    text: Type.String({
      description: `What the file holds. At most ${IMPORT_SAMPLES_MAX} samples come of it.`,
    }),
    userKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: "Whose words these are, so that they can be deleted as such.",
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      { kind: "terms", text: "term,domain,patterns\n签收,电商,快递已{term}|请{term}包裹\n" },
    ],
  },
);
export type ImportRequest = Static<typeof ImportRequest>;

export const ImportResponse = Type.Object({
  model: Type.String(),
  kind: ImportKind,
  read: Type.Integer({ description: "Samples that the file came to." }),
  added: Type.Integer({ description: "Samples that are new." }),
  merged: Type.Integer({ description: "Samples that went into known ones of the same text." }),
  held: Type.Integer({ description: "Of both, those that wait for a reviewer." }),
  blocked: Type.Array(Type.Object({ row: Type.Integer(), reason: Type.String() }), {
    description: "Samples that were not stored, with the row of the file that they came from.",
  }),
  replaced: ScrubCounts,
});
export type ImportResponse = Static<typeof ImportResponse>;
