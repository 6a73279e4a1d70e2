// The way of commands to the running server of a data directory. It lets them in by what only the
// owner of the directory can read there.

import { AppError, messageOf, type ErrorCode } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import type { RunningServer } from "../registry/index.ts";
import type { ErrorResponse } from "../wire/index.ts";

/** For what the server knows at once. */
const READ_TIMEOUT_MS = 5000;
/**
 * For what it is to do: a promotion waits for its version to be run in, a way back for the files of
 * the version before to be looked at. As long as a version may take to open.
 */
const MOVE_TIMEOUT_MS = 120_000;

/** The server; throws `unavailable` when none runs. */
export async function requireServer({ data }: Config): Promise<RunningServer> {
  const { findServer } = await import("../registry/index.ts");
  const server = await findServer(data.directory);
  if (server !== undefined) return server;
  throw new AppError(
    "unavailable",
    `No server runs on the data directory ${data.directory}. ` +
      "Start one with `whetstone serve`, or name another directory with --data DIR.",
  );
}

/** As `askServer`, the body alone; throws the error that it answers with. */
export async function ask(
  server: RunningServer,
  path: string,
  request?: Parameters<typeof askServer>[2],
): Promise<unknown> {
  const { status, body } = await askServer(server, path, request);
  if (status >= 400) throw asError(body as ErrorResponse);
  return body;
}

function asError({ error }: ErrorResponse): AppError {
  const details = error.details === undefined ? {} : { details: error.details };
  return new AppError(error.code as ErrorCode, error.message, details);
}

/**
 * Its answer, whatever the status; throws `unavailable` when there is none, and `deadline_exceeded`
 * when it has not done yet what it was told.
 */
export async function askServer(
  { url, token }: RunningServer,
  path: string,
  { method = "GET", body }: { readonly method?: string; readonly body?: object } = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const timeoutMs = method === "GET" ? READ_TIMEOUT_MS : MOVE_TIMEOUT_MS;
  try {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === "TimeoutError";
    if (isLate && method !== "GET") throw goesOn(url, cause);
    throw new AppError(
      "unavailable",
      `The server at ${url} does not answer: ${messageOf(cause)}. Try again, or restart it.`,
      { cause },
    );
  }
}

function goesOn(url: string, cause: Error): AppError {
  return new AppError(
    "deadline_exceeded",
    `The server at ${url} was told, and has not done it after ${MOVE_TIMEOUT_MS / 1000} s. ` +
      "It goes on with it; look where it is with `whetstone status`.",
    { cause },
  );
}
