// Models and versions, where their files are, and who serves them.

export {
  ACTOR_COMMAND,
  ACTOR_LOCAL,
  ACTOR_SCHEDULE,
  type AuditEntry,
  type AuditEvent,
  type AuditLog,
  type AuditQuery,
} from "./audit-log.ts";
export { backUp, restore, type BackupSummary } from "./backup.ts";
export { FeedbackStore, type SampleDetails } from "./feedback-store.ts";
export {
  ORIGIN_IMPORT,
  USER_ANONYMOUS,
  USER_IMPORT,
  USER_REVIEWER,
  type Deleted,
  type FeedbackSample,
  type Judge,
  type Judgement,
  type Learner,
  type OfferedWord,
  type Opinion,
  type Prediction,
  type Waiting,
  type SampleContent,
  type SampleCounts,
  type SampleEvent,
  type SampleQuery,
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
export {
  activationsIn,
  downloadsIn,
  runsIn,
  stagedIn,
  suitesIn,
  trainingIn,
} from "./data-directory.ts";
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
export { openRegistry, type CleanOrder, type Registry, type RegistryOptions } from "./registry.ts";
export { ReleaseStore } from "./release-store.ts";
export type { ArmSnapshot, CanaryLimits, Release } from "./release-types.ts";
export type { ScheduleRecord, ScheduleStore } from "./schedule-store.ts";
export { announceServer, findServer, withdrawServer, type RunningServer } from "./server-file.ts";
export type {
  Doer,
  Cleaned,
  Model,
  OpenedModel,
  ResolvedVersion,
  Version,
  VersionEvent,
  VersionFacts,
} from "./types.ts";
export type { WaitingMessage, WebhookStore } from "./webhook-store.ts";
