// The shape of every error under /api. Codes and their statuses are the table in base/errors.ts.

import { Type, type Static } from "typebox";

export const ErrorResponse = Type.Object({
  error: Type.Object({
    code: Type.String({ description: "One of docs/errors.md, or internal." }),
    message: Type.String({ description: "What was seen, what was expected, what to do." }),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  }),
});
export type ErrorResponse = Static<typeof ErrorResponse>;

/** Response headers that say who answered, and under which id. */
export const MODEL_HEADER = "x-whetstone-model";
export const VERSION_HEADER = "x-whetstone-version";
/** hit: the answer was in memory · partial: of some texts · miss: of none. Absent without cache. */
export const CACHE_HEADER = "x-whetstone-cache";
/** Several ids, for several texts, are separated by ", ". */
export const PREDICTION_ID_HEADER = "x-whetstone-prediction-id";
/** Request header that keeps a user on one side of a release; VERSION_HEADER pins a version. */
export const USER_KEY_HEADER = "x-whetstone-user-key";
