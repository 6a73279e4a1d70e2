// What can go wrong between the page and the server, as kinds that each ask something different of
// the person in front of it. Knows HTTP, not what the page says about it.

/**
 * unreachable: no answer at all · starting: the model is still loading · busy: the queue is full ·
 * slow: no answer within the server's deadline · locked: a key is needed · forbidden: another key
 * is needed · refused: the request itself is wrong, and the message says how · unknown: anything
 * else.
 */
export type FailureKind =
  "unreachable" | "starting" | "busy" | "slow" | "locked" | "forbidden" | "refused" | "unknown";

export interface Failure {
  readonly kind: FailureKind;
  /** The server's own sentence, where it sent one. */
  readonly message?: string | undefined;
  readonly status?: number | undefined;
  /** To be quoted when asking somebody for help. */
  readonly requestId?: string | undefined;
  /** Asking again by itself makes sense after this time. */
  readonly retryAfterMs?: number | undefined;
}

/** A failure on its way from the client to whoever asked. */
export class RequestFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message ?? failure.kind);
    this.name = "RequestFailed";
    this.failure = failure;
  }
}

/** The failure in whatever was thrown. */
export function failureIn(error: unknown): Failure {
  return error instanceof RequestFailed ? error.failure : { kind: "unknown" };
}

const UNREACHABLE_RETRY_MS = 4000;
const STARTING_RETRY_MS = 1500;
const BUSY_RETRY_MS = 2000;

/** `fetch` itself failed: there is no server, or no way to it. */
export function unreachable(): Failure {
  return { kind: "unreachable", retryAfterMs: UNREACHABLE_RETRY_MS };
}

export interface FailedResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body, undefined when it was no JSON. */
  readonly body: unknown;
}

/** Reads a response with an error status, or one that cannot be read. */
export function failureOf({ status, headers, body }: FailedResponse): Failure {
  const kind = kindOf(status);
  return {
    kind,
    status,
    message: messageIn(body),
    requestId: headers.get("x-request-id") ?? undefined,
    retryAfterMs: retryAfterMs(kind, headers.get("retry-after")),
  };
}

function kindOf(status: number): FailureKind {
  if (status === 503) return "starting";
  if (status === 429) return "busy";
  if (status === 504) return "slow";
  if (status === 401) return "locked";
  if (status === 403) return "forbidden";
  // What is no answer of this server, such as the page of a proxy, is nobody's request gone wrong.
  return status >= 400 && status < 500 ? "refused" : "unknown";
}

function retryAfterMs(kind: FailureKind, header: string | null): number | undefined {
  if (kind !== "starting" && kind !== "busy") return undefined;
  const seconds = Number(header ?? "");
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  return kind === "busy" ? BUSY_RETRY_MS : STARTING_RETRY_MS;
}

/** `{error: {message}}`, the shape of every error under /api. */
function messageIn(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  const { error } = body;
  if (typeof error !== "object" || error === null || !("message" in error)) return undefined;
  return typeof error.message === "string" ? error.message : undefined;
}
