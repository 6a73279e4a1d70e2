// A process that lowers itself, says how low it is, and then waits until its starter is gone.

import { getPriority } from "node:os";
import { lowerPriority } from "../../src/jobs/index.ts";

lowerPriority();
process.on("disconnect", () => process.exit());
process.on("message", () => process.send?.({ niceness: getPriority() }));
