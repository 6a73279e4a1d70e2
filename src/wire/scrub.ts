// What the scrub did to something that was uploaded.

import { Type, type Static } from "typebox";

export const ScrubCounts = Type.Record(Type.String(), Type.Integer(), {
  description: "Pieces of personal data that were replaced before anything was stored, by kind.",
});
export type ScrubCounts = Static<typeof ScrubCounts>;
