// What turns trained versions into released ones: training runs, their record, their archive.

export { followTraining } from "./auto-release.ts";
export { createPostWebhook, requireWebhookUrl } from "./post-webhook.ts";
export { createReleaseAlerts } from "./release-alerts.ts";
export { createRunAlerts, followCommands } from "./run-alerts.ts";
export { Webhooks, type WebhookEvent } from "./webhooks.ts";
export { cleanRows } from "./clean-rows.ts";
export { CommandRuns, type CommandRun } from "./command-runs.ts";
export { archiveMarkdown } from "./archive-markdown.ts";
export { archiveOf, withoutKeys, withProbes } from "./archive.ts";
export { openVersion, type LatencyRecord } from "./open-version.ts";
export { readArchive, requireVersion } from "./read-archive.ts";
export { SuiteQuestions } from "./suite-questions.ts";
export { measureSuites, type ProbeWish } from "./measure-suites.ts";
export { ProbeRuns, type ProbeRunsOptions } from "./probe-runs.ts";
export {
  openTrainingMaterial,
  type MaterialWish,
  type TrainingMaterial,
} from "./training-material.ts";
export { cleanWhatIsOld } from "./scheduled-cleaning.ts";
export { trainWhatWaits } from "./scheduled-training.ts";
export { Scheduler, type ScheduledTask, type TaskStatus } from "./scheduler.ts";
export {
  environmentDifferences,
  openReplay,
  requireSameData,
  sha256OfTrained,
  type Difference,
  type Replay,
} from "./replay.ts";
export { feedbackOrigins, sampleOrigins, type SampleOrigins } from "./sample-origins.ts";
export { startJob, type RunningJob, type StartJob } from "./start-job.ts";
export { forkProbe, type StartProbe } from "./start-probe.ts";
export {
  addSuite,
  isSuiteName,
  listSuites,
  removeSuite,
  suiteNameOf,
  suitesOf,
  type ShippedSuites,
  type SuiteSource,
} from "./suites.ts";
export {
  orderTraining,
  storeTrained,
  type ShippedMaterial,
  type TrainingWish,
} from "./training-order.ts";
export { programAt, recordTraining, type TrainingRecord } from "./training-record.ts";
export { TrainingRuns, type RunWish, type TrainingRunsOptions } from "./training-runs.ts";
