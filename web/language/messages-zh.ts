import { feedbackZh } from "./feedback-zh.ts";
import { trainingZh } from "./training-zh.ts";
import { versionsZh } from "./versions-zh.ts";
import { probesZh } from "./probes-zh.ts";
import { suitesZh } from "./suites-zh.ts";
import { releasesZh } from "./releases-zh.ts";
import { scheduleZh } from "./schedule-zh.ts";
import type { FillMessages, FrameMessages, Messages } from "./messages.ts";

const frame: FrameMessages = {
  motto: "越用越利的小语言模型",
  rooms: {
    fill: "填空",
    feedback: "反馈",
    training: "训练",
    versions: "版本",
    releases: "发布",
  },
  roomsLabel: "页面",
  skipToContent: "跳到正文",
  roomFailed: { title: "这一页出了错", advice: "请重新载入。服务器不受影响。" },
  reload: "重新载入",
  otherLanguage: "English",
  schemes: { auto: "跟随系统", light: "浅色", dark: "深色" },
  schemeLabel: (scheme) => `外观：${scheme}，点按切换`,
  version: (version) => `第 ${version} 版`,
  model: "模型",
  status: { ready: "就绪", waiting: "正在准备", troubled: "出了错", unreachable: "连不上" },
  lastAnswer: (ms) => `上次作答用时 ${ms} 毫秒`,
  privacy: "文字只发往这台服务器，不经过别处。",
  httpInterface: "HTTP 接口",
  key: {
    missing: {
      title: "这台服务器要用密钥",
      advice:
        "请向管理者要一把。他用 `whetstone keys add 名称` 生成：" +
        "`--role feedback` 只能填空和评判，`--role operate` 全部可用。",
    },
    refused: {
      title: "服务器不认这把密钥",
      advice: "它可能已被收回，或者没有抄全。请重新输入，或再要一把。",
    },
    weak: {
      title: "换一把密钥",
      advice: "现在这把权限不够。请向管理者要一把 `--role operate` 的密钥，在这里输入。",
    },
    label: "密钥",
    enter: "进入",
    back: "仍用原来的",
    kept: "密钥只留在这个标签页里，关掉就忘。",
  },
};

const fill: FillMessages = {
  sentence: "句子",
  placeholder: "写一句话，把想不起来的词换成 ___",
  makeBlank: "挖空",
  makeBlankHelp: "在光标处插入空；选中文字时，把它换成空",
  clear: "清空",
  lengthLabel: "空里填什么",
  lengths: { auto: "词语", "1": "单字" },
  restrict: "限定候选",
  targetsLabel: "只在这些词里选",
  targetsPlaceholder: "发货，生效，到账",
  targetsHelp: "用逗号或空格隔开；留空则不限。",
  hint: ["空写作 ", "、", " 或 ", "，可以有几处。"],
  counter: (count, limit) => `${count.toLocaleString("zh")} / ${limit.toLocaleString("zh")} 字`,
  examplesLabel: "试一试",
  examples: {
    poem: "诗句",
    idiom: "成语",
    everyday: "日常",
    twoBlanks: "两处空",
    severalWords: "多字词",
  },
  filled: "填好",
  candidates: "候选",
  blank: (position) => `第 ${position} 空`,
  copy: "复制整句",
  copied: "已复制",
  copyByHand: "已选中，请按 Ctrl+C",
  writeBack: "写回句子",
  writeBackHelp: "用填好的句子替换输入框里的文字，接着写",
  keys: (blankKey) => [
    [blankKey, "挖空"],
    ["↓", "从句子到候选"],
    ["1–9", "选用"],
    ["+ −", "填得对、不对"],
    ["Enter", "定下，去下一步"],
  ],
  judge: {
    accept: (word) => `「${word}」填得对`,
    reject: (word) => `「${word}」不对`,
    answerLabel: "该填什么",
    send: "记下",
    outcome: (word, { verdict, answer, state, isHeld, failure }) => {
      if (state === "sending") return "正在记…";
      if (state === "failed") {
        return `没有记下：${failure?.message ?? zh.fill.failures[failure?.kind ?? "unknown"].title}`;
      }
      const wrong = answer === undefined ? `「${word}」不对` : `不是「${word}」，该是「${answer}」`;
      const said = verdict === "accept" ? `「${word}」填得对` : wrong;
      return `已记下：${said}。${isHeld === true ? "先由人复核。" : "下次训练会学。"}`;
    },
  },
  lowConfidence: (percent) =>
    `模型把握不大：最可能的词也只有 ${percent}。空的前后多写几个字，会更准。`,
  noCandidates: { title: "没有合适的候选", advice: "换一种说法，或清空「限定候选」再试。" },
  asking: "正在填…",
  answered: (word, percent, count) => `第一候选：${word}，${percent}。共 ${count} 个候选。`,
  problems: {
    empty: { title: "写一句话就开始", advice: "想不起来的词写成 ___，或从上面点一个例子。" },
    noBlank: {
      title: "这句话里还没有空",
      advice: "选中要换掉的词，再按「挖空」；也可以直接写 ___。",
    },
    tooLong: { title: "文字太长了", advice: "请只留下空前后的几段。" },
    tooManyBlanks: { title: "空太多了", advice: "一次最多 16 处空。请先填一部分。" },
  },
  failures: {
    unreachable: {
      title: "连不上服务器",
      advice: "请确认 Whetstone 还在运行（npm start），网络是通的。",
    },
    starting: { title: "服务器正在准备", advice: "模型还在载入，通常只要几秒，请稍候。" },
    busy: { title: "服务器正忙", advice: "排队的请求太多，稍等一下就好。" },
    slow: { title: "等得太久，没有回音", advice: "服务器可能正忙。请再试一次，或缩短文字。" },
    locked: { title: "服务器没有放行", advice: "请向管理者要一把密钥。" },
    forbidden: {
      title: "服务器不允许这样做",
      advice: "这要用 `operate` 角色的密钥，请向管理者要一把。",
    },
    refused: { title: "服务器看不懂这个请求", advice: "请照下面的说明改一改。" },
    unknown: { title: "服务器出了错", advice: "请再试一次。若仍不行，把下面的编号告诉管理者。" },
  },
  retry: "再试一次",
  changeKey: "换一把密钥",
  retriesIn: (seconds) => `每隔 ${seconds} 秒会自动再试。`,
  serverSaid: (message) => `服务器说：${message}`,
  requestId: (id) => `请求编号：${id}`,
};

export const zh: Messages = {
  frame,
  fill,
  feedback: feedbackZh,
  training: trainingZh,
  versions: versionsZh,
  releases: releasesZh,
  probes: probesZh,
  suites: suitesZh,
  schedule: scheduleZh,
};
