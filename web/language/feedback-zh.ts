import type { FeedbackMessages } from "./feedback-messages.ts";

const ACTIONS = { accept: "采用", reject: "不用", edit: "改好", delete: "删除" } as const;

function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export const feedbackZh: FeedbackMessages = {
  intro: "大家说对、说错的词，都在这里等着被学会。个人信息在存下之前已经替换。",
  filterLabel: "按状态看",
  filters: {
    all: "全部",
    queued: "等待训练",
    held: "待复核",
    unanswered: "缺正确的词",
    "in-run": "训练中",
    used: "已学",
    rejected: "不用",
  },
  holds: {
    contradiction: "说法不一",
    confident: "模型原本很有把握",
    probe: "与题集的答案不符",
    suspect: "训练时觉得可疑",
    asked: "题集里的题，不用于训练",
  },
  sources: { feedback: "填空页", import: "导入", terms: "术语表", style: "文体对照" },
  doubt: (rival, deviation) => `其余样本会答「${rival}」（相差 ${deviation}）`,
  users: (count) => `${count} 人说过`,
  right: "对",
  wrong: "不对",
  none: "无",
  list: "样本",
  pick: (text) => `选中：${text}`,
  pickAll: (count) => `全选这 ${count} 条`,
  pickedCount: (count) => `已选 ${count} 条`,
  accept: "采用",
  reject: "不用",
  edit: "修改",
  remove: "删除",
  confirmRemove: "再按一次，永久删除",
  about: (action, text) => `${action}：${text}`,
  life: "经过",
  lifeFailed: "取不到经过，请稍后再打开。",
  lifeStates: {
    received: "收到",
    scrubbed: "个人信息已替换",
    queued: "等待训练",
    held: "待复核",
    "in-run": "进入训练",
    used: "已学",
    rejected: "不用",
  },
  inRun: "正在进行的训练里还有它，得到的版本会在档案里注明。",
  learnedBy: (version) => `学会它的版本：${version}`,
  questions: {
    title: "帮模型拿个主意",
    intro: "这个空，模型在几个词之间拿不准。点一下对的词，它就会进入下次训练。",
    choose: "选对的词",
    none: "都不对",
    skip: "不清楚",
    noMore: "眼下没有拿不准的了，谢谢。",
    answered: (count) => `已回答 ${count} 题。`,
  },
  intake: {
    title: "导入与删除",
    addTitle: "导入文件",
    addHelp:
      "样本（.jsonl）：每行一个带空的句子和应填的词；术语表（.csv、.tsv）：term、domain、patterns 三列；" +
      "文体对照（.csv、.tsv）：每行一句口语、一句书面语。有一行不对，就都不存。",
    file: "文件",
    kind: "内容",
    byName: "看文件名",
    kinds: { samples: "样本", terms: "术语表", style: "文体对照" },
    add: "导入",
    unreadable: "文件不是 UTF-8，读不出来。请存成 UTF-8 再选一次。",
    imported: ({ model, read, added, merged, held, blocked, replaced }) =>
      `${model} 读到 ${read} 条：新增 ${added} 条，并入已有的 ${merged} 条，` +
      `其中待复核 ${held} 条，没有存下 ${blocked.length} 条；替换了 ${totalOf(replaced)} 处个人信息。`,
    blockedTitle: "没有存下的",
    blocked: (row, reason) => `第 ${row} 行：${reason}`,
    moreBlocked: (count) => `还有 ${count} 条`,
    deleteTitle: "删除某个用户的一切",
    deleteHelp:
      "删除这个用户说过、问过的一切。填客户端送来的用户标识；没有标识、只用密钥的客户端，填 key:密钥名。",
    userKey: "用户标识",
    ownKey: "你在这里说过、问过的，标识是",
    copyKey: "复制",
    deleteAct: "删除这个用户的一切",
    deleted: ({ samples, predictions, changed }) =>
      `已删除 ${samples} 条样本、${predictions} 次问答；另有 ${changed} 条别人也说过，去掉了这个用户的说法。`,
    learnedFrom: (versions) =>
      versions.length === 0 ? "没有版本学过它们。" : `学过它们的版本：${versions.join("、")}。`,
  },
  aboutUnanswered:
    "这些句子只知道哪个词不对：只要还有知道正确词的样本一起训练，下次就会学着少用它。" +
    "写下正确的词，就会直接学那个词。",
  missing: "正确的词",
  give: "记下",
  sentence: "句子",
  answersLabel: "对的词",
  rejectedLabel: "不对的词",
  wordsHelp: "几个词用逗号隔开；句子里的空写作 ___。",
  save: "保存并采用",
  cancel: "取消",
  more: (count) => `再显示 ${count} 条`,
  loading: "正在取…",
  done: ({ action, count, askedCount = 0, learnedBy = [] }) =>
    `${ACTIONS[action]} ${action === "accept" ? count - askedCount : count} 条。` +
    (askedCount === 0 ? "" : `${askedCount} 条是题集里的题，不能用于训练。`) +
    (learnedBy.length === 0 ? "" : `学会它的版本：${learnedBy.join("、")}。`),
  failed: (reason) => `没有做成：${reason}`,
  empty: {
    title: "还没有反馈",
    advice: "在填空页给候选词按 ✓ 或 ✗，或在上面导入文件。",
  },
  emptyFilter: { title: "这里没有样本", advice: "换一种状态看看。" },
  goFill: "去填空",
  showAll: "看全部",
};
