// Starts the process of a replica. Everything above this file sees a channel with an end.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromReplica, ToReplica } from "./protocol.ts";

/** A process that answers, as a replica sees it. */
export interface ReplicaChild {
  readonly pid: number | undefined;
  readonly send: (message: ToReplica) => void;
  /** Lets it end by itself. */
  readonly disconnect: () => void;
  /** Ends it at once, whatever it is doing. */
  readonly kill: () => void;
}

export interface ChildListeners {
  readonly onMessage: (message: FromReplica) => void;
  /** Called exactly once; the reason is a phrase such as "signal SIGKILL". */
  readonly onExit: (reason: string) => void;
}

export type StartChild = (listeners: ChildListeners) => ReplicaChild;

/** A module to run as a replica, and the arguments that Node needs for it. */
export interface ReplicaEntry {
  readonly file: string;
  readonly execArgv?: readonly string[];
}

/**
 * The entry beside this file: JavaScript when built, TypeScript where a loader runs the sources.
 */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const OWN_ENTRY: ReplicaEntry = {
  file: fileURLToPath(new URL(`./replica.main.${EXTENSION}`, import.meta.url)),
};

/** Starts `entry` as a child process; by default the one that opens real models. */
export function forkChild(entry: ReplicaEntry = OWN_ENTRY): StartChild {
  return ({ onMessage, onExit }) => {
    const child = fork(entry.file, [], {
      serialization: "advanced",
      // What an engine prints must not mix with the answers of a command on stdout.
      stdio: ["ignore", 2, 2, "ipc"],
      ...(entry.execArgv === undefined ? {} : { execArgv: [...entry.execArgv] }),
    });
    let hasEnded = false;
    const end = (reason: string): void => {
      if (hasEnded) return;
      hasEnded = true;
      onExit(reason);
    };
    child.on("message", (message) => onMessage(message as FromReplica));
    child.on("exit", (code, signal) =>
      end(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
    child.on("error", (error) => {
      // Also raised for a message that could not be sent; the exit that follows says why.
      if (child.pid === undefined) end(error.message);
    });
    return {
      pid: child.pid,
      send: (message) => {
        if (child.connected) child.send(message, () => {});
      },
      disconnect: () => {
        if (child.connected) child.disconnect();
      },
      kill: () => child.kill("SIGKILL"),
    };
  };
}
