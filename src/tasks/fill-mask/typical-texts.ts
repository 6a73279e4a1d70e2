// Requests as they are typically asked: for running a version in, for probing both arms where there
// is little traffic, for comparing forms of a model. They are built in, so that nobody's text is
// needed.

import type { FillInput } from "./types.ts";

const TEXTS = [
  "春风又绿江南[MASK]，明月何时照我还。",
  "他做事总是画龙点[MASK]，让人佩服。",
  "今天的天气很[MASK]，我们去公园走走。",
  "您的订单已经[MASK]，请注意查收。",
  "请在周五之前把报告[MASK]给我。",
  "这家餐厅的菜味道不[MASK]，价格也合理。",
  "水在零度时会结[MASK]。",
  "会议改到下午三点，请大家准时[MASK]加。",
  "合同自双方签字之日起[MASK]效。",
  "孩子们在操场上开心地[MASK]球。",
  "新政策将从下个月开始实[MASK]。",
  "如果有任何问题，请随时与我们[MASK]系。",
  "本产品支持七天无理由___。",
  "由于系统升级，服务将暂时___。",
  "经过大家的努力，项目终于___完成。",
  "请妥善保管您的___，不要告诉他人。",
];

/** 16 of them, in a fixed order. */
export const TYPICAL_INPUTS: readonly FillInput[] = TEXTS.map((text) => ({ text, topK: 5 }));
