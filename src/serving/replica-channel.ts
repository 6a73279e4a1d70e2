// Ties a replica to the channel of its process. The only file of this module that touches `process`
// from within the child.

import { serveReplica, type ReplicaProcessOptions } from "./replica-process.ts";
import type { FromReplica, OpenMessage, ToReplica } from "./protocol.ts";

/** Serves the gateway that forked this process, until it closes the channel. */
export function runReplica(openFiller: ReplicaProcessOptions["openFiller"]): void {
  // A signal from the terminal reaches every process of the group; the gateway decides when to end.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.once("message", (open: OpenMessage) => {
    const receive = serveReplica({
      open,
      openFiller,
      // A gateway that is gone hears nothing, and the end of the channel ends this process.
      send: (message: FromReplica) => process.send?.(message, undefined, undefined, () => {}),
      memoryBytes: () => process.memoryUsage.rss(),
    });
    process.on("message", (message: ToReplica) => receive(message));
  });
}
