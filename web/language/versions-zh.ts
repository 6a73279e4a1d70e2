import { probesZh } from "./probes-zh.ts";
import type { VersionsMessages } from "./versions-messages.ts";

const suiteName = (suite: string | null): string => probesZh.suites[suite ?? ""] ?? suite ?? "合计";
const points = (share: number | null): string => (100 * Math.abs(share ?? 0)).toFixed(1);
const percent = (share: number | null): string => `${points(share)}%`;

export const versionsZh: VersionsMessages = {
  intro: "模型的每一个版本：从哪里来，学会了什么，忘了什么，弱在哪里。随时可以换一版来作答。",
  loading: "正在取…",
  all: "全部版本",
  states: { stable: "正式版", refused: "未过关卡", cleaned: "文件已删" },
  madeFrom: ({ origin, parent }) =>
    parent === null ? versionsZh.origins[origin] : `由第 ${parent} 版训练而来`,
  origins: { shipped: "随程序附带", added: "添加", trained: "训练而来" },
  probes: "探测题",
  release: (version) => `发布第 ${version} 版`,
  notReleased: "没有通过关卡，所以不能发布：",
  use: (version) => `启用第 ${version} 版`,
  force: (version) => `仍要启用第 ${version} 版`,
  confirmForce: "没有通过关卡。再按一次，仍要启用",
  download: { json: "下载 JSON", markdown: "下载 Markdown" },
  done: {
    noted: () => "已记下。",
    stable: (version) => `已启用第 ${version} 版，从现在起由它作答。`,
  },
  failed: (reason) => `没有做成：${reason}`,
  titles: {
    limits: "已知局限",
    metrics: "指标",
    drift: "有没有忘",
    compare: "比较",
    data: "数据",
    lineage: "谱系",
    releases: "启用记录",
    record: "训练记录",
  },
  noLimits: "没有突出的弱点。",
  finding: (finding) => {
    const { code, before } = finding;
    if (code === "loss-not-fallen")
      return `留出的样本上，损失始终没有降到训练前的 ${before.toFixed(3)} 以下`;
    const { after, allowed } = finding;
    const most = allowed === 0 ? "一点也不许降" : `最多许降 ${points(allowed)} 个`;
    const fell = `降了 ${points(before - after)} 个百分点，${most}`;
    switch (code) {
      case "top1-fell":
      case "top3-fell":
        return `「${versionsZh.metrics[code === "top1-fell" ? "top1" : "top3"]}」${fell}`;
      case "ece-rose":
        return (
          `校准误差（ECE）从 ${before.toFixed(3)} 升到 ${after.toFixed(3)}；` +
          `除去「首选正确」升的，最多许升 ${allowed}`
        );
      case "probes-fell":
        return `${finding.count} 道探测题，答对的${fell}`;
      case "suite-fell":
        return `题集「${suiteName(finding.suite)}」的 ${finding.count} 道题，答对的${fell}`;
    }
  },
  limit: ({ kind, text, suite, value }) => {
    if (kind === "fell") return `题集「${suiteName(suite)}」退步了 ${percent(value)}，不像是偶然。`;
    if (kind === "weakest") return `最弱的题集是「${suiteName(suite)}」，答对 ${percent(value)}。`;
    if (kind === "overconfident") return `有 ${value} 处答错了，却有 95% 以上的把握。`;
    if (kind === "calibration") return `把握与对错平均相差 ${percent(value)}。`;
    if (kind === "few")
      return `样本太少，没有另外留出，只用学过的 ${value} 条来评测：遇到类似的句子会怎样，还不知道。`;
    if (kind === "unmeasured") return "生成这一版时没有测过。";
    return text;
  },
  noteLabel: "用你的话说说它的局限",
  notePlaceholder: "例如：古诗不行，合同没问题。",
  saveNote: "记下",
  notedAt: (when) => `记于 ${when}`,
  earlierNotes: (count) => `以前的 ${count} 条`,
  unmeasured: "没有测过。",
  howToMeasure: {
    stable: "在「全部版本」里按「现在测一次」，或运行",
    other: "要测这一版，请运行",
  },
  measuredSince: (when) => `生成之后测得，${when}。`,
  measuredOn: {
    "held-out": (count) => `用 ${count} 条没学过的样本来评测，与上一版相比。`,
    training: (count) => `样本太少，没有另外留出：用学过的 ${count} 条来评测，与上一版相比。`,
  },
  metric: "指标",
  metrics: {
    top1: "首选正确",
    top3: "前三含正确",
    top5: "前五含正确",
    mrr: "平均倒数排名",
    ece: "校准误差",
    brier: "Brier 分数",
    overconfidentErrors: "过于自信的错",
  },
  before: "训练前",
  after: "训练后",
  change: "变化",
  changeInPoints: "变化（百分点）",
  points: (number) => `${number} 个百分点`,
  aboutInterval: "校准误差下面是它的 95% 区间，由答案重新抽样得来。",
  aboutProbes:
    "固定的题目，不参加训练；看训练之后忘了没有。KL：各个词的概率移动了多少，首选没变的也算在内。",
  aboutDomains: "你的样本，按领域分。",
  domain: "领域",
  domainOn: { "held-out": "留出", earlier: "此前学过" },
  divergence: "KL（nat）",
  flipped: (share) => `${share} 改了答案`,
  suite: "题集",
  suiteName,
  questions: (count) => `${count} 题`,
  onlyOne: "只有这一版。",
  compareWith: "与哪一版比",
  nothingToCompare: "这两版没有做过相同的题。",
  unrecorded: "没有记录。",
  source: "来源",
  sources: {
    training: "学习",
    "held-out": "留出",
    earlier: "此前学过",
    deleted: "其中后来被删除的",
    replay: "温习",
    probes: "探测题",
  },
  count: "条数",
  aboutAccuracy: "它从零开始训练：没有什么可忘，也不过关卡。",
  right: "答对",
  byOrigin: "给的样本",
  sampleOrigins: {
    feedback: "对答案的反馈",
    import: "导入的样本",
    terms: "术语表",
    style: "文体对照",
    upload: "随请求发来",
    file: "文件",
  },
  reviewed: "其中经人审核",
  byDomain: "按领域",
  noDomain: "未注明",
  otherDomains: "其他",
  latency: ({ p50, p95 }) => `填一个 18 个 token 的句子用时 ${p50}（p50）、${p95}（p95）。`,
  latencyBefore: ({ p50, p95 }) => `上一版（交替测得）：${p50}、${p95}。`,
  latencyOn: (threads, precision) => `${threads} 个线程，${precision}，生成这一版时测的。`,
  int8Agreement: (share, questions) =>
    `内置的 ${questions} 道题里，int8 与 float32 首选相同的占 ${share}。`,
  noLatency: "没有测过填一次要多久。",
  neverReleased: "还没有启用过。",
  released: (when, { from, isForced }) =>
    `${when} 替下第 ${from} 版${isForced ? "（没有通过关卡，由人决定）" : ""}`,
  notTrained: "不是在这里训练的。",
  facts: {
    recipe: "方法",
    seed: "种子",
    epochs: "轮数",
    steps: "步数",
    seconds: "用时",
    phases: "各阶段",
    alpha: "更新幅度 α",
    temperature: "温度",
    program: "程序",
    commit: "提交",
    engine: "引擎",
    machine: "机器",
    threads: "线程",
  },
};
