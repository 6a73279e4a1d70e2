// Clean sentences must come back as they were: what the scrub touches, the model cannot learn. The
// sentences are made here: everyday ones with numbers, places and roles in them, and the idioms of
// the shipped lexicon.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { createScrubber } from "./scrubber.ts";

const SENTENCES = 2400;
const TOUCHED_MAX = 0.01;

const SLOTS: Readonly<Record<string, readonly string[]>> = {
  谁: "我 我们 客户 用户 老师 医生 经理 同学们 这位先生 那位女士 她的同事 负责人 司机 患者 业主 总经理 张家界的游客 高中生 方案的作者 王国的士兵 安全员 马上要毕业的学生".split(
    " ",
  ),
  时: "今天 昨天下午 2024年5月6日 上周三 14:30 明年春天 1998年 第3季度 国庆期间 周末 2023-11-05 三月初".split(
    " ",
  ),
  地: "北京 浙江省杭州市 市中心 公司楼下 学校门口 人民公园 火车站 地铁2号线 高速公路上 小区里 图书馆3层 西湖边 江南的村子里 上海市浦东新区 医院大楼".split(
    " ",
  ),
  事: [
    "订单一直没生效",
    "收到了12件商品，共计1,280.50元",
    "把合同的第3.2.1条改了两遍",
    "打电话问了客服三次",
    "下载了10.2.3版本的软件",
    "走了25000步，消耗了1200千卡",
    "提交了编号为20240506001的申请",
    "在会议上强调要高度重视安全问题",
    "读完了《红楼梦》第一百二十回",
    "觉得方便面比米饭好吃",
    "查了一下余额，还剩3000元",
    "看见一辆白色的车停在路边",
    "和朋友约好一起去爬山",
    "把密码忘了，需要重新设置",
    "按照地址找了很久也没找到",
    "用了5个小时才写完报告",
    "发现网速只有100Mbps",
    "向左转，走200米到路口",
    "测得体温36.5度，血压120/80",
    "把比分改成了3-2",
    "坐了G1234次列车，7车12号座位",
    "说联系人列表里是空的",
    "问收件人一栏应该怎么填",
    "参加了5公里跑步比赛，得了第12名",
    "背下了圆周率的前几位3.1415926535",
    "把文件放在 src/models/bert.ts 里",
    "运行 npm run build 之后没有报错",
    "打开 https://example.com/docs?page=2 看了看",
    "换了一块512GB的硬盘和16GB内存",
    "听说房价涨到每平方米48000元",
    "和经理商量了下个季度的计划",
    "给老师和同学带了礼物",
  ],
  尾: "。 ，大家都很高兴。 ，但是没有结果。 ，感谢您的支持！ ，这是为什么呢？ ，还要再等3天。 ，真是[MASK]不容易。 ，结果___。".split(
    " ",
  ),
};

function sentences(): string[] {
  const random = createRandom(41);
  const idioms = gunzipSync(
    readFileSync(new URL("../../../models/lexicon-zh.txt.gz", import.meta.url)),
  )
    .toString()
    .split("\n")
    .filter((word) => word.length === 4);
  const pick = (items: readonly string[] = []): string => items[random.integer(items.length)] ?? "";
  return Array.from({ length: SENTENCES }, (_, i) => {
    if (i % 3 === 0)
      return `${pick(SLOTS["谁"])}说这叫${pick(idioms)}，也叫${pick(idioms)}${pick(SLOTS["尾"])}`;
    const [time, place] = [pick(SLOTS["时"]), pick(SLOTS["地"])];
    return `${time}${pick(SLOTS["谁"])}在${place}${pick(SLOTS["事"])}${pick(SLOTS["尾"])}`;
  });
}

describe("the scrub on clean sentences", () => {
  it("touches at most 1 %", () => {
    const scrubber = createScrubber();
    const scrub = (text: string): string => scrubber.scrub(text).text;
    const all = sentences();
    const touched = all.filter((text) => scrub(text) !== text);
    const shown = touched.slice(0, 30).map((text) => `${text}\n → ${scrub(text)}`);
    expect(touched.length / all.length, shown.join("\n")).toBeLessThanOrEqual(TOUCHED_MAX);
  });
});
