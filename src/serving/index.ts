// Replica processes, the queue before them, and the gateway to both. Nothing here loads a model.

export { AnswerCache, type CacheStatistics } from "./answer-cache.ts";
export { forkChild, type StartChild } from "./child.ts";
export {
  Gateway,
  type FillAnswer,
  type FillCall,
  type GatewayOptions,
  type GatewayStatus,
} from "./gateway.ts";
export { REPLICA_LIMITS, type ReplicaLimits } from "./replica.ts";
export type { LiveStatus, ServingObserver } from "./live-version.ts";
