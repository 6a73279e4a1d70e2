// What servers under load are asked.

/** 16–20 tokens. */
export const TEXTS = [
  "会议改到下午三点，请大家准时[MASK]加。",
  "经过大家的努力，项目终于按时[MASK]成了。",
  "您的订单已经从仓库发[MASK]，请注意查收。",
  "如果有任何问题，请随时与我们[MASK]系。",
] as const;
