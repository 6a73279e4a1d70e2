// The page's only door to the server that it came from; nothing is ever asked of another host.

import { failureOf, RequestFailed, unreachable } from "./failure.ts";
import { keyStore, withKey } from "./key.ts";

const UNAUTHORIZED = 401;

export function asJson(body: object): RequestInit {
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

/** The answer's body. @throws RequestFailed; an aborted call rejects with the signal's reason. */
export async function call<T>(path: string, init: RequestInit): Promise<T> {
  const response = await ask(path, init);
  const body: unknown = await response.json().catch(() => undefined);
  init.signal?.throwIfAborted();
  const { status, headers } = response;
  if (body === undefined) throw new RequestFailed(failureOf({ status, headers, body }));
  return body as T;
}

/** The answer to a request that went well; throws as `call` does. */
export async function ask(path: string, init: RequestInit): Promise<Response> {
  const { key } = keyStore.state();
  const response = await fetch(path, withKey(init, key)).catch((error: unknown) => {
    init.signal?.throwIfAborted();
    throw error instanceof TypeError ? new RequestFailed(unreachable()) : error;
  });
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  init.signal?.throwIfAborted();
  const { status, headers } = response;
  if (status === UNAUTHORIZED) keyStore.refused(key);
  throw new RequestFailed(failureOf({ status, headers, body }));
}
