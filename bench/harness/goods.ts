// Sentences of a shop whose blank depends on the kind of goods alone: what is sent gets 发货, what
// is switched on gets 生效. Every pattern takes both.

import { createRandom, shuffle } from "../../src/base/index.ts";

export interface Line {
  readonly text: string;
  readonly answer: string;
}

export interface GoodsLines {
  /** 120 sentences to learn. */
  readonly train: readonly Line[];
  /** New sentences about the same goods. */
  readonly same: readonly Line[];
  /** The same new sentences about goods that no sentence to learn mentions. */
  readonly other: readonly Line[];
}

const TRAINED_COUNT = 120;
const SENT = {
  answer: "发货",
  known: words(`手机 电脑 耳机 书包 羽绒服 运动鞋 台灯 水杯 雨伞 键盘 电饭锅 沙发 牛奶 大米 茶叶
    手表 毛巾 床单`),
  others: words("相机 自行车 冰箱 衬衫 饼干 椅子 牙刷 玩具车 苹果 帽子 字典 行李箱"),
};
const SWITCHED_ON = {
  answer: "生效",
  known: words(`会员 优惠券 流量包 话费套餐 医疗保险 折扣码 积分翻倍 代金券 视频年卡 网课权限
    软件授权 云盘扩容 游戏月卡 音乐包月 短信套餐 车险 延保服务 红包`),
  others: words(`意外险 满减券 宽带套餐 健身年卡 阅读月卡 激活码 亲情号 漫游包 礼品码 免邮特权
    养老保险 直播权限`),
};
const LEARNED_PATTERNS = [
  "我昨天买的{}到现在还没___。",
  "请问{}什么时候才能___？",
  "客服说{}今天下午就会___。",
  "下单三天了，{}一直没有___。",
  "你好，我想查一下{}有没有___。",
  "付款成功以后，{}马上就___了。",
  "这次的{}___得特别快，给个好评。",
  "麻烦催一下，我的{}怎么还不___？",
  "系统显示{}预计明天___。",
  "因为活动太火爆，{}要晚一点才能___。",
];
const ASKED_PATTERNS = [
  "亲，您订的{}已经___了，请留意通知。",
  "都过了一个星期，{}还是没___，我要投诉。",
  "店家答应周五之前让{}___。",
];

/** @param name what stands for each of the goods; they themselves when absent */
export function goodsLines(name: (goods: string) => string = (goods) => goods): GoodsLines {
  const lines = (kind: "known" | "others", patterns: readonly string[]): Line[] =>
    [SENT, SWITCHED_ON].flatMap((goods) =>
      goods[kind].flatMap((each) =>
        patterns.map((pattern) => {
          return { text: pattern.replace("{}", name(each)), answer: goods.answer };
        }),
      ),
    );
  const learned = shuffle(lines("known", LEARNED_PATTERNS), createRandom(1));
  return {
    train: learned.slice(0, TRAINED_COUNT),
    same: lines("known", ASKED_PATTERNS),
    other: lines("others", ASKED_PATTERNS),
  };
}

/** A share of the answers exchanged; also the rows of those, from 1. */
export function flipped(lines: readonly Line[], share: number): { lines: Line[]; rows: number[] } {
  const order = shuffle([...lines.keys()], createRandom(2));
  const changed = new Set(order.slice(0, Math.round(share * lines.length)));
  const opposite = (answer: string): string =>
    answer === SENT.answer ? SWITCHED_ON.answer : SENT.answer;
  return {
    lines: lines.map(({ text, answer }, i) => {
      return { text, answer: changed.has(i) ? opposite(answer) : answer };
    }),
    rows: [...changed].map((i) => i + 1),
  };
}

function words(text: string): string[] {
  return text.split(/\s+/);
}
