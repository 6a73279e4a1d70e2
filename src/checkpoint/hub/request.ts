// Requests to a hub that go nowhere else: to the mirror that is configured, and from there only to
// hosts that are configured too (SSRF). https://cheatsheetseries.owasp.org, "Server-Side Request
// Forgery Prevention".

import { AppError, messageOf } from "../../base/index.ts";

/** Where requests may go. */
export interface HubAccess {
  /** "https://huggingface.co" */
  readonly mirror: string;
  /** Hosts, with those below them, to which the mirror may send on, over https only. */
  readonly redirectHosts: readonly string[];
}

const REDIRECTS_MAX = 5;

/** A response and what its redirects said of the file. */
export interface HubResponse {
  readonly response: Response;
  /** SHA-256 of the file, where the hub tells it. */
  readonly sha256: string | undefined;
}

/**
 * Sends a GET request; whatever status comes back that is no redirect is for the caller to judge.
 *
 * @throws AppError `forbidden` when the hub redirects to a host that is not allowed, `unavailable`
 *   when it cannot be reached.
 */
export async function request(
  url: URL,
  access: HubAccess,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<HubResponse> {
  let target = url;
  let sha256: string | undefined;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    const response = await fetchOnce(target, access, options);
    sha256 ??= sha256Of(response.headers);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      return { response, sha256 };
    }
    await response.body?.cancel();
    const next = new URL(location, target);
    if (!isAllowed(next, access)) throw redirectRefused(target, next);
    target = next;
  }
  throw new AppError("unavailable", `${url.href} redirects more than ${REDIRECTS_MAX} times.`);
}

/** Whether a request may go there: the mirror itself, or https on an allowed host. */
export function isAllowed(url: URL, { mirror, redirectHosts }: HubAccess): boolean {
  if (url.username !== "" || url.password !== "") return false;
  if (url.origin === new URL(mirror).origin) return true;
  if (url.protocol !== "https:" || url.port !== "") return false;
  return redirectHosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`));
}

async function fetchOnce(
  url: URL,
  { mirror }: HubAccess,
  { headers, signal }: Parameters<typeof request>[2],
): Promise<Response> {
  try {
    // Ranges count bytes of the file itself, so it must come as it is.
    const sent = { "accept-encoding": "identity", "user-agent": "whetstone", ...headers };
    return await fetch(url, { headers: sent, redirect: "manual", signal });
  } catch (cause) {
    throw unreachable(mirror, cause);
  }
}

/** Says that the network is the problem, and what works without. */
export function unreachable(mirror: string, cause: unknown): AppError {
  const reason = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  return new AppError(
    "unavailable",
    `The hub ${mirror} cannot be reached (${messageOf(reason)}). Check the network, set another ` +
      "mirror, or fetch the files elsewhere and add their directory with file:DIR.",
    { cause },
  );
}

/** The hub tells the hash of large files as their entity tag; that of small ones is no SHA-256. */
function sha256Of(headers: Headers): string | undefined {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(headers.get("x-linked-etag") ?? "")?.[1];
}

function redirectRefused(from: URL, to: URL): AppError {
  return new AppError(
    "forbidden",
    `${from.host} redirects to ${to.protocol}//${to.host}, which is not among the allowed hosts. ` +
      "If you trust it, add it to the setting models.redirectHosts.",
  );
}
