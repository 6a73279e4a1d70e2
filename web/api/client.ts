// The page's only door to the server that it came from; nothing is ever asked of another host.

import type { FillPrediction, FillRequest, ModelsResponse } from "../../src/wire/index.ts";
import { failureOf, RequestFailed, unreachable } from "./failure.ts";

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function postFill(request: FillRequest, signal: AbortSignal): Promise<FillPrediction> {
  return call<FillPrediction>("/api/fill", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
    signal,
  });
}

/** @throws RequestFailed */
export function getModels(signal: AbortSignal): Promise<ModelsResponse> {
  return call<ModelsResponse>("/api/models", { signal });
}

async function call<T>(path: string, init: RequestInit & { signal: AbortSignal }): Promise<T> {
  const response = await fetch(path, init).catch((error: unknown) => {
    init.signal.throwIfAborted();
    throw error instanceof TypeError ? new RequestFailed(unreachable()) : error;
  });
  const body: unknown = await response.json().catch(() => undefined);
  init.signal.throwIfAborted();
  const { status, headers } = response;
  if (!response.ok || body === undefined) {
    throw new RequestFailed(failureOf({ status, headers, body }));
  }
  return body as T;
}
