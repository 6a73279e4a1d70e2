// Processes of this program: an entry file beside the module that starts it, messages both ways,
// one end. It knows nothing of what is said.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process as its starter sees it; `Said` is what it is told. */
export interface Child<Said extends object> {
  readonly pid: number | undefined;
  /** What is said to a process that has ended is lost. */
  readonly send: (message: Said) => void;
  /** Lets it end by itself. */
  readonly disconnect: () => void;
  /** Ends it at once, whatever it is doing. */
  readonly kill: () => void;
}

export interface ChildListeners<Heard> {
  readonly onMessage: (message: Heard) => void;
  /** Called once, after the last message; the reason is a phrase such as "signal SIGKILL". */
  readonly onExit: (reason: string) => void;
}

/** A module to run, and the arguments that Node needs for it. */
export interface ChildEntry {
  readonly file: string;
  readonly execArgv?: readonly string[];
  /** Beside the environment of this process, which comes first where both name a variable. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * NAME.main beside the module at `moduleUrl`: JavaScript when built, TypeScript where a loader runs
 * the sources.
 */
export function entryBeside(moduleUrl: string, name: string): ChildEntry {
  const extension = moduleUrl.endsWith(".ts") ? "ts" : "js";
  return { file: fileURLToPath(new URL(`./${name}.main.${extension}`, moduleUrl)) };
}

/** Starts `entry`; its channel carries whatever structured clones can. */
export function startChild<Said extends object, Heard>(
  { file, execArgv, env }: ChildEntry,
  { onMessage, onExit }: ChildListeners<Heard>,
): Child<Said> {
  const child = fork(file, [], {
    serialization: "advanced",
    // What an engine prints must not mix with a command's result on stdout.
    stdio: ["ignore", 2, 2, "ipc"],
    env: { ...env, ...process.env },
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  });
  let hasEnded = false;
  const end = (reason: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    onExit(reason);
  };
  child.on("message", (message) => onMessage(message as Heard));
  child.on("exit", (code, signal) => {
    const reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
    // The last message may still be on its way.
    if (child.connected) child.once("disconnect", () => end(reason));
    else end(reason);
  });
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
}
