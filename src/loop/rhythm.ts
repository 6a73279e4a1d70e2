// When something that is done regularly is due, in the local time of the machine. Pure.

export const WEEKDAYS = [
  "sunday",
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
] as const;

export interface Rhythm {
  readonly every: "off" | "daily" | "weekly";
  /** Of "weekly". */
  readonly weekday: (typeof WEEKDAYS)[number];
  /** 0..23 */
  readonly hour: number;
}

/** The latest moment at or before `atMs` when it was due; undefined when it never is. */
export function latestDueMs(rhythm: Rhythm, atMs: number): number | undefined {
  return dueAround(rhythm, atMs)?.latest.getTime();
}

/** The first moment after `atMs` when it is due; undefined when it never is. */
export function nextDueMs(rhythm: Rhythm, atMs: number): number | undefined {
  const around = dueAround(rhythm, atMs);
  if (around === undefined) return undefined;
  const next = new Date(around.latest);
  // By date and not by 24 hours: a day on which the clocks change has 23 or 25.
  next.setDate(next.getDate() + around.days);
  next.setHours(rhythm.hour, 0, 0, 0);
  return next.getTime();
}

function dueAround(
  { every, weekday, hour }: Rhythm,
  atMs: number,
): { readonly latest: Date; readonly days: number } | undefined {
  if (every === "off") return undefined;
  const days = every === "daily" ? 1 : 7;
  const latest = new Date(atMs);
  if (every === "weekly") {
    const since = (latest.getDay() - WEEKDAYS.indexOf(weekday) + 7) % 7;
    latest.setDate(latest.getDate() - since);
  }
  latest.setHours(hour, 0, 0, 0);
  if (latest.getTime() > atMs) {
    latest.setDate(latest.getDate() - days);
    latest.setHours(hour, 0, 0, 0);
  }
  return { latest, days };
}
