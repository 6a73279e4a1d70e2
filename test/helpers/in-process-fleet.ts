// A fleet whose processes are in that of a test, on the stub filler.

import { silentLogger } from "../../src/base/index.ts";
import { Fleet, type FleetOptions } from "../../src/serving/fleet.ts";
import { startInProcess } from "./in-process-replica.ts";

/** One replica a version, and room for 100 texts, unless said otherwise. */
export function createInProcessFleet(
  given: Partial<FleetOptions> & Pick<FleetOptions, "defaultModel">,
): Fleet {
  return new Fleet({
    startChild: (listeners) => startInProcess(listeners, []),
    filler: { threads: 1, precision: "fp32" },
    replicaCount: 1,
    maxBatchTokens: 1000,
    maxWaiting: 100,
    logger: silentLogger,
    ...given,
  });
}
