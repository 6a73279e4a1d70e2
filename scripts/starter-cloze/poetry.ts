// Classical poems: one script, one spelling, and the wording that people know by heart.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Converter as UntypedConverter } from "opencc-js/t2cn";
import { clean, readLines } from "./read-lines.ts";

// The package's own types import files without endings, which `nodenext` does not resolve.
const Converter = UntypedConverter as unknown as (options: {
  from: "t";
  to: "cn";
}) => (text: string) => string;

export interface Poem {
  readonly collection: string;
  readonly title: string;
  readonly author: string;
  readonly text: string;
  /** By an author or from a collection that is widely read. */
  readonly famous: boolean;
}

const COLLECTIONS = [
  { name: "tang300", traditional: true },
  { name: "tang", traditional: true },
  { name: "song-shi", traditional: true },
  { name: "song-ci", traditional: false },
  { name: "yuanqu", traditional: false },
  { name: "shijing", traditional: false },
  { name: "lunyu", traditional: false },
] as const;

const WHOLLY_FAMOUS = new Set(["tang300", "shijing", "lunyu"]);

const FAMOUS_AUTHORS = new Set(
  (
    "李白 杜甫 王维 孟浩然 李商隐 杜牧 王昌龄 刘禹锡 王之涣 贺知章 骆宾王 王勃 高适 岑参 " +
    "韩愈 柳宗元 李贺 温庭筠 韦应物 张继 崔颢 李绅 孟郊 贾岛 罗隐 苏轼 李清照 辛弃疾 柳永 " +
    "晏殊 晏几道 欧阳修 秦观 周邦彦 姜夔 范仲淹 岳飞 王安石 陆游 文天祥 叶绍翁 林升 朱熹 " +
    "李煜 蒋捷 张先 贺铸 黄庭坚 马致远 张养浩"
  ).split(" "),
);

// Variants that opencc-js leaves, each with the character in use today.
const VARIANTS = new Map(
  (
    "疎疏 徧遍 隄堤 嬾懒 飜翻 慙惭 鴈雁 牕窗 窻窗 峯峰 羣群 牀床 暎映 菴庵 蹔暂 踈疏 覩睹 " +
    "缾瓶 盃杯 涙泪 葢盖 闇暗 皷鼓 塲场 畧略 凖准 恠怪 遶绕 怳恍 倐倏 衘衔 滛淫 觧解 " +
    "縁缘 靣面 歳岁 髪发 噉啖 寃冤 㸃点 絶绝 緑绿 歴历 邉边 戸户 曵曳 樷丛 壊坏 鞵鞋 聨联 濶阔 勲勋 黙默 聴听 蕚萼 湼涅 勅敕 " +
    "潄漱 椶棕 葅菹 繖伞 穏稳 冦寇 冨富 様样 纒缠 擕携 撃击 鞾靴 劒剑 皐皋 麄粗 喦岩 巗岩 嵓岩 兎兔 埜野 喆哲 繋系 蘓苏 " +
    "甦苏 筯箸 妬妒 鵶鸦 鷰燕 舩船 僊仙 醻酬 壻婿 禩祀 襍杂"
  )
    .split(" ")
    .map((pair) => [pair.slice(0, 1), pair.slice(1)]),
);
const VARIANT = new RegExp(`[${[...VARIANTS.keys()].join("")}]`, "gu");

/** The poems of all collections in simplified script, without editors' marks. */
export function loadCollections(dataDirectory: string): Poem[] {
  const simplify = Converter({ from: "t", to: "cn" });
  return COLLECTIONS.flatMap(({ name, traditional }) => {
    const path = join(dataDirectory, "cloze", `poetry-${name}.tsv.gz`);
    return readLines(path).map((line) => {
      const converted = traditional ? simplify(line) : line;
      const [title = "", author = "", text = ""] = converted.split("\t");
      return {
        collection: name,
        title: title.trim(),
        author,
        text: tidy(text),
        famous: WHOLLY_FAMOUS.has(name) || FAMOUS_AUTHORS.has(author),
      };
    });
  }).filter(({ text }) => text.length >= 4);
}

/** Poems and lines every pupil knows, in the form people type them. */
export function loadTextbook(dataDirectory: string): string[] {
  return readLines(join(dataDirectory, "cloze", "poetry-textbook.txt.gz")).map(clean);
}

/** Lines that people quote from poems and classics outside the collections, or word otherwise than
 *  they do; one a row in famous-lines.txt. */
export function loadFamousLines(): string[] {
  const text = readFileSync(new URL("famous-lines.txt", import.meta.url), "utf8");
  return text.split("\n").filter((line) => line !== "");
}

/** The sentences of a poem (mostly couplets), short ones joined with the next. */
export function couplets(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const sentence of text.match(/[^。！？；]+[。！？；]*[”’』」]*/gu) ?? []) {
    line += sentence;
    if (line.length < 8) continue;
    lines.push(line);
    line = "";
  }
  if (line.length >= 4) lines.push(line);
  return lines;
}

/** Ad hoc marks of the digital editions: notes in brackets, lacunae, doubled stops. */
function tidy(text: string): string {
  const bare = clean(text)
    .replace(/[（(〖【{[][^）)〗】}\]]*[）)〗】}\]]/gu, "")
    .replace(/[^。！？；]*[□○■�][^。！？；]*[。！？；]?/gu, "")
    .replace(VARIANT, (character) => VARIANTS.get(character) ?? character)
    .replace(/ /g, "");
  return bare.replace(/([。！？；，])[。，]+/gu, "$1").replace(/^[，。、；]+/u, "");
}

interface Couplet {
  readonly clauses: readonly string[];
}

const CLAUSE_END = /([，。！？；、：])/u;

/** A function that puts the textbook's wording where a collection prints a variant of the line:
 *  two clauses of the textbook's lengths that differ from it in at most two characters each. */
export function restorePopularLines(textbook: readonly string[]): (text: string) => string {
  const byPattern = patternsOf(textbook);
  return (text) => {
    const parts = text.split(CLAUSE_END);
    for (let i = 0; i + 2 < parts.length; i += 2) {
      const first = parts[i] ?? "";
      const second = parts[i + 2] ?? "";
      const known = findVariant(byPattern, first, second);
      if (known === undefined) continue;
      parts[i] = known.clauses[0] ?? first;
      parts[i + 2] = known.clauses[1] ?? second;
    }
    return parts.join("");
  };
}

/** Couplets by each clause with none or one character left open ("床前*月光"). */
function patternsOf(textbook: readonly string[]): Map<string, Couplet[]> {
  const byPattern = new Map<string, Couplet[]>();
  for (const poem of textbook) {
    const clauses = poem.split(CLAUSE_END).filter((_, index) => index % 2 === 0);
    for (let i = 0; i + 1 < clauses.length; i++) {
      const pair = [clauses[i] ?? "", clauses[i + 1] ?? ""];
      for (const pattern of pair.flatMap(openings)) {
        byPattern.set(pattern, [...(byPattern.get(pattern) ?? []), { clauses: pair }]);
      }
    }
  }
  return byPattern;
}

function openings(clause: string): string[] {
  if (clause.length < 4 || clause.length > 9) return [];
  const open = (at: number): string => `${clause.slice(0, at)}*${clause.slice(at + 1)}`;
  return Array.from({ length: clause.length }, (_, at) => open(at));
}

function findVariant(
  byPattern: ReadonlyMap<string, readonly Couplet[]>,
  first: string,
  second: string,
): Couplet | undefined {
  for (const pattern of [...openings(first), ...openings(second)]) {
    for (const couplet of byPattern.get(pattern) ?? []) {
      const [knownFirst = "", knownSecond = ""] = couplet.clauses;
      if (differences(first, knownFirst) <= 2 && differences(second, knownSecond) <= 2) {
        return couplet;
      }
    }
  }
  return undefined;
}

/** Characters in which two strings differ, position by position; many when lengths differ. */
function differences(a: string, b: string): number {
  if (a.length !== b.length) return Infinity;
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}
