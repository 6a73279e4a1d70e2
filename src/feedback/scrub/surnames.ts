// Chinese surnames (2020 name report of the Ministry of Public Security, Hundred Family Surnames).
// Those that are also everyday words stand apart: they need a clearer context.

const CLEAR =
  "傅萧洪赖丘王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏" +
  "吕丁沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵钱严" +
  "覃武戴莫孔汤温康施牛樊葛邢齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿兰焦俞左柳甘祝宁尚符舒阮柯梅" +
  "童凌毕季裴霍涂苗谷盛翁冉骆蓝辛靳柴蒙鲍华喻祁蒲房滕屈饶牟艾尤穆卓吉缪项芦麦褚娄窦戚岑宫费卜" +
  "冷晏席卫柏宗瞿桂佟臧闵苟邬卞姬仇栾隋刁沙荣巫寇桑郎甄丛仲虞敖巩佘麻苑迟邝匡鞠惠荆冀郁胥储栗" +
  "燕楚鄢谌奚粟冼蔺厉伊仝郜阚屠朴廉禹祖漆狄晋扈晁芮阙浦戈鹿邸雍辜裘亓邰赫杭况逯茹嵇湛茅尉昝" +
  "馬陳劉張楊黃趙吳孫鄭謝許韓馮鄧羅鄒蘇葉蔣賴賈";
const EVERYDAY =
  "常于方任安文关万包车路成全明平计修元权商海花师连党官边游封谈池乐司农古阳解简米管曲纪景皮劳楼盘闻" +
  "强帅井巴丰支云薄鲜战危银宾班原";
/** Words of grammar and trade; surnames only where nothing but a name can stand. */
const GRAMMAR = "和向时应单都来国相容干信幸满查区普伏印隆玉公从利南";
const COMPOUND = [
  ..."欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 宇文 长孙 夏侯 轩辕 端木 百里".split(
    " ",
  ),
  ..."南宫 独孤 呼延 闻人 申屠 太史 濮阳 淳于 公羊 赫连 澹台 公冶 宗政 钟离 鲜于 闾丘".split(" "),
  ..."仲孙 西门 东郭 万俟 拓跋 歐陽 司馬 諸葛".split(" "),
];

const clear = new Set(CLEAR);
const everyday = new Set(EVERYDAY);
const grammar = new Set(GRAMMAR);
const compound = new Set(COMPOUND);

export interface Surname {
  readonly length: 1 | 2;
  /** What else the character is: nothing much, an everyday word, a word of grammar. */
  readonly use: "name" | "word" | "grammar";
}

/** The surnames that a text may have at a place, the longer one first. */
export function surnamesAt(text: string, place: number): Surname[] {
  const found: Surname[] = [];
  if (compound.has(text.slice(place, place + 2))) found.push({ length: 2, use: "name" });
  const first = text.charAt(place);
  if (clear.has(first)) found.push({ length: 1, use: "name" });
  else if (everyday.has(first)) found.push({ length: 1, use: "word" });
  else if (grammar.has(first)) found.push({ length: 1, use: "grammar" });
  return found;
}
