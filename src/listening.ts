// A server at its address: it listens, commands find it, and it ends without losing what is in.

import { AppError, messageOf, type Logger } from "./base/index.ts";
import {
  announceServer,
  findServer,
  withdrawServer,
  type RunningServer,
} from "./registry/index.ts";
import { isWildcard, type HttpServer } from "./server/index.ts";

/** Requests that are in when the server is asked to end have this long. */
const DRAIN_MS = 5000;
const IDLE_CHECK_MS = 20;
/** The port; throws AppError `conflict` for a busy one, `io_failed` for any other reason. */
export async function listenOn(
  server: HttpServer,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw asListenError(error, host, port);
  }
  const address = server.server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

function asListenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "EADDRINUSE") {
    return new AppError(
      "conflict",
      `Port ${port} on ${host} is in use by another program. ` +
        "Stop that one, or choose another port with --port N (0 takes any free one).",
      { details: { port, host }, cause: error },
    );
  }
  return new AppError(
    "io_failed",
    `The server cannot listen on port ${port} of ${host}: ${messageOf(error)}.`,
    { details: { port, host }, cause: error },
  );
}

/** Lets requests that are in finish, for a limited time. */
export async function drain(server: HttpServer): Promise<void> {
  const limit = setTimeout(() => server.server.closeAllConnections(), DRAIN_MS);
  // A connection that is kept alive after its last answer would hold the server for a minute.
  const idle = setInterval(() => server.server.closeIdleConnections(), IDLE_CHECK_MS);
  try {
    await server.close();
  } finally {
    clearTimeout(limit);
    clearInterval(idle);
  }
}

/** How a URL names a server on `host`, so that this machine reaches it there. */
export function hostInUrl(host: string): string {
  const named = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  if (!isWildcard(host)) return named;
  return named.startsWith("[") ? "[::1]" : "127.0.0.1";
}

/** Keeps server.json true: one write at a time, in order. */
export class Announcer {
  readonly #directory: string;
  readonly #logger: Logger;
  #server: Omit<RunningServer, "serving"> | undefined;
  #serving: readonly string[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  async announce(server: Omit<RunningServer, "serving">): Promise<void> {
    const other = await findServer(this.#directory);
    if (other !== undefined && other.pid !== server.pid) {
      const facts = { pid: other.pid, url: other.url };
      this.#logger.warn(
        facts,
        "another server uses this data directory; commands will find this one",
      );
    }
    this.#server = server;
    this.#write();
    await this.#last;
  }

  update({ serving }: { readonly serving: readonly string[] }): void {
    this.#serving = serving;
    this.#write();
  }

  async withdraw(): Promise<void> {
    const pid = this.#server?.pid;
    this.#server = undefined;
    await this.#last;
    if (pid !== undefined) await withdrawServer(this.#directory, pid);
  }

  #write(): void {
    const server = this.#server;
    if (server === undefined) return;
    const serving = this.#serving;
    this.#last = this.#last
      .then(() => announceServer(this.#directory, { ...server, serving }))
      .catch((error: unknown) => {
        this.#logger.error({ error: messageOf(error) }, "server.json cannot be written");
      });
  }
}
