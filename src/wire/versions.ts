// Versions of a model: the list, and what a person may do to one.

import { Type, type Static } from "typebox";
import { VersionArchive } from "./archive.ts";

export const VersionsQuery = Type.Object(
  {
    model: Type.Optional(
      Type.String({ maxLength: 96, description: "An id; the default model when absent." }),
    ),
  },
  { additionalProperties: false },
);

/** A version as it stands in the list; the rest of it is in its archive. */
export const ListedVersion = Type.Pick(VersionArchive, [
  "version",
  "state",
  "isStable",
  "origin",
  "createdAt",
  "parent",
  "sizeBytes",
  "metrics",
  "drift",
  "gate",
]);
export type ListedVersion = Static<typeof ListedVersion>;

export const VersionsResponse = Type.Object({
  model: Type.String(),
  versions: Type.Array(ListedVersion, { description: "The newest first." }),
});
export type VersionsResponse = Static<typeof VersionsResponse>;

export const ArchiveQuery = Type.Object(
  {
    format: Type.Optional(
      Type.Enum(["json", "markdown"], { description: "Goes before the Accept header." }),
    ),
  },
  { additionalProperties: false },
);

export const NoteRequest = Type.Object(
  {
    text: Type.String({
      description: "Known limits in a person's words; an empty text takes the last note back.",
    }),
  },
  { additionalProperties: false, examples: [{ text: "Weak in classical poems." }] },
);

export const StableRequest = Type.Object(
  {
    force: Type.Optional(
      Type.Boolean({ description: "Also a version that the gate refused; it is written down." }),
    ),
  },
  { additionalProperties: false },
);
