// Work that one process at a time is at: what another one that wants it is told. Its starter may be
// told so by a child process, as data, so that no class of error would do.

import { AppError } from "../base/index.ts";
import { pidOf } from "./process.ts";

/** `what` is under way in the process that made `mark`; `isHeld` knows the error again. */
export function heldBy(mark: string, what: string): AppError {
  const pid = pidOf(mark);
  return new AppError(
    "conflict",
    `${what} is under way in process ${pid}; wait for it, or stop it first.`,
    { details: { pid } },
  );
}

/** Whether another process is at it: of all conflicts only this one names a process. */
export function isHeld(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return error.code === "conflict" && error.details?.["pid"] !== undefined;
}
