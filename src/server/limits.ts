// What a connection may cost before a request is even read. Values are generous for people and
// small for those who open many connections and say little.

import type { Socket } from "node:net";
import type { ErrorCode } from "../base/index.ts";
import { SECURITY_HEADERS } from "./door.ts";
import { answerOf, nativeShape } from "./errors.ts";

/** Bytes of the request line and all headers. */
export const HEADER_BYTES_MAX = 16_384;
/** Time for a complete request to arrive. */
export const REQUEST_TIMEOUT_MS = 15_000;
export const HEADERS_TIMEOUT_MS = 10_000;
export const KEEP_ALIVE_TIMEOUT_MS = 72_000;
export const CONNECTIONS_MAX = 1024;
/** How often connections are checked against these times. */
export const CHECK_INTERVAL_MS = 1000;
/** Characters of a path parameter. */
export const PARAMETER_CHARACTERS_MAX = 128;

/** Answers what is no request: broken HTTP, too many headers, one that never ends. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed || !socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const answer = brokenRequestAnswer(error.code);
  const body = JSON.stringify(nativeShape(answer));
  const headers = {
    ...SECURITY_HEADERS,
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${answer.status} Refused`, ...lines, "", body].join("\r\n"));
}

function brokenRequestAnswer(code: string | undefined): ReturnType<typeof answerOf> {
  const known: Readonly<Record<string, readonly [ErrorCode, string]>> = {
    HPE_HEADER_OVERFLOW: [
      "headers_too_large",
      `The address and headers are too long; at most ${HEADER_BYTES_MAX} bytes are read.`,
    ],
    ERR_HTTP_REQUEST_TIMEOUT: [
      "request_timeout",
      `The request did not arrive within ${REQUEST_TIMEOUT_MS / 1000} s.`,
    ],
  };
  const [name, message] = known[code ?? ""] ?? ["invalid_input", "This is not an HTTP request."];
  return answerOf(name, message);
}
