// Everything that can go wrong in a request, as one answer: status, code, message. Each interface
// then puts it into its own shape.

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { AppError, ERROR_STATUS, messageOf, type ErrorCode, type Logger } from "../base/index.ts";
import type { ErrorResponse, HuggingFaceError } from "../wire/index.ts";
import { describeViolation } from "./violations.ts";

export interface ErrorAnswer {
  readonly status: number;
  readonly code: ErrorCode | "internal";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

type Shape = (answer: ErrorAnswer) => ErrorResponse | HuggingFaceError;

export const nativeShape = ({ code, message, details }: ErrorAnswer): ErrorResponse => ({
  error: { code, message, ...(details === undefined ? {} : { details: { ...details } }) },
});

export const huggingFaceShape = ({ message }: ErrorAnswer): HuggingFaceError => ({
  error: message,
});

/** Errors of the framework → codes of ours. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "body_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "invalid_input",
  FST_ERR_BAD_URL: "invalid_input",
};

const codes = new WeakMap<FastifyRequest, ErrorAnswer["code"]>();

/** The code that a request was refused with, for its line in the log. */
export function errorCodeOf(request: FastifyRequest): ErrorAnswer["code"] | undefined {
  return codes.get(request);
}

/** A handler of errors that answers in `shape`. */
export function createErrorHandler(logger: Logger, limits: { readonly bodyBytes: number }) {
  return (shape: Shape) =>
    (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
      const answer = toAnswer(error, limits);
      codes.set(request, answer.code);
      if (answer.code === "internal") {
        const stack = error instanceof Error ? error.stack : undefined;
        logger.error({ requestId: request.id, error: messageOf(error), stack }, "bug");
      }
      const retryAfter = answer.details?.["retryAfterSeconds"] ?? 1;
      if (answer.status === 429 || answer.status === 503) reply.header("retry-after", retryAfter);
      void reply.status(answer.status).type("application/json; charset=utf-8").send(shape(answer));
    };
}

function toAnswer(error: unknown, limits: { readonly bodyBytes: number }): ErrorAnswer {
  if (error instanceof AppError) {
    const { status, code, message, details } = error;
    return { status, code, message, details };
  }
  const { code = "", validation, statusCode } = error as Partial<FastifyError>;
  // The last one is about the field as a whole, those before it about each form it may have.
  const violation = validation?.at(-1);
  if (violation !== undefined) return describeViolation(violation);
  const known = FRAMEWORK_CODES[code];
  if (known !== undefined) return frameworkAnswer(known, error, limits);
  if (statusCode === 404) return answerOf("not_found", "Nothing is at this address.");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return answerOf("invalid_input", messageOf(error));
  }
  return {
    status: 500,
    code: "internal",
    message: "The server made a mistake; its log has the details under the id of this request.",
    details: undefined,
  };
}

function frameworkAnswer(
  code: ErrorCode,
  error: unknown,
  { bodyBytes }: { readonly bodyBytes: number },
): ErrorAnswer {
  if (code === "body_too_large") {
    const message = `The body is too large; at most ${bodyBytes} bytes are read.`;
    return answerOf(code, message, { limitBytes: bodyBytes });
  }
  if (code === "unsupported_media_type") {
    const message = "The body must be sent with the header content-type: application/json.";
    return answerOf(code, message);
  }
  return answerOf(code, messageOf(error));
}

export function answerOf(
  code: ErrorCode,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): ErrorAnswer {
  return { status: ERROR_STATUS[code], code, message, details };
}
