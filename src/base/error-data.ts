// Errors on their way between processes, which take no class with them.

import { AppError, messageOf, type ErrorCode } from "./errors.ts";

/** An error as data; `code` is undefined for a bug. */
export interface ErrorData {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

export function toErrorData(error: unknown): ErrorData {
  const isExpected = error instanceof AppError;
  return {
    code: isExpected ? error.code : undefined,
    message: messageOf(error),
    details: isExpected ? error.details : undefined,
  };
}

/** What another process threw, to be thrown on here; `ofBug` makes an error of a bug there. */
export function fromErrorData(
  { code, message, details }: ErrorData,
  ofBug: (message: string) => AppError,
): AppError {
  if (code === undefined) return ofBug(message);
  return new AppError(code, message, details === undefined ? {} : { details });
}
