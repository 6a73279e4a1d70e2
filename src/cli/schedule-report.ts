// What the server does by itself, as people read it.

import type { ScheduledTask, ScheduleResponse } from "../wire/index.ts";
import { formatMinute, formatTable } from "./table.ts";

export function scheduleTable({ tasks }: ScheduleResponse): string {
  const rows = tasks.map(({ isRunning, nextAt, last, ...task }) => [
    task.name,
    rhythmOf(task),
    isRunning ? "now" : nextAt === null ? "–" : formatMinute(nextAt),
    last === null ? "–" : `${formatMinute(last.at)}: ${last.outcome}`,
  ]);
  const titles = ["by itself", "when", "next (UTC)", "last (UTC)"].map((title) => ({ title }));
  return formatTable(titles, rows);
}

function rhythmOf({
  every,
  weekday,
  hour,
}: Pick<ScheduledTask, "every" | "weekday" | "hour">): string {
  if (every === "off") return every;
  return every === "daily" ? `daily at ${hour}:00` : `every ${weekday} at ${hour}:00`;
}
