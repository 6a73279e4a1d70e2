// What the data directory takes of the disk.

import { Type, type Static } from "typebox";

const Bytes = (description: string) => Type.Integer({ description });

export const DiskResponse = Type.Object({
  versionsBytes: Bytes("Files of versions."),
  stagedBytes: Bytes("The same in the form that opens fastest; made again where it is missing."),
  downloadsBytes: Bytes("Models on their way here, and what broken fetches left."),
  activationsBytes: Bytes("Activations that the next training can use again."),
  otherBytes: Bytes("Feedback, suites and all else."),
  freeBytes: Type.Union([Type.Integer(), Type.Null()], {
    description: "What is free on the disk; null where it does not tell.",
  }),
  models: Type.Array(
    Type.Object({
      model: Type.String(),
      versionsBytes: Bytes("Files that models share count for each."),
      stagedBytes: Bytes("The same."),
    }),
  ),
});
export type DiskResponse = Static<typeof DiskResponse>;
