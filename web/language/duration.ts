// How long something takes, in the largest unit that says it in one or two digits.

const UNITS = [
  { seconds: 1, until: 90 },
  { seconds: 60, until: 90 * 60 },
  { seconds: 3600, until: 48 * 3600 },
  { seconds: 86_400, until: Infinity },
] as const;

const NAMES = {
  zh: ["秒", "分钟", "小时", "天"],
  en: ["s", "min", "h", "days"],
} as const;

/** As "40 s", "12 min", "3 h", "5 days". */
export function formatDuration(seconds: number, language: keyof typeof NAMES): string {
  const i = UNITS.findIndex(({ until }) => seconds < until);
  const { seconds: size } = UNITS[i] ?? UNITS[3];
  return `${Math.round(seconds / size)} ${NAMES[language][i] ?? NAMES[language][3]}`;
}
