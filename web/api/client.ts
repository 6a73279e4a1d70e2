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

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch((error: unknown) => {
    init.signal?.throwIfAborted();
    throw error instanceof TypeError ? new RequestFailed(unreachable()) : error;
  });
  const body: unknown = await response.json().catch(() => undefined);
  init.signal?.throwIfAborted();
  const { status, headers } = response;
  if (!response.ok || body === undefined) {
    throw new RequestFailed(failureOf({ status, headers, body }));
  }
  return body as T;
}
