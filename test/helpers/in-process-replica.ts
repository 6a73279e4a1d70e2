// Replicas in the process of a test, on the stub filler.

import type { ReplicaChild, ReplicaListeners } from "../../src/serving/child.ts";
import { serveReplica } from "../../src/serving/replica-process.ts";
import type { Filler } from "../../src/tasks/fill-mask/index.ts";
import { createStubFiller } from "./stub-filler.ts";

/** A "process" that opens whatever it is told to; `opened` gets the directories. */
export function startInProcess(
  { onMessage, onExit }: ReplicaListeners,
  opened: string[],
  openFiller: (directory: string) => Promise<Filler> = async () => createStubFiller(),
): ReplicaChild {
  let receive: ReturnType<typeof serveReplica> | undefined;
  return {
    pid: opened.length + 1,
    send: (message) => {
      if (message.kind !== "open") return receive?.(message);
      opened.push(message.directory);
      const send = onMessage;
      receive = serveReplica({ open: message, openFiller, send, memoryBytes: () => 1 });
    },
    disconnect: () => setImmediate(() => onExit("exit code 0")),
    kill: () => setImmediate(() => onExit("signal SIGKILL")),
  };
}
