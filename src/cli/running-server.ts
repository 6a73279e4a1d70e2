// The way of commands to the running server of a data directory. It lets them in by what only the
// owner of the directory can read there.

import { AppError, messageOf } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import type { RunningServer } from "../registry/index.ts";

const TIMEOUT_MS = 5000;

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

/** Its answer, whatever the status; throws `unavailable` when there is none. */
export async function askServer(
  { url, token }: RunningServer,
  path: string,
  { method = "GET", body }: { readonly method?: string; readonly body?: object } = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  } catch (cause) {
    throw new AppError(
      "unavailable",
      `The server at ${url} does not answer: ${messageOf(cause)}. Try again, or restart it.`,
      { cause },
    );
  }
}
