// The page's only door to the server that it came from; nothing is ever asked of another host.

import type {
  DeletionResponse,
  FeedbackRequest,
  FeedbackResponse,
  FillPrediction,
  FillRequest,
  ModelsResponse,
  ReviewRequest,
  ReviewResponse,
  SamplesQuery,
  SamplesResponse,
} from "../../src/wire/index.ts";
import { failureOf, RequestFailed, unreachable } from "./failure.ts";
import { keyStore } from "./key.ts";

const UNAUTHORIZED = 401;

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function postFill(request: FillRequest, signal: AbortSignal): Promise<FillPrediction> {
  return call<FillPrediction>("/api/fill", { ...asJson(request), signal });
}

/** @throws RequestFailed */
export function postFeedback(request: FeedbackRequest): Promise<FeedbackResponse> {
  return call<FeedbackResponse>("/api/feedback", asJson(request));
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getSamples(query: SamplesQuery, signal: AbortSignal): Promise<SamplesResponse> {
  return call<SamplesResponse>(`/api/feedback?${new URLSearchParams({ ...query })}`, { signal });
}

/** @throws RequestFailed */
export function postReview(request: ReviewRequest): Promise<ReviewResponse> {
  return call<ReviewResponse>("/api/feedback/review", asJson(request));
}

/** @throws RequestFailed */
export function deleteSample(id: string): Promise<DeletionResponse> {
  return call<DeletionResponse>(`/api/feedback/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** @throws RequestFailed */
export function getModels(signal: AbortSignal): Promise<ModelsResponse> {
  return call<ModelsResponse>("/api/models", { signal });
}

function asJson(body: object): RequestInit {
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

function withKey(init: RequestInit, key: string | undefined): RequestInit {
  if (key === undefined) return init;
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${key}`);
  return { ...init, headers };
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const { key } = keyStore.state();
  const response = await fetch(path, withKey(init, key)).catch((error: unknown) => {
    init.signal?.throwIfAborted();
    throw error instanceof TypeError ? new RequestFailed(unreachable()) : error;
  });
  const body: unknown = await response.json().catch(() => undefined);
  init.signal?.throwIfAborted();
  const { status, headers } = response;
  if (status === UNAUTHORIZED) keyStore.refused(key);
  if (!response.ok || body === undefined) {
    throw new RequestFailed(failureOf({ status, headers, body }));
  }
  return body as T;
}
