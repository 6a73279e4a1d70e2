// Sentences whose blank depends on the kind of thing alone: of a shop, what is sent gets 发货, what
// is switched on gets 生效. Every pattern takes both. The sets differ in what makes them hard.

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

/** Things that go with one answer. */
interface Kind {
  readonly answer: string;
  readonly known: readonly string[];
  readonly others: readonly string[];
}

interface GoodsSet {
  readonly kinds: readonly [Kind, Kind];
  /** {} stands for the thing. */
  readonly learned: readonly string[];
  readonly asked: readonly string[];
}

const TRAINED_COUNT = 120;

export const GOODS_SETS = {
  /** 36 goods of a shop. */
  goods: {
    kinds: [
      {
        answer: "发货",
        known: words(`手机 电脑 耳机 书包 羽绒服 运动鞋 台灯 水杯 雨伞 键盘 电饭锅 沙发 牛奶 大米
          茶叶 手表 毛巾 床单`),
        others: words("相机 自行车 冰箱 衬衫 饼干 椅子 牙刷 玩具车 苹果 帽子 字典 行李箱"),
      },
      {
        answer: "生效",
        known: words(`会员 优惠券 流量包 话费套餐 医疗保险 折扣码 积分翻倍 代金券 视频年卡 网课权限
          软件授权 云盘扩容 游戏月卡 音乐包月 短信套餐 车险 延保服务 红包`),
        others: words(`意外险 满减券 宽带套餐 健身年卡 阅读月卡 激活码 亲情号 漫游包 礼品码
          免邮特权 养老保险 直播权限`),
      },
    ],
    learned: [
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
    ],
    asked: [
      "亲，您订的{}已经___了，请留意通知。",
      "都过了一个星期，{}还是没___，我要投诉。",
      "店家答应周五之前让{}___。",
    ],
  },
  /** The same answers, asked after words that commonly stand before something else. */
  misleading: {
    kinds: [
      {
        answer: "发货",
        known: words(`平板电脑 洗衣机 连衣裙 跑步机 蓝牙音箱 拖鞋 被子 护手霜 猫粮 电风扇 铅笔
          咖啡豆 窗帘 雨衣 保温杯 面膜 篮球 地毯`),
        others: words("微波炉 围巾 口罩 吉他 电视 皮鞋 蜂蜜 花盆 枕头 充电器 牛仔裤 望远镜"),
      },
      {
        answer: "生效",
        known: words(`年费会员 满减活动 上网套餐 意外保险 打折码 双倍积分 购物券 影视会员 课程权限
          正版授权 网盘空间 季卡 听书包月 亲情套餐 家财险 质保服务 抵扣券 试用资格`),
        others: words(`旅游险 立减券 光纤套餐 瑜伽月卡 漫画会员 兑换码 副卡 国际漫游 新人礼券
          包邮权益 商业保险 投票权限`),
      },
    ],
    learned: [
      "{}都付款两天了怎么还没___？",
      "您好，{}什么时候可以___呀？",
      "昨晚拍的{}今天早上就___了。",
      "我买的{}显示已经___。",
      "商家说{}要后天才能___。",
      "{}迟迟不___，太让人失望了。",
      "希望我的{}能早点___。",
      "刚收到短信，说{}已经___了。",
      "为什么{}过了这么久都没有___？",
      "{}当天就___了，非常满意。",
    ],
    asked: [
      "尊敬的客户，您的{}将于今晚___。",
      "能不能让{}快一点___，我等着用呢。",
      "老板，{}是不是忘记___了？",
    ],
  },
  /** Films and shops. */
  openings: {
    kinds: [
      {
        answer: "上映",
        known: words(`科幻片 动画片 喜剧片 战争片 纪录片 武侠片 恐怖片 爱情片 那部电影 新电影
          贺岁片 大片 悬疑片 歌舞片 历史片 续集`),
        others: words("动作片 文艺片 灾难片 儿童片 传记片 谍战片 青春片 国产片"),
      },
      {
        answer: "开业",
        known: words(`超市 咖啡馆 书店 火锅店 健身房 宾馆 面包店 理发店 药店 商场 饭店 花店
          服装店 眼镜店 游泳馆 奶茶店`),
        others: words("水果店 酒店 茶馆 快餐店 玩具店 洗衣店 电影院 餐厅"),
      },
    ],
    learned: [
      "听说{}下个月就要___了。",
      "那个{}什么时候___？",
      "{}昨天正式___。",
      "大家都盼着{}早点___。",
      "{}因为天气原因推迟___。",
      "{}___第一天就来了很多人。",
      "{}上周已经___了，你知道吗？",
      "不知道{}能不能按时___。",
      "{}定在国庆节___。",
    ],
    asked: ["我们一直在等{}___。", "{}终于___了，一起去看看吧。", "报纸上说{}这个周末___。"],
  },
  /** Programmes and books: written after the recipe had been chosen, which has not seen them. */
  unseen: {
    kinds: [
      {
        answer: "播出",
        known: words(`电视剧 综艺节目 春节晚会 访谈节目 天气预报 体育新闻 动画连续剧 选秀节目
          音乐会实况 美食栏目 真人秀 相声专场 军事节目 法治栏目 广播剧 球赛录像 少儿节目 决赛`),
        others: words(`专题片 新闻联播 情景剧 养生节目 颁奖典礼 家庭剧 脱口秀 戏曲栏目 益智节目
          开幕式 古装剧 农业节目`),
      },
      {
        answer: "出版",
        known: words(`小说 词典 诗集 散文集 回忆录 教科书 菜谱 画册 传记 习题集 童话书 游记 地图册
          字帖 论文集 百科全书 翻译本 新书`),
        others: words(`短篇集 相册 史书 绘本 日记 参考书 摄影集 科普读物 剧本 年鉴 古籍 长篇`),
      },
    ],
    learned: [
      "我盼了很久的{}总算___了。",
      "请问{}大概几月份___？",
      "听朋友讲，{}可能不会___。",
      "{}还没有___就引起了争论。",
      "由于种种原因，{}至今未能___。",
      "他参加制作的{}去年年底___。",
      "老师推荐的{}刚刚___。",
      "这样的{}应该多___一些。",
      "第一次看到自己的{}___，他激动得哭了。",
      "公司决定暂停___这类{}。",
    ],
    asked: [
      "据介绍，{}将在春天___。",
      "爷爷天天打听{}___没有。",
      "主编告诉记者，{}要等审查以后再___。",
    ],
  },
} as const satisfies Record<string, GoodsSet>;

export type GoodsSetName = keyof typeof GOODS_SETS;

/** @param name what stands for each of the things; they themselves when absent */
export function goodsLines(set: GoodsSetName, name?: (thing: string) => string): GoodsLines {
  const { kinds, learned, asked }: GoodsSet = GOODS_SETS[set];
  const lines = (things: "known" | "others", patterns: readonly string[]): Line[] =>
    kinds.flatMap((kind) =>
      kind[things].flatMap((thing) =>
        patterns.map((pattern) => {
          return { text: pattern.replace("{}", name?.(thing) ?? thing), answer: kind.answer };
        }),
      ),
    );
  return {
    train: shuffle(lines("known", learned), createRandom(1)).slice(0, TRAINED_COUNT),
    same: lines("known", asked),
    other: lines("others", asked),
  };
}

/** A share of the answers exchanged; also the rows of those, from 1. */
export function flipped(lines: readonly Line[], share: number): { lines: Line[]; rows: number[] } {
  const order = shuffle([...lines.keys()], createRandom(2));
  const changed = new Set(order.slice(0, Math.round(share * lines.length)));
  const answers = [...new Set(lines.map(({ answer }) => answer))];
  const opposite = (answer: string): string => answers.find((each) => each !== answer) ?? answer;
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
