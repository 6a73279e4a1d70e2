// Replica processes, the queue before them, the gateway to both, and the releases that move
// requests from one version to the next. Nothing here loads a model.

export { AnswerCache, type CacheStatistics } from "./answer-cache.ts";
export { forkChild, type StartChild } from "./child.ts";
export { Fleet, type FleetOptions } from "./fleet.ts";
export {
  Gateway,
  type AnswerSeen,
  type ArmTry,
  type FillAnswer,
  type FillCall,
  type GatewayObserver,
  type GatewayOptions,
  type GatewayStatus,
} from "./gateway.ts";
export type { LiveStatus, ServingObserver } from "./live-version.ts";
export { expectedSeconds } from "./release/limits.ts";
export {
  isUnderWay,
  Releases,
  type Forecast,
  type MoveListener,
  type ReleaseCommand,
  type ReleasesOptions,
  type ReleaseWish,
} from "./release/releases.ts";
export type { RunningRelease } from "./release/running-release.ts";
export { REPLICA_LIMITS, type ReplicaLimits } from "./replica.ts";
export { SpareChild } from "./spare.ts";
export { systemTimer, type Timer } from "./timer.ts";
