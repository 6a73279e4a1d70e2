import type { ScheduleMessages } from "./schedule-messages.ts";

const DAYS: Readonly<Record<string, string>> = {
  sunday: "周日",
  monday: "周一",
  tuesday: "周二",
  wednesday: "周三",
  thursday: "周四",
  friday: "周五",
  saturday: "周六",
};

const TASKS: Readonly<Record<string, string>> = {
  training: "定时训练",
  probes: "定时评测",
  cleaning: "定时清理旧版本文件",
};

export const scheduleZh: ScheduleMessages = {
  rhythm: ({ name, every, weekday, hour }, minSamples) => {
    const what = TASKS[name] ?? name;
    if (every === "off") return `${what}：关（设置 ${name}.schedule）`;
    const day = every === "daily" ? "每天" : `每${DAYS[weekday] ?? weekday}`;
    const least = name === "training" ? `，写了正确词的新样本满 ${minSamples} 条才训练` : "";
    return `${what}：${day} ${hour} 点${least}`;
  },
  running: "正在进行",
  next: (when) => `下次：${when}`,
  last: (when, outcome) => `上次：${when}，${outcome}`,
  disk: "磁盘占用：",
  diskParts: {
    versionsBytes: (size) => `版本文件 ${size}`,
    stagedBytes: (size) => `预备文件 ${size}`,
    downloadsBytes: (size) => `下载 ${size}`,
    activationsBytes: (size) => `留给下次训练 ${size}`,
    otherBytes: (size) => `其他 ${size}`,
    freeBytes: (size) => `剩余空间 ${size}`,
  },
};
