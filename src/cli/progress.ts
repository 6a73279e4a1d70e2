// Progress on stderr: a bar at a terminal, a line now and then anywhere else.

import { SingleBar } from "cli-progress";
import { say, type Terminal } from "./terminal.ts";

export interface Progress {
  /** @param note what else is worth seeing, such as the loss and the time left */
  update(done: number, total: number, note?: string): void;
  /** Leaves the line; may be called twice. */
  end(): void;
}

/** Between two lines where there is no terminal. */
const LINE_EVERY_MS = 5000;

/** Starts to show how far something called `label` is. */
export function startProgress(terminal: Terminal, label: string): Progress {
  return terminal.stderr.isTTY === true ? bar(terminal, label) : lines(terminal, label);
}

function bar(terminal: Terminal, label: string): Progress {
  const single = new SingleBar({
    format: `${label} {bar} {value}/{total}  {note}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: false,
    stream: terminal.stderr,
    fps: 8,
    // The program has its own way to be interrupted.
    gracefulExit: false,
  });
  let hasStarted = false;
  return {
    update: (done, total, note = "") => {
      if (!hasStarted) single.start(total, done, { note });
      hasStarted = true;
      single.setTotal(total);
      single.update(done, { note });
    },
    end: () => {
      if (hasStarted) single.stop();
      hasStarted = false;
    },
  };
}

function lines(terminal: Terminal, label: string): Progress {
  let lastMs = -Infinity;
  let waiting: string | undefined;
  return {
    update: (done, total, note = "") => {
      const line = `${label} ${done}/${total}  ${note}`.trimEnd();
      const nowMs = performance.now();
      const isDue = nowMs - lastMs >= LINE_EVERY_MS;
      waiting = isDue ? undefined : line;
      if (!isDue) return;
      say(terminal, line);
      lastMs = nowMs;
    },
    end: () => {
      if (waiting !== undefined) say(terminal, waiting);
      waiting = undefined;
    },
  };
}
