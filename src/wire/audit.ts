// GET /api/audit: who changed what.

import { Type, type Static } from "typebox";

export const AUDIT_ENTRIES_MAX = 500;

export const AuditQuery = Type.Object(
  {
    actor: Type.Optional(Type.String({ maxLength: 64, description: "The name of a key." })),
    action: Type.Optional(Type.String({ maxLength: 64, description: 'As "training.start".' })),
    before: Type.Optional(Type.String({ description: "Only entries older than this id." })),
    limit: Type.Optional(Type.String({ description: `1 to ${AUDIT_ENTRIES_MAX}; 50 by default.` })),
  },
  { additionalProperties: false },
);
export type AuditQuery = Static<typeof AuditQuery>;

const AuditEntry = Type.Object({
  id: Type.Integer({ description: "Counts up." }),
  at: Type.String({ description: "ISO 8601, UTC." }),
  actor: Type.String({
    description:
      "The name of a key; (command): the command line; (local): without a key; (release): a " +
      "release, by itself; (schedule): the schedule.",
  }),
  action: Type.String({ description: 'What was done, as "training.start".' }),
  target: Type.Union([Type.String(), Type.Null()], { description: "To what." }),
  outcome: Type.String({ description: "done, or the code of an error." }),
  requestId: Type.Union([Type.String(), Type.Null()], { description: "null for commands." }),
});

export const AuditResponse = Type.Object({
  entries: Type.Array(AuditEntry, { description: "The newest first." }),
});
export type AuditResponse = Static<typeof AuditResponse>;
