import { formatChance } from "./chance.ts";
import type { ProbesMessages } from "./probes-messages.ts";

export const probesZh: ProbesMessages = {
  title: "各题集的走势",
  start: "现在测一次",
  loading: "正在取…",
  measuring: (version, share) =>
    `正在测版本 ${version}${share === undefined ? "…" : `：${Math.floor(100 * share)}%`}`,
  failed: (reason) => `上次有没测成的：${reason}`,
  empty: {
    title: "还没有测过",
    advice: "按「现在测一次」，或等到定时的那一天（设置 probes.schedule）。",
  },
  suites: {
    idiom: "成语",
    poem: "诗词",
    science: "科学",
    everyday: "日常",
    golden: "金标准",
  },
  kinds: { probe: "自带", golden: "锁定，不用来做任何选择", own: "自己的" },
  questions: (count) => `${count} 题`,
  curve: (suite, count) => `${suite}的首选正确率走势，共测 ${count} 次`,
  versions: (names) => `版本 ${names}`,
  measured: (version, when) => `版本 ${version}，测于 ${when}`,
  top1: "首选正确",
  top3: "前三含正确",
  mrr: "平均倒数排名",
  ece: "校准误差，95% 区间",
  brier: "Brier 分数",
  flipped: (version) => `与版本 ${version} 相比改了答案的比例`,
  against: (version) => `与版本 ${version} 逐题比`,
  paired: ({ won, lost, pValue }) => `改对 ${won} 题，改错 ${lost} 题，${formatChance(pValue)}`,
};
