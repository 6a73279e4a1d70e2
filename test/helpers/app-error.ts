// For tests of errors: the error itself, so that code and message can both be looked at.

import { AppError } from "../../src/base/index.ts";

/** The AppError that `run` throws; anything else that is thrown passes through. */
export function appErrorOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("expected an AppError, but nothing was thrown");
}
