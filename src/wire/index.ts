// Requests and responses of the HTTP interface; browser-safe. A name is a schema and its type, or
// makes or reads what a schema describes.

export {
  VersionArchive,
  type ArchivedDomainDrift,
  type ArchivedAccuracy,
  type ArchivedDrift,
  type ArchivedLimit,
  type ArchivedMetric,
  type ArchivedSource,
  SAMPLE_ORIGINS,
  type SampleOrigin,
} from "./archive.ts";
export { AUDIT_ENTRIES_MAX, AuditQuery, AuditResponse } from "./audit.ts";
export {
  Deployment,
  DEPLOYMENT_EVENT,
  DeploymentRequest,
  DeploymentsResponse,
  ForecastQuery,
  PromoteQuery,
  ReleaseForecast,
  type ReleaseActor,
  type ReleaseState,
} from "./deployments.ts";
export {
  CACHE_HEADER,
  ErrorResponse,
  MODEL_HEADER,
  PREDICTION_ID_HEADER,
  USER_KEY_HEADER,
  VERSION_HEADER,
} from "./errors.ts";
export {
  DeletionResponse,
  FeedbackRequest,
  FeedbackResponse,
  HOLD_REASONS,
  QUESTIONS_MAX,
  QuestionsQuery,
  QuestionsResponse,
  ReviewRequest,
  ReviewResponse,
  SAMPLE_SOURCES,
  SAMPLE_STATES,
  SampleDetails,
  SAMPLES_MAX,
  SamplesQuery,
  SamplesResponse,
  SampleSummary,
  UserDeletionRequest,
  UserDeletionResponse,
  WaitingQuery,
  WaitingResponse,
  type HoldReason,
  type Question,
  type SampleSource,
  type SampleState,
} from "./feedback.ts";
export {
  asBlank,
  FillPrediction,
  FillPredictions,
  FillRequest,
  FillResponse,
  type FillBlank,
  type FillCandidate,
} from "./fill.ts";
export { GateFinding, gateVerdict, GateVerdict, readGateVerdict } from "./gate.ts";
export {
  HuggingFaceError,
  HuggingFaceRequest,
  HuggingFaceResponse,
  type HuggingFaceAnswer,
  type HuggingFaceCandidate,
} from "./hugging-face.ts";
export { IMPORT_SAMPLES_MAX, ImportRequest, ImportResponse } from "./import.ts";
export { HealthResponse, ModelsResponse, ModelSummary, VersionSummary } from "./models.ts";
export {
  CurrentProbe,
  PROBE_RUNS_MAX,
  ProbeRun,
  ProbeRunRequest,
  ProbeRunsQuery,
  ProbeRunsResponse,
  type ProbeResult,
} from "./probes.ts";
export {
  describeReason,
  readReleaseReason,
  ReleaseReason,
  type CheckName,
} from "./release-reason.ts";
export { DiskResponse } from "./disk.ts";
export { ScheduledTask, ScheduleResponse } from "./schedule.ts";
export { ScrubCounts } from "./scrub.ts";
export { SuiteRequest, SuitesQuery, SuitesResponse } from "./suites.ts";
export {
  TRAINING_RUN_EVENT,
  TrainingRun,
  TrainingRunRequest,
  LORA_DEFAULTS,
  LORA_ALPHA_MAX,
  LORA_RANK_MAX,
  LORA_TARGETS,
  LoraSettings,
  type LoraTarget,
  type PatchRecipe,
  TrainingRunsResponse,
  type RunProgress,
  type RunResult,
} from "./training.ts";
export {
  ArchiveQuery,
  ListedVersion,
  NoteRequest,
  StableRequest,
  VersionsQuery,
  VersionsResponse,
} from "./versions.ts";
