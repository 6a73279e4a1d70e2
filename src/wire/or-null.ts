// A value that may be missing.

import { Type } from "typebox";

/** The schema or null; `why` says what null means. */
export function orNull<T extends Parameters<typeof Type.Union>[0][number]>(schema: T, why: string) {
  return Type.Union([schema, Type.Null()], { description: why });
}
