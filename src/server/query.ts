// Values of an address's query, which has only texts.

import { AppError } from "../base/index.ts";

/** A whole number between two limits, both included; throws `invalid_input` for anything else. */
export function wholeNumber(
  name: string,
  text: string | undefined,
  [least, most]: readonly [number, number],
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new AppError(
    "invalid_input",
    `${name} is ${JSON.stringify(text.slice(0, 40))}; expected a whole number from ` +
      `${least} to ${most}.`,
    { details: { field: name } },
  );
}
