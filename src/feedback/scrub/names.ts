// Names of persons, and only beside what shows that a person is meant: a label (联系人：), an
// introduction (我叫), a title (先生), a phone number or address next to them. A name without such a
// neighbour may be a king or a novel's hero, and the texts are full of those.

import { TAKEN, type Detector, type Finding } from "./kinds.ts";
import { HAN, isHanCharacter, segmentationOf, type Segmentation } from "./segmentation.ts";
import { surnamesAt } from "./surnames.ts";

/** Behind these a name is all but sure. */
const SURE_LABEL = new RegExp(
  String.raw`(?:(?<![帮给替为让])我(?:的名字)?叫|名字?叫|本人叫|我的名字是|(?:姓名|名字|联系人|收件人|收货人|寄件人|发件人|签收人|提货人|` +
    String.raw`取件人|入住人|预[订约定]人|投保人|被保险人|受益人|持卡人|户名|收款人|付款人|经办人|法定代表人|法人代表|监护人|委托人|申请人|报名人|患者|` +
    String.raw`户主|房主|承租人|出租人|称呼)(?:姓名)? ?(?:[:是为叫]|：) ?)(?:做|作)? ?`,
  "g",
);
/** Behind these a name may follow, or any other word. */
const LIKELY_LABEL = new RegExp(
  String.raw`(?:我是|本人|联系人|收件人|收货人|寄件人|签收人|入住人|预[订约定]人|投保人|持卡人|经办人|法定代表人|委托人|申请人|户主|房主|房东|` +
    String.raw`业主|租客|患者|病人|客户|用户|顾客|会员|买家|卖家|乘客|旅客|司机|学生|学员|考生|员工|同事|家长|原告|被告人?|证人|当事人|负责人|` +
    String.raw`业务员|快递员|客服|顾问|请联系|联系一下|请找|寄给|发给|交给|转给|转交|转告|转账给|汇款给|致电|打给|拨给|` +
    String.raw`通知)(?:姓名)? ?[:：是为叫]? ?`,
  "g",
);
const TITLE =
  /(?:先生|女士|小姐(?!姐)|太太|老师|医生|大夫|经理|主任|师傅|律师|教授|同学|阿姨|老板|护士|警官)(?!们)/g;
/** 王总, of a boss; the character is part of many words. */
const BOSS =
  /(?<=^|[^\u4e00-\u9fff]|[请找给和跟对])[\u4e00-\u9fff](?=总(?:[您你说好让请]|[^\u4e00-\u9fff]|$))/g;
const BARE_SURNAME = /(?:我|免贵|本人)姓/g;
/** What may follow a name at once. */
const FOLLOWS = new RegExp(
  String.raw`(?:的|电话|手机|身份|证|地址|住|家|今年|来自|是|在|说|和|与|跟|及|以|收|签|先生|女士|小姐|您好|你好|已|于|从|到|也|很|要|` +
    String.raw`想|有|没|了|吗|呢|吧|男|女|老师|医生|同学|因|昨天|今天|明天|现在|目前|对|向|就|将|申请|反映|咨询|投诉|预约|预订|购|订|办理|` +
    String.raw`来|去|需|打|给|表示|称|认为|出生|生于|毕业|年龄|性别|微信|邮箱|同意|签名|通过|曾|本人|以及|刚|被|确诊|复诊|入院|出院|下单|提交|` +
    String.raw`申)`,
  "y",
);
const LINK_BEFORE_DATA = new RegExp(
  String.raw`(?:的|本人|[,:;()[\]"' ，：；、（）【】]|是|为|在|手机|联系|方式|电话|座机|身份证|银行|卡|账|帐|号|码|邮箱|邮件|电邮|` +
    String.raw`微信|护照|车牌|住址|家庭|地址|住|家住|现|e?-?mail|tel|phone)*$`,
  "i",
);
const LINK_REACH = 24;
const LISTED = new RegExp(`[、/和与及跟](?=[${HAN}])`, "y");
/** No part of a given name: words of grammar, and the signs of surrogates. */
const NOT_GIVEN = new Set(
  "的了是在我你您他她它们这那哪吗呢吧啊呀哦把被就都也很没请给说某甲乙丙过看问找见不",
);
/** 于昨天, 于周一: times, not names. */
const NO_GIVEN_NAME = /^[昨今明前后当次周本上下](?:[天日月年周晚早午一二三四五六日])|[天日月年时]$/;
const LATIN = new RegExp(
  String.raw`(?:(?:姓名|联系人|收件人|收货人|我叫|名叫|乘客|旅客)[:：是为 ]{0,3}|(?:Mr|Mrs|Ms|Miss|` +
    String.raw`Dr)\.? )([A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20}){0,2})`,
  "g",
);
const DOTTED = new RegExp(`[${HAN}]{1,7}(?:·[${HAN}]{1,7}){1,3}`, "y");

/** How much a context says that a name follows. */
type Trust = "sure" | "likely";

export const detectNames: Detector = (text) => {
  const reader = createReader(text);
  const found = new Map<number, number>();
  const keep = (start: number, end: number | undefined): void => {
    if (end !== undefined && !overlaps(found, start, end)) found.set(start, end);
  };
  for (const { 0: label, index } of text.matchAll(SURE_LABEL)) {
    for (const [start, end] of reader.listed(index + label.length, "sure")) keep(start, end);
  }
  for (const { index } of text.matchAll(TITLE)) {
    const start = reader.backward(index, text.startsWith("先生", index) || isLady(text, index));
    if (start !== undefined) keep(start, index);
  }
  for (const { 0: label, index } of text.matchAll(LIKELY_LABEL)) {
    for (const [start, end] of reader.listed(index + label.length, "likely")) keep(start, end);
  }
  for (const { 0: said, index } of text.matchAll(BARE_SURNAME)) {
    const start = index + said.length;
    const [surname] = surnamesAt(text, start);
    if (surname !== undefined) keep(start, start + surname.length);
  }
  for (const { index } of text.matchAll(BOSS)) {
    if (surnamesAt(text, index).some(({ use }) => use === "name")) keep(index, index + 1);
  }
  for (const [start, end] of besideData(text, reader)) keep(start, end);
  for (const match of text.matchAll(LATIN)) {
    const name = match[1] ?? "";
    const end = match.index + match[0].length;
    if (/[^Xx ]/.test(name)) keep(end - name.length, end);
  }
  repeatFullNames(text, found, reader.words);
  return [...found]
    .map(([start, end]): Finding => ({ kind: "name", start, end }))
    .toSorted((a, b) => a.start - b.start);
};

function isLady(text: string, place: number): boolean {
  return /^(?:女士|小姐|太太)/.test(text.slice(place, place + 2));
}

function overlaps(found: ReadonlyMap<number, number>, start: number, end: number): boolean {
  // Names have at most four characters, dotted and Latin ones begin where they are kept.
  for (let i = start - 3; i < end; i++) {
    const other = found.get(i);
    if (other !== undefined && other > start) return true;
  }
  return false;
}

interface Reader {
  readonly words: Segmentation;
  /** Start and end of the names from a place on: one, or several with 、 or 和 between. */
  listed(start: number, trust: Trust): [number, number][];
  /** The end of the name that begins here. */
  forward(start: number, trust: Trust): number | undefined;
  /** The start of the name before a title. */
  backward(end: number, isPolite: boolean): number | undefined;
}

function createReader(text: string): Reader {
  const words = segmentationOf(text);
  const forward = (start: number, trust: Trust): number | undefined => {
    DOTTED.lastIndex = start;
    const dotted = trust === "sure" ? DOTTED.exec(text)?.[0] : undefined;
    if (dotted !== undefined) return /[某甲乙丙]/.test(dotted) ? undefined : start + dotted.length;
    return chosenEnd(text, words, start, trust);
  };
  return {
    words,
    forward,
    listed(first, trust) {
      const names: [number, number][] = [];
      let start = first;
      for (;;) {
        const end = forward(start, names.length === 0 ? trust : "likely");
        if (end === undefined) return names;
        names.push([start, end]);
        LISTED.lastIndex = end;
        if (!LISTED.test(text)) return names;
        start = end + 1;
      }
    },
    backward: (end, isPolite) => chosenStart(text, words, end, isPolite),
  };
}

/** Ends of surname and one or two more characters at a place, the longest first. */
function possibleEnds(text: string, start: number): { end: number; surname: number }[] {
  return surnamesAt(text, start).flatMap(({ length: surname }) => {
    let given = 0;
    while (given < 2 && isGiven(text.charAt(start + surname + given))) given++;
    const ends = given === 2 ? [2, 1] : given === 1 ? [1] : [];
    return ends.map((count) => ({ end: start + surname + count, surname }));
  });
}

function isGiven(character: string): boolean {
  return isHanCharacter(character) && !NOT_GIVEN.has(character);
}

function areGiven(characters: string): boolean {
  return characters.split("").every(isGiven);
}

function chosenEnd(
  text: string,
  words: Segmentation,
  start: number,
  trust: Trust,
): number | undefined {
  const ends = possibleEnds(text, start);
  const isClosed = (end: number): boolean => {
    FOLLOWS.lastIndex = end;
    return !isHanCharacter(text[end]) || FOLLOWS.test(text);
  };
  // 李强和张三: the longest reading would swallow the word behind the name.
  const swallows = (end: number): boolean => {
    FOLLOWS.lastIndex = end - 1;
    const isFollower = words.startsAt(end - 1) && FOLLOWS.test(text);
    return isFollower && ends.some((other) => other.end === end - 1);
  };
  const fitting = ends.filter(({ end }) => !swallows(end));
  const closed = fitting.find(({ end }) => isClosed(end) && words.startsAt(end));
  if (trust === "sure") {
    const whole = fitting.find(({ end }) => !isHanCharacter(text[end])) ?? closed;
    return (whole ?? fitting.find(({ end }) => words.startsAt(end)) ?? fitting[0])?.end;
  }
  if (closed === undefined) return undefined;
  return isLikelyName(text, words, start, closed.end) ? closed.end : undefined;
}

/** Whether the segmenter, too, sees a surname with something behind it, not a word. */
function isLikelyName(text: string, words: Segmentation, start: number, end: number): boolean {
  const [surname] = surnamesAt(text, start);
  if (surname === undefined || !words.startsAt(start)) return false;
  if (surname.use === "grammar" || NO_GIVEN_NAME.test(text.slice(start + 1, end))) return false;
  if (surname.use === "word" && end - start < 3 && isHanCharacter(text[end])) return false;
  return words.startsAt(start + surname.length) || (surname.length === 2 && end - start > 2);
}

function chosenStart(
  text: string,
  words: Segmentation,
  end: number,
  isPolite: boolean,
): number | undefined {
  const isClear = (start: number): boolean =>
    !isHanCharacter(text[start - 1]) || (isPolite && isLead(text.charAt(start - 1)));
  for (let length = 4; length >= 1; length--) {
    const start = end - length;
    if (start < 0 || !words.startsAt(start) || text[start - 1] === "某") continue;
    for (const surname of surnamesAt(text, start)) {
      const given = length - surname.length;
      if (given < 0 || given > 2) continue;
      if (!areGiven(text.slice(start + surname.length, end))) continue;
      if (surname.use === "grammar") continue;
      if (surname.use === "word" && !(isClear(start) && (given !== 1 || isPolite))) continue;
      if (surname.use === "word" && given > 0 && words.isWord(start, end)) continue;
      if (given > 0 && text.startsWith("大夫", end)) continue;
      const standsApart = words.startsAt(start + surname.length);
      if (given === 2 && surname.length === 1 && !standsApart) continue;
      if (given === 1 && !standsApart && !isPolite) continue;
      if (given === 0 && !isPolite && !isClear(start) && !words.startsAt(end)) continue;
      return start;
    }
  }
  return undefined;
}

/** Names next to a number or address that was found: 王小明 138…, 王小明的手机号是138…, …12号 王小明收. */
function besideData(text: string, reader: Reader): [number, number][] {
  const names: [number, number][] = [];
  const isEdge = (place: number): boolean => !isHanCharacter(text[place]);
  const isStart = (place: number): boolean =>
    isEdge(place - 1) ? !/\d/.test(text.charAt(place - 1)) : isLead(text.charAt(place - 1));
  for (const { 0: data, index } of text.matchAll(new RegExp(`${TAKEN}+`, "g"))) {
    const before = text.slice(Math.max(0, index - LINK_REACH), index);
    const end = index - (LINK_BEFORE_DATA.exec(before)?.[0].length ?? 0);
    const start = [4, 3, 2]
      .map((length) => end - length)
      .filter((place) => place >= 0 && isStart(place))
      .find((place) => possibleEnds(text, place).some((name) => name.end === end));
    // Alone between two edges, a name with an everyday surname is as good as any.
    const isAlone = start !== undefined && isEdge(start - 1) && reader.words.startsAt(start + 1);
    if (start !== undefined && (isAlone || isLikelyName(text, reader.words, start, end))) {
      names.push([start, end]);
    }
    let next = index + data.length;
    while (next < text.length && /[ ,:;()（）]/.test(text.charAt(next))) next++;
    const nextEnd = reader.forward(next, "likely");
    if (nextEnd !== undefined && (isEdge(nextEnd) || /[收签先女]/.test(text.charAt(nextEnd)))) {
      names.push([next, nextEnd]);
    }
  }
  return names;
}

/** Characters that often stand before a name: 找, 叫, 联系, 客户, 收件人… */
function isLead(character: string): boolean {
  return "叫是给找请系户人者和与跟向由客生工友长东主".includes(character);
}

/** A name that was found once is replaced wherever it stands again. */
function repeatFullNames(text: string, found: Map<number, number>, words: Segmentation): void {
  const names = new Set([...found].map(([start, end]) => text.slice(start, end)));
  for (const name of names) {
    const [surname] = surnamesAt(name, 0);
    if (surname === undefined || name.length <= surname.length) continue;
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
      const end = at + name.length;
      const isWhole = words.startsAt(at) && words.startsAt(end) && !words.isWord(at, end);
      if ((name.length > 2 || isWhole) && !overlaps(found, at, end)) found.set(at, end);
    }
  }
}
