// What the page asks of the server that it came from, one function for each question.

import type {
  CurrentProbe,
  DeletionResponse,
  Deployment,
  DeploymentRequest,
  DiskResponse,
  DeploymentsResponse,
  FeedbackRequest,
  FeedbackResponse,
  FillPrediction,
  FillRequest,
  HealthResponse,
  ImportRequest,
  ImportResponse,
  ModelsResponse,
  ProbeRunsResponse,
  QuestionsQuery,
  QuestionsResponse,
  ReleaseForecast,
  ReviewRequest,
  ReviewResponse,
  SampleDetails,
  SamplesQuery,
  SamplesResponse,
  SuiteRequest,
  SuitesResponse,
  TrainingRun,
  TrainingRunRequest,
  TrainingRunsResponse,
  UserDeletionResponse,
  VersionArchive,
  VersionsResponse,
  ScheduleResponse,
  WaitingQuery,
  WaitingResponse,
} from "../../src/wire/index.ts";
import { ask, asJson, call } from "./request.ts";

/** What a person may do to a release; a promotion without a share goes to the end. */
export type ReleaseMove =
  | { readonly kind: "promote"; readonly share?: number }
  | { readonly kind: "pause" | "resume" | "rollback" };

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
export function getSample(id: string): Promise<SampleDetails> {
  return call<SampleDetails>(`/api/feedback/${encodeURIComponent(id)}`, {});
}

/** @throws RequestFailed */
export function getQuestions(query: QuestionsQuery): Promise<QuestionsResponse> {
  return call<QuestionsResponse>(
    `/api/feedback/questions?${new URLSearchParams({ ...query })}`,
    {},
  );
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
export function postImport(request: ImportRequest): Promise<ImportResponse> {
  return call<ImportResponse>("/api/feedback/import", asJson(request));
}

/** Deletes all that a user said and asked. @throws RequestFailed */
export function deleteUser(userKey: string): Promise<UserDeletionResponse> {
  return call<UserDeletionResponse>("/api/feedback/delete-user", asJson({ userKey }));
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getWaiting(query: WaitingQuery, signal: AbortSignal): Promise<WaitingResponse> {
  const path = `/api/feedback/waiting?${new URLSearchParams({ ...query })}`;
  return call<WaitingResponse>(path, { signal });
}

/** @throws RequestFailed */
export function getModels(signal: AbortSignal): Promise<ModelsResponse> {
  return call<ModelsResponse>("/api/models", { signal });
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getRuns(signal: AbortSignal): Promise<TrainingRunsResponse> {
  return call<TrainingRunsResponse>("/api/training-runs", { signal });
}

/** @throws RequestFailed */
export function postRun(request: TrainingRunRequest): Promise<TrainingRun> {
  return call<TrainingRun>("/api/training-runs", asJson(request));
}

/** @throws RequestFailed */
export function controlRun(id: string, action: "stop" | "resume"): Promise<TrainingRun> {
  return call<TrainingRun>(`/api/training-runs/${encodeURIComponent(id)}/${action}`, {
    method: "POST",
  });
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getVersions(model: string, signal: AbortSignal): Promise<VersionsResponse> {
  return call<VersionsResponse>(`/api/versions?${new URLSearchParams({ model })}`, { signal });
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getArchive(id: string, signal: AbortSignal): Promise<VersionArchive> {
  return call<VersionArchive>(versionPath(id, "archive"), { signal });
}

/** The archive as a file. @throws RequestFailed */
export async function getArchiveFile(id: string, format: "json" | "markdown"): Promise<Blob> {
  return (await ask(`${versionPath(id, "archive")}?format=${format}`, {})).blob();
}

/** @throws RequestFailed */
export function postNote(id: string, text: string): Promise<VersionArchive> {
  return call<VersionArchive>(versionPath(id, "note"), asJson({ text }));
}

/** Makes a version the one that answers when none is named. @throws RequestFailed */
export function postStable(id: string, force: boolean): Promise<VersionArchive> {
  return call<VersionArchive>(versionPath(id, "stable"), asJson(force ? { force } : {}));
}

function versionPath(id: string, what: string): string {
  return `/api/versions/${encodeURIComponent(id)}/${what}`;
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getHealth(signal: AbortSignal): Promise<HealthResponse> {
  return call<HealthResponse>("/healthz", { signal });
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getProbeRuns(model: string, signal: AbortSignal): Promise<ProbeRunsResponse> {
  return call<ProbeRunsResponse>(`/api/probe-runs?${new URLSearchParams({ model })}`, { signal });
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getSchedule(signal: AbortSignal): Promise<ScheduleResponse> {
  return call<ScheduleResponse>("/api/schedule", { signal });
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getDisk(signal: AbortSignal): Promise<DiskResponse> {
  return call<DiskResponse>("/api/disk", { signal });
}

/** @throws RequestFailed */
export function postProbeRun(model: string): Promise<CurrentProbe> {
  return call<CurrentProbe>("/api/probe-runs", asJson({ model }));
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getSuites(model: string, signal: AbortSignal): Promise<SuitesResponse> {
  return call<SuitesResponse>(`/api/suites?${new URLSearchParams({ model })}`, { signal });
}

/** @throws RequestFailed */
export function postSuite(request: SuiteRequest): Promise<SuitesResponse> {
  return call<SuitesResponse>("/api/suites", asJson(request));
}

/** @throws RequestFailed */
export function deleteSuite(model: string, name: string): Promise<SuitesResponse> {
  const path = `/api/suites/${encodeURIComponent(name)}?${new URLSearchParams({ model })}`;
  return call<SuitesResponse>(path, { method: "DELETE" });
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getDeployments(signal: AbortSignal): Promise<DeploymentsResponse> {
  return call<DeploymentsResponse>("/api/deployments", { signal });
}

/** @throws RequestFailed; an aborted call rejects with the signal's reason. */
export function getForecast(
  model: string,
  steps: string | undefined,
  signal: AbortSignal,
): Promise<ReleaseForecast> {
  const query = steps === undefined ? "" : `?${new URLSearchParams({ steps })}`;
  return call<ReleaseForecast>(`/api/deployments/${encodeURIComponent(model)}/forecast${query}`, {
    signal,
  });
}

/** Begins the release of a version. @throws RequestFailed */
export function postDeployment(request: DeploymentRequest): Promise<Deployment> {
  return call<Deployment>("/api/deployments", asJson(request));
}

/** Moves the release of a model. @throws RequestFailed */
export function moveRelease(model: string, move: ReleaseMove): Promise<Deployment> {
  const { kind } = move;
  const isPart = kind === "promote" && move.share !== undefined;
  const query = isPart ? `?${new URLSearchParams({ share: String(move.share) })}` : "";
  const path = `/api/deployments/${encodeURIComponent(model)}/${kind}${query}`;
  return call<Deployment>(path, { method: "POST" });
}
