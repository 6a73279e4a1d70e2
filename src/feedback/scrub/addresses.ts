// Postal addresses of the Chinese form, from the large to the small: 省市区, road, number, building,
// room. A place alone is not personal; a door number, or a chain behind 地址 or 家住, is.

import type { Detector, Finding } from "./kinds.ts";
import { placeLengthAt } from "./places.ts";
import { HAN, isHanCharacter, segmentationOf, type Segmentation } from "./segmentation.ts";

const NUMBER =
  "(?:[0-9]{1,5}|[一二三四五六七八九十百零〇两]{1,7})[A-Za-z]?(?:[-之][0-9一二三四五六七八九十]{1,5}){0,2}";
/** 1202 by itself: a room, unless it counts something. */
const ROOM_NUMBER = "\\d{3,4}(?![0-9A-Za-z:.年月日元块米个万人分])";
const UNIT = "(?:号楼|号院|号|弄|栋|幢|座|单元|室|户)";
/** 5号 of a thing that is no door: 2号线, 3号馆. */
const NO_DOOR =
  "(?![线门机位店馆台桥字码文令球种菌窗坑墓井厅站车舰星箭手员令矿炉井泵库槽池场仓柜床段国公高航登检出灶洞泉])";
const DOOR = `(?:[甲乙丙丁附]?${NUMBER}${UNIT}|[A-Za-z][座栋幢区])${NO_DOOR}`;
const ROAD_SUFFIX = "(?:大街|大道|胡同|公路|路|街|道|巷|弄|段|条)";
const ESTATE_SUFFIX =
  "(?:小区|社区|花园|花苑|公寓|大厦|新村|家园|苑|园|庄园|城|府|湾|庭|村|庄|屯|寨|宿舍|山庄|广场|期|院|里|坊|轩|大院|家属院|大楼)";
/** A road with a house number, or an estate with a building or room. */
const ANCHOR = new RegExp(
  `(?<!电|线|铁|网|思|套|一|半|频|轨|跑|航|车|渠|阶)${ROAD_SUFFIX}[东南西北中]?[一二三四五六七八九]?段?[ ,]?` +
    `(?:[甲乙丙丁附]?${NUMBER}(?:号楼|号院|号|弄|巷|栋|幢)${NO_DOOR})` +
    `|${ESTATE_SUFFIX}(?:[东南西北中]区|[一二三四五六七八九]期|[A-Za-z0-9]区)?[ ,]?` +
    `(?:[甲乙丙丁附]?${NUMBER}(?:号楼|号院|栋|幢|单元|室)|[A-Za-z][座栋幢])` +
    `|[村庄屯寨](?:${NUMBER}[组队社])?${NUMBER}[号组户]${NO_DOOR}`,
  "g",
);
/** Building, entrance and room in a row say enough without a place before them. */
const ROOM = new RegExp(
  `(?<![0-9A-Za-z])(?:[A-Za-z]|${NUMBER})(?:号楼|栋|幢|座|号)[ ,]?` +
    `(?:[A-Za-z]|${NUMBER})(?:单元[ ,]?|门[ ,]?|[ ,-])(?:${NUMBER}(?:室|号|户)|${ROOM_NUMBER})` +
    `|(?<![0-9A-Za-z])${NUMBER}单元[ ,]?${ROOM_NUMBER}室?`,
  "g",
);
const MORE = new RegExp(
  `(?:[ ,]?(?:[${HAN}A-Za-z]{1,10}?(?:${ESTATE_SUFFIX}|厂))?[ ,]?` +
    `(?:${DOOR}|${NUMBER}[层楼门组](?![${HAN}])|${NUMBER}[层楼](?=\\d)))` +
    `|[ ,]?[A-Za-z]?-?${ROOM_NUMBER}[室房号]?`,
  "y",
);
const LABEL = new RegExp(
  String.raw`(?:地址|住址|住所|户籍地|户口所在地[:：]|所在地[:：]|家住|住在|我住|现居|居住在|居住于|居住地|寄到|寄往|寄至|送到|送至|送货到|` +
    String.raw`发到|发往|地点)(?:在|是|为)? ?[:：]? ?`,
  "g",
);
const CHAIN_STEP =
  /省|自治区|自治州|市|新区|区|县|旗|镇|乡|街道|村|大道|胡同|路|街|巷|弄|小区|社区|花园|公寓|大厦|家园|苑|广场|屯|庄/g;
const FINE_STEP = /[县镇乡村路街巷弄苑庄屯道]|小区|社区|花园|公寓|大厦|家园|胡同|广场/;
const CHAIN_LENGTH_MAX = 48;
const NAME_LENGTH_MAX = 9;
const WALK_MAX = 32;
/** Words that lead to an address and are no part of one. */
const LEADS = new Set(
  (
    "的 是 为 在 于 到 至 往 从 由 自 离 距 我 你 他 她 您 我家 家 和 与 及 跟 了 就 请 把 将 地址 住址 住 家住 住在 " +
    "寄 送 发 去 来 搬 搬家 位于 坐落 公司 学校 单位 店 客户 快递 包裹 导航 打车 上门 门店 位置 改 改成 改为 换 换成 经 " +
    "沿 沿着 过 有 也 都 还 今天 明天 昨天 上午 下午 晚上 送货 发货 收货 寄件 取件 退货 人 员 快递员 师傅 司机 货物 邮寄 " +
    "老家 现 现在 目前 居住 户籍 收件 搬到 搬去 租住 租 就是 一下 麻烦 帮 帮我 给 给我 定位 新 旧 老 房子 房屋 订单 车 " +
    "说 称 让 叫 派 到达 附近 办公 办公室 总部 开 设 登记 注册 我们 他们 安装 维修 配送 派送 投递 抵达 前往"
  ).split(" "),
);
const LEAD_ENDING = /[到在于至往为是的址]$/;

export const detectAddresses: Detector = (text) => {
  const words = segmentationOf(text);
  const findings: Finding[] = [];
  const keep = (start: number, end: number): void => {
    const isNew = start >= (findings.at(-1)?.end ?? 0);
    if (isNew && isRealAddress(text.slice(start, end))) {
      findings.push({ kind: "address", start, end });
    }
  };
  const stretches: Stretch[] = [];
  let before = 0;
  for (const { 0: found, index } of text.matchAll(ANCHOR)) {
    // Doors that went with the road before.
    if (index < before) continue;
    const start = startOfPlace(text, words, index, before);
    const end = endOfDoors(text, index + found.length);
    if (start < index) stretches.push({ start, end });
    before = end;
  }
  for (const { 0: found, index } of text.matchAll(ROOM)) {
    stretches.push({ start: index, end: endOfDoors(text, index + found.length) });
  }
  for (const { 0: label, index } of text.matchAll(LABEL)) {
    const start = index + label.length;
    const end = endOfChain(text, start);
    if (end !== undefined) stretches.push({ start, end: endOfDoors(text, end) });
  }
  // The earlier begins first; of those that begin together the longest.
  stretches.sort((a, b) => a.start - b.start || b.end - a.end);
  for (const { start, end } of joined(stretches)) keep(start, end);
  return findings;
};

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Stretches that overlap or touch become one. */
function joined(sorted: readonly Stretch[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { start, end } of sorted) {
    const last = stretches.at(-1);
    if (last !== undefined && start <= last.end) {
      stretches[stretches.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    } else {
      stretches.push({ start, end });
    }
  }
  return stretches;
}

/** A surrogate has 某 for every name and zeros for every number. */
function isRealAddress(address: string): boolean {
  const numbers = address.match(/\d/g);
  if (numbers === null) return !/[某〇]/.test(address);
  return numbers.some((digit) => digit !== "0") || !address.includes("某");
}

/** Where the place begins whose road or estate suffix stands at `suffix`; not before `floor`. */
function startOfPlace(text: string, words: Segmentation, suffix: number, floor: number): number {
  let start = suffix;
  let known: number | undefined;
  for (let i = suffix - 1; i >= floor && suffix - i <= WALK_MAX; i--) {
    const character = text.charAt(i);
    const isName = isHanCharacter(character) || /[0-9A-Za-z·]/.test(character);
    if (!isName && !(character === " " && /[省市区县]/.test(text.charAt(i - 1)))) break;
    if (isLead(text, words, i)) break;
    start = i;
    if (placeLengthAt(text, i) > 0) known = i;
  }
  return known ?? start;
}

/** Whether a leading word ends at this place. */
function isLead(text: string, words: Segmentation, last: number): boolean {
  if (!words.startsAt(last + 1)) return false;
  let first = last;
  while (first > 0 && last - first < 4 && !words.startsAt(first)) first--;
  const word = text.slice(first, last + 1);
  return LEADS.has(word) || (word.length <= 3 && LEAD_ENDING.test(word));
}

/** The end of an address whose first door number ends at `from`. */
function endOfDoors(text: string, from: number): number {
  let end = from;
  for (;;) {
    MORE.lastIndex = end;
    const more = MORE.exec(text);
    if (more === null) return end;
    end += more[0].length;
  }
}

/** The end of 省…市…区…路 from a label on, when it is long and fine enough to lead to a door. */
function endOfChain(text: string, start: number): number | undefined {
  const clause = /^[^,，。；;！!？?\n：:()（）]*/.exec(text.slice(start, start + CHAIN_LENGTH_MAX));
  const chain = clause?.[0] ?? "";
  let end = 0;
  let steps = placeLengthAt(chain, 0) > 0 ? 1 : 0;
  let isFine = false;
  for (const { 0: step, index } of chain.matchAll(CHAIN_STEP)) {
    const name = chain.slice(end, index);
    if (name === "" && end > 0) continue;
    const isPlain =
      name.length <= NAME_LENGTH_MAX && !/[的了着过是有我你他她们这那哪和及]/.test(name);
    if (name === "" || !isPlain) break;
    end = index + step.length;
    steps++;
    isFine ||= FINE_STEP.test(step);
  }
  const isPrecise = steps >= 3 || (steps === 2 && end >= 6);
  return isFine && isPrecise ? start + end : undefined;
}
