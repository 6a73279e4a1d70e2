// Ties a replica to the channel of its process. The only file of this module that touches `process`
// from within the child.

import { rehearse, serveReplica, type ReplicaProcessOptions } from "./replica-process.ts";
import type { FromReplica, ToReplica } from "./protocol.ts";

/** Serves the gateway that forked this process, until it closes the channel. */
export function runReplica(openFiller: ReplicaProcessOptions["openFiller"]): void {
  // A signal from the terminal reaches every process of the group; the gateway decides when to end.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  let rehearsal: Promise<void> | undefined;
  let receive: ((message: ToReplica) => void) | undefined;
  process.on("message", (message: ToReplica) => {
    if (message.kind === "rehearse") rehearsal = rehearse(message, openFiller);
    else if (message.kind !== "open") receive?.(message);
    else {
      receive = serveReplica({
        open: message,
        openFiller: async (directory, options) => {
          await rehearsal;
          return openFiller(directory, options);
        },
        // A gateway that is gone hears nothing, and the end of the channel ends this process.
        send: (said: FromReplica) => process.send?.(said, undefined, undefined, () => {}),
        memoryBytes: () => process.memoryUsage.rss(),
      });
    }
  });
}
