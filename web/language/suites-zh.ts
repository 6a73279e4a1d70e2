import type { SuitesMessages } from "./suites-messages.ts";

export const suitesZh: SuitesMessages = {
  title: "题集",
  intro: "每个版本都用这些题来测。题目从不用于训练。",
  loading: "正在取…",
  none:
    "还没有自己的题集。加一个每行一题的文件，如 " +
    '{"text":"合同自签字之日起___","answer":"生效"}。',
  name: "名称",
  count: "题数",
  unreadableFile: "文件损坏",
  kind: "种类",
  acts: "操作",
  addTitle: "添加题集",
  file: "文件（.jsonl）",
  add: "添加题集",
  remove: "删除",
  confirmRemove: "确定删除？",
  about: (act, name) => `${act}：${name}`,
  added: (name) => `已添加「${name}」，下次评测会用上。`,
  removed: (name) => `已删除「${name}」，测过的结果还在。`,
  unreadable: "文件不是 UTF-8，读不出来。请存成 UTF-8 再选一次。",
  failed: (reason) => `没有成功：${reason}`,
};
