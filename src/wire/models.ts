// GET /api/models and the state of the server.

import { Type, type Static } from "typebox";
import { orNull } from "./or-null.ts";

export const VersionSummary = Type.Object({
  version: Type.String({ description: 'A whole number: "1", "2", …' }),
  state: Type.Enum(["ready", "refused", "cleaned"], {
    description: "refused: the gate said no · cleaned: its files are gone.",
  }),
  origin: Type.Enum(["shipped", "added", "trained"]),
  createdAt: Type.String({ description: "ISO 8601, UTC." }),
  parent: Type.Union([Type.String(), Type.Null()], {
    description: "The version it was made from.",
  }),
  sha256: Type.String({ description: "Of the weights, hexadecimal." }),
  sizeBytes: Type.Integer(),
  metrics: Type.Record(Type.String(), Type.Unknown()),
});
export type VersionSummary = Static<typeof VersionSummary>;

export const ModelSummary = Type.Object({
  id: Type.String(),
  kind: Type.Enum(["fill-mask"]),
  createdAt: Type.String({ description: "ISO 8601, UTC." }),
  stable: Type.String({ description: "The version that answers when none is named." }),
  aliases: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.Union([Type.String(), Type.Null()], { description: "null: the stable one." }),
    }),
    { description: "Other names that requests may use." },
  ),
  versions: Type.Array(VersionSummary, { description: "Oldest first." }),
});
export type ModelSummary = Static<typeof ModelSummary>;

export const ModelsResponse = Type.Object({ models: Type.Array(ModelSummary) });
export type ModelsResponse = Static<typeof ModelsResponse>;

const LiveVersion = Type.Object({
  model: Type.String(),
  version: Type.String(),
  state: Type.Enum(["loading", "ready", "failed"]),
  precision: orNull(
    Type.Enum(["fp32", "int8"]),
    "Of the numbers that it answers from: fp32 also where int8 is set and is too far from it. " +
      "Null: not open yet.",
  ),
  replicas: Type.Integer({ description: "Processes that can answer now." }),
  busy: Type.Integer({ description: "Those of them that are in a batch." }),
  waiting: Type.Integer({ description: "Texts in the queue." }),
});

export const HealthResponse = Type.Object({
  status: Type.Enum(["ok", "loading", "failed", "stopping"]),
  model: Type.String({ description: "The model that answers when none is named." }),
  message: Type.Optional(Type.String({ description: "Why it is not ok." })),
  live: Type.Array(LiveVersion),
});
export type HealthResponse = Static<typeof HealthResponse>;
