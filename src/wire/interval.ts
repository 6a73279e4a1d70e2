// Between which bounds a measured figure lies.

import { Type, type Static } from "typebox";

export const Interval = Type.Object(
  { low: Type.Number(), high: Type.Number() },
  { description: "95 %, percentiles of a bootstrap." },
);
export type Interval = Static<typeof Interval>;
