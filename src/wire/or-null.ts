// A value that may be missing.

import { Type, type TNull, type TSchema, type TUnion } from "typebox";

/** The schema or null; `why` says what null means. */
export function orNull<T extends TSchema>(schema: T, why: string): TUnion<[T, TNull]> {
  return Type.Union([schema, Type.Null()], { description: why });
}
