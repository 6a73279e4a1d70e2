import type { ScheduleMessages } from "./schedule-messages.ts";

export const scheduleEn: ScheduleMessages = {
  rhythm: ({ name, every, weekday, hour }, minSamples) => {
    const what = name === "training" ? "Training by itself" : "Measuring by itself";
    if (every === "off") return `${what}: off (setting ${name}.schedule)`;
    const day = every === "daily" ? "daily" : `every ${weekday}`;
    const least = name === "training" ? `, once ${minSamples} samples wait` : "";
    return `${what}: ${day} at ${hour}:00${least}`;
  },
  running: "going on now",
  next: (when) => `next: ${when}`,
  last: (when, outcome) => `last: ${when}, ${outcome}`,
};
