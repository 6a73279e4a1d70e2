// A planted test set: invented people, numbers and places in sentences whose templates know nothing
// of the patterns. Recall is counted as "the original no longer stands in the text".

import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../../base/index.ts";
import { creditCheck, identityCheck, passesLuhn } from "./checksums.ts";
import type { PiiKind } from "./kinds.ts";
import { createScrubber } from "./scrubber.ts";

interface Planted {
  readonly text: string;
  readonly secret: string;
}

const scrubber = createScrubber();

const pick = <Item>(random: Random, items: readonly Item[]): Item =>
  items[random.integer(items.length)]!;
const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.integer(10)).join("");
const letters = (random: Random, count: number, alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ"): string =>
  Array.from({ length: count }, () => alphabet.charAt(random.integer(alphabet.length))).join("");
const two = (n: number): string => String(n).padStart(2, "0");

const AREAS = ["110105", "310104", "440305", "510107", "330106", "610113", "810000"];
const date = (random: Random): string =>
  `${1940 + random.integer(75)}${two(1 + random.integer(12))}${two(1 + random.integer(28))}`;

/** Values of a fixed shape, as they are written down. */
const FIXED: Partial<Record<PiiKind, (random: Random) => string>> = {
  "identity-number": (random) => {
    if (random.integer(4) === 0) {
      return pick(random, AREAS) + date(random).slice(2) + digits(random, 3);
    }
    const body = pick(random, AREAS) + date(random) + digits(random, 3);
    const number = body + identityCheck(body);
    const spaced = `${number.slice(0, 6)} ${number.slice(6, 14)} ${number.slice(14)}`;
    return pick(random, [number, number.toLowerCase(), spaced]);
  },
  mobile: (random) => {
    const prefix = pick(random, ["138", "139", "150", "166", "177", "186", "191", "199"]);
    const [a, b] = [digits(random, 4), digits(random, 4)];
    return pick(random, [
      `${prefix}${a}${b}`,
      `${prefix}-${a}-${b}`,
      `${prefix} ${a} ${b}`,
      `+86 ${prefix}${a}${b}`,
      `86${prefix}${a}${b}`,
      [...`${prefix}${a}${b}`].join(" "),
      wide(`${prefix}${a}${b}`),
      `${prefix}.${a}.${b}`,
      `${prefix}–${a}–${b}`,
    ]);
  },
  landline: (random) => {
    const [area, count] = pick(random, [
      ["010", 8],
      ["021", 8],
      ["0571", 8],
      ["0931", 7],
    ] as const);
    const local = String(2 + random.integer(7)) + digits(random, count - 1);
    return pick(random, [
      `${area}-${local}`,
      `(${area})${local}`,
      `${area} ${local}`,
      `${area}${local}`,
      `（${area}）${local}`,
      wide(`${area}-${local}`),
      `+86-${area.slice(1)}-${local}`,
    ]);
  },
  "bank-card": (random) => {
    const body = pick(random, ["622202", "621700", "436742", "625912", "519412"]);
    const length = body.startsWith("62") ? pick(random, [16, 19]) : 16;
    const partial = body + digits(random, length - body.length - 1);
    const card = partial + "0123456789".split("").find((check) => passesLuhn(partial + check))!;
    return pick(random, [card, card.replaceAll(/(\d{4})(?=\d)/g, "$1 "), wide(card)]);
  },
  "credit-code": (random) => {
    const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const prefix = pick(random, ["91", "92", "52", "12", "31"]) + pick(random, AREAS.slice(0, 6));
    const body = prefix + letters(random, 9, alphabet);
    return body + creditCheck(body);
  },
  "licence-plate": (random) => {
    const office = pick(random, "京沪粤川浙苏鲁".split("")) + pick(random, "ABCDEF".split(""));
    const serial = digits(random, 3) + letters(random, 2);
    const energy = pick(random, "DF".split("")) + digits(random, 5);
    return pick(random, [`${office}${serial}`, `${office}·${serial}`, `${office}${energy}`]);
  },
  "travel-document": (random) =>
    pick(random, [
      `E${digits(random, 8)}`,
      `G${digits(random, 8)}`,
      `EA${digits(random, 7)}`,
      `C${digits(random, 8)}`,
      `CA${digits(random, 7)}`,
      `H${digits(random, 10)}`,
      `M${digits(random, 8)}`,
    ]),
  email: (random) => {
    const user = pick(random, ["wang.xm", "liu_fang", "zhao-88", digits(random, 9)]);
    return `${user}@${pick(random, ["qq.com", "163.com", "mail.tsinghua.edu.cn", "t.cn", "sina.com.cn"])}`;
  },
  "ip-address": (random) => {
    const octet = (): number => 1 + random.integer(220);
    const group = (): string => (0x1000 + random.integer(0xefff)).toString(16);
    return pick(random, [
      `${11 + random.integer(100)}.${octet()}.${octet()}.${octet()}`,
      `8.8.${random.integer(9)}.8`,
      `240e:${Array.from({ length: 7 }, group).join(":")}`,
      `2408:${group()}::${group()}`,
      `fe80::${group()}`,
    ]);
  },
  secret: (random) => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const key = letters(random, 40, alphabet);
    return pick(random, [
      `sk-${key}`,
      `ghp_${key.slice(0, 36)}`,
      `AKIA${letters(random, 16, "ABCDEFGHJK2345")}`,
      `${key}${digits(random, 2)}`,
      Array.from({ length: 32 }, () => random.integer(16).toString(16)).join(""),
    ]);
  },
};

const CARRIERS = [
  (value: string) => `您登记的号码是${value}，请核对。`,
  (value: string) => `${value}这个还能用吗？`,
  (value: string) => `麻烦查一下 ${value} 的状态`,
  (value: string) => `资料：${value}`,
  (value: string) => `系统提示（${value}）已经___过了`,
  (value: string) => `换成${value}；谢谢`,
];

const wide = (text: string): string =>
  text.replaceAll(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));

function expectGone(kind: PiiKind, planted: readonly Planted[], recallMin: number): void {
  const missed = planted.filter(({ text, secret }) => scrubber.scrub(text).text.includes(secret));
  const recall = 1 - missed.length / planted.length;
  const shown = missed.map(({ text }) => text).slice(0, 20);
  expect(recall, `${kind}: missed ${shown.join("\n")}`).toBeGreaterThanOrEqual(recallMin);
}

describe("the scrub on planted sentences", () => {
  for (const [kind, valueOf] of Object.entries(FIXED) as [PiiKind, (r: Random) => string][]) {
    it(`finds every ${kind} with its kind`, () => {
      const random = createRandom(17);
      const planted = Array.from({ length: 120 }, (_, i): Planted => {
        const secret = valueOf(random);
        return { text: CARRIERS[i % CARRIERS.length]!(secret), secret };
      });
      expectGone(kind, planted, 1);
      for (const { text } of planted) {
        const { counts, text: clean } = scrubber.scrub(text);
        const other: PiiKind = kind === "mobile" ? "landline" : kind;
        expect(counts[kind] + counts[other], `${text} → ${clean}`).toBeGreaterThan(0);
      }
    });
  }

  it("finds secrets in addresses and headers", () => {
    const planted = [
      ["https://a.cn/p?id=3&token=abc123xyz", "abc123xyz"],
      ["https://a.cn/cb#access_token=QWERTY", "QWERTY"],
      ["Authorization: Bearer a8f5f167f44f4964", "a8f5f167f44f4964"],
      ["api_key=9f8e7d6c5b4a", "9f8e7d6c5b4a"],
      ["登录密码是Qwe45678，别告诉别人", "Qwe45678"],
      ["git clone https://bob:hunter2@git.cn/x.git", "hunter2"],
      ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0", "dozjgNryP4J3jVm"],
    ].map(([text = "", secret = ""]) => ({ text, secret }));
    expectGone("secret", planted, 1);
  });

  it("finds at least 95 % of the names", () => {
    const random = createRandom(23);
    const surnames =
      "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕".split("");
    const given = [
      ..."伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚".split(""),
      ..."秀英 桂英 建国 志强 小红 雨桐 梓涵 浩然 欣怡 子轩 思远 文博 海燕 玉兰 婷婷 国庆 晓东 一鸣".split(
        " ",
      ),
    ];
    const templates = [
      (name: string) => `我叫${name}，想问一下订单什么时候发货。`,
      (name: string) => `${name}先生您好，您的快递已经到了。`,
      (name: string) => `收件人：${name}`,
      (name: string) => `联系人是${name}，请尽快回电`,
      (name: string) => `请把合同寄给${name}，谢谢`,
      (name: string) => `昨天接待我的是${name}女士，态度很好。`,
      (name: string) => `患者${name}，男，45岁，因头痛入院`,
      (name: string) => `${name}，手机13812345678`,
      (name: string) => `姓名: ${name} 年龄: 30`,
      (name: string) => `投保人${name}申请退保。`,
      (name: string) => `${name}的电话是010-62345678，麻烦记一下`,
      (name: string) => `你好，我是${name}，昨天下的单还没___`,
      (name: string) => `这件事请联系${name}经理处理`,
      (name: string) => `今天由${name}老师给我们上课`,
    ];
    const compound = ["欧阳", "司马", "上官", "诸葛", "慕容"];
    const planted = Array.from({ length: 420 }, (_, i): Planted => {
      const surname = i % 25 === 0 ? pick(random, compound) : pick(random, surnames);
      const secret = surname + pick(random, given);
      return { text: templates[i % templates.length]!(secret), secret };
    });
    expectGone("name", planted, 0.95);
  });

  it("finds at least 95 % of the addresses", () => {
    const random = createRandom(29);
    const cities = [
      "浙江省杭州市西湖区",
      "北京市朝阳区",
      "广东深圳南山区",
      "成都市武侯区",
      "江苏省苏州市",
      "",
    ];
    const roads = [
      "文三路",
      "建国门外大街",
      "科技园南路",
      "人民中路",
      "解放西街",
      "学府巷",
      "滨江大道",
      "和平里西街",
    ];
    const estates = ["幸福小区", "阳光花园", "翠湖家园", "金桂苑", "万科城市花园", "东方公寓"];
    const room = (): string =>
      `${1 + random.integer(30)}栋${1 + random.integer(4)}单元${100 + random.integer(2000)}`;
    const address = (): string => {
      const place = pick(random, cities);
      return pick(random, [
        `${place}${pick(random, roads)}${1 + random.integer(900)}号`,
        `${place}${pick(random, roads)}${1 + random.integer(900)}号${pick(random, estates)}${room()}室`,
        `${place}${pick(random, estates)}${room()}`,
        `${place}${pick(random, roads)}${1 + random.integer(90)}弄${1 + random.integer(90)}号${101 + random.integer(500)}室`,
        `河南省兰考县葡萄架乡李村${1 + random.integer(90)}号`,
        `${place}${pick(random, estates)}${1 + random.integer(20)}号楼`,
      ]);
    };
    const templates = [
      (value: string) => `收货地址：${value}`,
      (value: string) => `我家住在${value}，可以送货吗？`,
      (value: string) => `麻烦寄到${value}，谢谢。`,
      (value: string) => `${value}，王先生收`,
      (value: string) => `上个月我搬到了${value}`,
      (value: string) => `快递员说${value}没人[MASK]收`,
      (value: string) => `请派师傅到${value}维修空调`,
    ];
    const planted = Array.from({ length: 280 }, (_, i): Planted => {
      const secret = address();
      return { text: templates[i % templates.length]!(secret), secret };
    });
    expectGone("address", planted, 0.95);
    // The parts that lead to a door must be gone as well, not only the whole.
    const parts = planted.flatMap(({ text, secret }) => {
      return (secret.match(/\d+(?=[号弄栋单室])/g) ?? []).map((n) => ({ text, secret: `${n}号` }));
    });
    expectGone("address", parts, 0.95);
  });
});
