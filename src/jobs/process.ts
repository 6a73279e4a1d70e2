// Processes that have left something behind: whether they are still there. Their numbers are given
// out again, in a container to the same programs at each start, so a mark has the birth as well.

import { readFileSync } from "node:fs";

/** Whether a process with this id exists, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** What `isMarkAlive` knows this process by: "PID BIRTH", "PID" where no birth is to be had. */
export function ownMark(): string {
  return `${process.pid} ${birthOf(process.pid) ?? ""}`.trimEnd();
}

/** Whether the process that made a mark still is; false for what is no mark. */
export function isMarkAlive(mark: string): boolean {
  const pid = pidOf(mark);
  if (pid === undefined || !isAlive(pid)) return false;
  const [, birth] = mark.split(" ");
  const found = birthOf(pid);
  return birth === undefined || found === undefined || found === birth;
}

/** The process id in a mark. */
export function pidOf(mark: string): number | undefined {
  const pid = Number(mark.split(" ")[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Clock ticks since the machine started, field 22 of proc_pid_stat(5); Linux only. */
function birthOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces; what follows it begins with field 3.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
