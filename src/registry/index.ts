// Models and versions, where their files are, and who serves them.

export {
  ACTOR_COMMAND,
  ACTOR_LOCAL,
  type AuditEntry,
  type AuditEvent,
  type AuditLog,
  type AuditQuery,
} from "./audit-log.ts";
export { backUp, restore, type BackupSummary } from "./backup.ts";
export { FeedbackStore, type SampleDetails } from "./feedback-store.ts";
export {
  HOLD_REASONS,
  ORIGIN_IMPORT,
  PREDICTION_LIFETIME_MS,
  SAMPLE_SOURCES,
  SAMPLE_STATES,
  USER_ANONYMOUS,
  USER_IMPORT,
  USER_REVIEWER,
  type Deleted,
  type Doubt,
  type FeedbackSample,
  type HoldReason,
  type Judge,
  type Judgement,
  type Learner,
  type OfferedWord,
  type Opinion,
  type Prediction,
  type QueueOptions,
  type Waiting,
  type Revision,
  type SampleContent,
  type SampleCounts,
  type SampleEvent,
  type SampleQuery,
  type SampleSource,
  type SampleState,
  type Statement,
} from "./feedback-types.ts";
export {
  KEY_ROLES,
  requireKeyName,
  roleAllows,
  type ApiKey,
  type KeyRole,
  type KeyStore,
} from "./keys.ts";
export { storedWeightsHash } from "./files.ts";
export type { LearnedStore } from "./learned-store.ts";
export { activationsIn, downloadsIn, stagedIn } from "./clean.ts";
export type { DiskUse } from "./disk.ts";
export { temporaryIn } from "./files.ts";
export type { ProbeStore } from "./probe-store.ts";
export type {
  MeasuredSuite,
  ProbeResult,
  ProbeRun,
  ProbeTrigger,
  SuiteKind,
} from "./probe-types.ts";
export { parseReference } from "./reference.ts";
export { NOTE_CHARACTERS_MAX } from "./refusals.ts";
export { openRegistry, type CleanOrder, type Registry, type RegistryOptions } from "./registry.ts";
export { ReleaseStore } from "./release-store.ts";
export type { ArmSnapshot, GateLimits, Release, ReleaseState } from "./release-types.ts";
export type { ScheduleRecord, ScheduleStore } from "./schedule-store.ts";
export { announceServer, findServer, withdrawServer, type RunningServer } from "./server-file.ts";
export type {
  Actor,
  Doer,
  Alias,
  Cleaned,
  MadeStable,
  Model,
  ModelKind,
  OpenedModel,
  NoteWritten,
  ReleaseMoved,
  ResolvedVersion,
  Version,
  VersionEvent,
  VersionFacts,
  VersionOrigin,
  VersionState,
} from "./types.ts";
export type { WaitingMessage, WebhookStore } from "./webhook-store.ts";
