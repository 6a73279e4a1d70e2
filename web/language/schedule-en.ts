import type { ScheduleMessages } from "./schedule-messages.ts";

const TASKS: Readonly<Record<string, string>> = {
  training: "Training by itself",
  probes: "Measuring by itself",
  cleaning: "Deleting files of old versions by itself",
};

export const scheduleEn: ScheduleMessages = {
  rhythm: ({ name, every, weekday, hour }, minSamples) => {
    const what = TASKS[name] ?? name;
    if (every === "off") return `${what}: off (setting ${name}.schedule)`;
    const day = every === "daily" ? "daily" : `every ${weekday}`;
    const least =
      name === "training" ? `, once ${minSamples} new samples with a right word wait` : "";
    return `${what}: ${day} at ${hour}:00${least}`;
  },
  running: "going on now",
  next: (when) => `next: ${when}`,
  last: (when, outcome) => `last: ${when}, ${outcome}`,
  disk: "On the disk:",
  diskParts: {
    versionsBytes: (size) => `versions ${size}`,
    stagedBytes: (size) => `ready to open ${size}`,
    downloadsBytes: (size) => `downloads ${size}`,
    activationsBytes: (size) => `kept for the next training ${size}`,
    otherBytes: (size) => `all else ${size}`,
    freeBytes: (size) => `free ${size}`,
  },
};
