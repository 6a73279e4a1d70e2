// Starts the process that measures a version and listens to it.

import { entryBeside, startChild, type ChildEntry } from "../jobs/index.ts";
import type { MeasuredSuites, ProbeWish } from "./measure-suites.ts";

/** Everything that the process needs to know; its only message. */
export interface ProbeOrder extends ProbeWish {
  readonly dataDirectory: string;
}

export type ProbeOutcome =
  | ({ readonly kind: "measured" } & MeasuredSuites)
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export type FromProbe =
  { readonly kind: "progress"; readonly done: number; readonly total: number } | ProbeOutcome;

export interface RunningProbe {
  /** Never rejects. */
  readonly outcome: Promise<ProbeOutcome>;
  kill(): void;
}

export type StartProbe = (
  order: ProbeOrder,
  onProgress: (done: number, total: number) => void,
) => RunningProbe;

/** Starts processes of `entry`, which is the one that lies here when none is given. */
export function forkProbe(entry: ChildEntry = entryBeside(import.meta.url, "probe")): StartProbe {
  return (order, onProgress) => {
    let kill = (): void => {};
    const outcome = new Promise<ProbeOutcome>((resolve) => {
      const child = startChild<ProbeOrder, FromProbe>(entry, {
        onMessage: (message) => {
          if (message.kind === "progress") onProgress(message.done, message.total);
          else resolve(message);
        },
        onExit: (reason) => {
          const message = `The process that measured ended by itself: ${reason}.`;
          resolve({ kind: "failed", code: "replica_failed", message });
        },
      });
      kill = child.kill;
      child.send(order);
    });
    return { outcome, kill: () => kill() };
  };
}
