// Sentences in which a term may stand, for terms that come without any: by domain, and by whether
// the term looks like something that is done (发货) or something that is (运费). `___` is its place.

interface Patterns {
  readonly verb: readonly string[];
  readonly noun: readonly string[];
}

interface Domain extends Patterns {
  readonly names: RegExp;
}

const GENERAL: Patterns = {
  verb: [
    "请问什么时候可以___？",
    "为什么到现在还没有___？",
    "目前还不能___，请耐心等待。",
    "系统提示已经___。",
    "请在今天之内___。",
  ],
  noun: [
    "请问___是什么意思？",
    "关于___的说明见附件。",
    "请先了解___的有关规定。",
    "我们正在核对___。",
    "这里需要填写___。",
  ],
};

const DOMAINS: readonly Domain[] = [
  {
    names: /电商|购物|零售|物流|快递|客服|售后|商品|commerce|shop|retail/i,
    verb: ["订单一直没___。", "您的订单已经___。", "付款之后多久___？", "卖家还没有___。"],
    noun: ["我想咨询___的问题。", "下单前请先看清___。", "您的___已经更新。", "客服核实了___。"],
  },
  {
    names: /金融|银行|支付|保险|证券|财务|会计|税|financ|bank/i,
    verb: ["这笔款项什么时候___？", "资金已经___，请查收。", "银行还没有___。", "请在到期前___。"],
    noun: ["银行调整了___。", "请向柜台咨询___。", "本期___已经公布。", "财务部门核算了___。"],
  },
  {
    names: /政务|公文|政府|行政|机关|government|public/i,
    verb: ["请有关部门尽快___。", "材料齐全后当场___。", "申请已经___。", "窗口暂时不能___。"],
    noun: ["各单位要认真落实___。", "办理时请出示___。", "请到窗口领取___。", "通知提到了___。"],
  },
  {
    names: /法律|法务|合同|司法|诉讼|legal|law/i,
    verb: ["合同自签字之日起___。", "双方可以协商___。", "法院决定依法___。", "该条款已经___。"],
    noun: ["双方就___达成一致。", "本合同所称的___如下。", "当事人提供了___。", "法院认定了___。"],
  },
  {
    names: /医|药|健康|护理|medic|health/i,
    verb: ["医生建议尽快___。", "病人昨天已经___。", "术后多久可以___？", "护士提醒他___。"],
    noun: ["医生检查了他的___。", "这种药可以缓解___。", "病历上写着___。", "患者要注意___。"],
  },
  {
    names: /教育|教学|学校|学习|考试|培训|educat|school/i,
    verb: [
      "老师要求周五之前___。",
      "学生可以在网上___。",
      "报名的同学请尽快___。",
      "放学后再___。",
    ],
    noun: ["这节课讲的是___。", "老师解释了___。", "考试会考到___。", "请背熟___的定义。"],
  },
  {
    names: /技术|软件|计算机|互联网|网络|开发|运维|科技|tech|software|\bit\b/i,
    verb: ["程序启动后会自动___。", "请先保存再___。", "服务器正在___。", "更新之后需要重新___。"],
    noun: ["这个版本改进了___。", "请检查___的设置。", "文档介绍了___。", "系统依赖于___。"],
  },
];

/** Characters that words for actions begin with, and that words for things end in. */
const BEGINS_ACTION = /^[发退签支付交提申审办订改取充换登注冻解投收生失到送受补催结报停撤更验]/;
const ENDS_THING = /[票单据证书表费率额器机药品法权人员税金卡号码站店价者物性度量]$/;

/** 5 to 10 sentences with `___` for the term, the closest to its domain first. */
export function patternsFor(term: string, domain = ""): readonly string[] {
  const kind = looksLikeAction(term) ? "verb" : "noun";
  const special = DOMAINS.find(({ names }) => names.test(domain));
  return [...(special?.[kind] ?? []), ...GENERAL[kind]];
}

function looksLikeAction(term: string): boolean {
  const length = [...term].length;
  return length <= 4 && BEGINS_ACTION.test(term) && !ENDS_THING.test(term);
}
