// The two families of failure. An AppError is something the outside world did (bad input, a missing
// file, a full queue): it has a code, and its message says what was seen, what was expected, what
// to do. A BugError is something we did; it is never shown to a caller as their mistake.

/** Every code an AppError may carry, with the HTTP status that the server answers it with. */
export const ERROR_STATUS = {
  invalid_input: 400,
  no_blank: 400,
  text_too_long: 413,
  unknown_field: 400,
  bad_encoding: 400,
  bad_row: 400,
  unauthorized: 401,
  forbidden: 403,
  unknown_model: 404,
  unknown_version: 404,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  damaged_file: 422,
  unsupported_model: 422,
  unsupported_graph: 422,
  busy: 429,
  rate_limited: 429,
  headers_too_large: 431,
  usage: 400,
  cancelled: 499,
  io_failed: 500,
  training_failed: 500,
  scrub_failed: 500,
  replica_failed: 502,
  unavailable: 503,
  deadline_exceeded: 504,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface AppErrorOptions {
  /** Machine-readable facts, e.g. `{row: 7}`. Never contains secrets or user text. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An expected failure; `status` is the HTTP status [400..599] that belongs to its code. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.details = options.details;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}

/** A broken promise inside this program: always logged, answered as a plain 500. */
export class BugError extends Error {
  override readonly name = "BugError";
}

/** Throws a {@link BugError} when `condition` is false; the message is built only then. */
export function invariant(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new BugError(message());
}

/** `value`, or a {@link BugError} that says what is missing. */
export function required<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new BugError(`${what} is missing`);
  return value;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of anything that was thrown; "internal" for a bug. */
export function codeOf(error: unknown): ErrorCode | "internal" {
  return error instanceof AppError ? error.code : "internal";
}
