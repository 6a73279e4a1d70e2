import { formatBytes } from "./bytes.ts";
import { formatDuration } from "./duration.ts";
import type { TrainingMessages } from "./training-messages.ts";

export const trainingZh: TrainingMessages = {
  intro: "把等着的样本教给模型，得到一个新版本。训练时照常作答；先评测好坏，再由你决定用不用。",
  waiting: (count) => `${count} 条样本等着学`,
  later: ({ later, samplesPerUser }) =>
    `另有 ${later} 条留给下一次：只凭一个人的说法，一次最多学 ${samplesPerUser} 条。`,
  unanswered: (count) => `还有 ${count} 条缺正确的词，要和知道正确词的样本一起才能训练。`,
  goFeedback: "去补上",
  options: {
    title: ({ recipe, epochs, seed }) => {
      const chosen = [
        ...(recipe === "lora" ? ["LoRA"] : []),
        ...(epochs.trim() === "" ? [] : [`${epochs.trim()} 轮`]),
        ...(seed.trim() === "" ? [] : [`种子 ${seed.trim()}`]),
      ];
      return chosen.length === 0 ? "选项" : `选项：${chosen.join("，")}`;
    },
    recipe: "方法",
    recipes: {
      incremental: { name: "增量", help: "上面几层一起学，得到一个小补丁。" },
      lora: { name: "LoRA", help: "只学矩阵旁边的两个瘦矩阵，补丁再小一个数量级。" },
    },
    fields: {
      rank: { label: "秩", help: "1 到 256", problem: "请填 1 到 256 的整数。", placeholder: "8" },
      alpha: {
        label: "alpha",
        help: "大于 0，最大 1024",
        problem: "请填大于 0、不超过 1024 的数。",
        placeholder: "16",
      },
      epochs: {
        label: "轮数",
        help: "最多把样本过几遍；空着按方法自己的",
        problem: "请填 1 到 10000 的整数。",
        placeholder: "自动",
      },
      seed: {
        label: "随机种子",
        help: "同样的种子，同样的结果",
        problem: "请填 0 到 2147483648 的整数。",
        placeholder: "1",
      },
    },
    targets: "学哪些矩阵",
    targetNames: { attention: "注意力", mlp: "前馈", head: "输出头" },
    targetsProblem: "至少选一种。",
  },
  none: "在填空页给出一个正确的词，就能训练。",
  underWay: "正在训练，结束后可以再开始。",
  takesLong: "通常一两分钟。",
  start: "开始训练",
  stop: "停下",
  stopping: "正在停下…",
  resume: "接着训练",
  states: {
    running: "训练中",
    stopped: "已停下",
    finished: "已完成",
    failed: "没有成功",
    "given-up": "已放弃",
  },
  phases: {
    starting: "正在准备",
    load: "载入",
    prefix: "计算不变的层",
    before: "训练前评测",
    training: "训练",
    sweep: "选择更新幅度",
    after: "训练后评测",
    storing: "存为新版本",
  },
  about: (run) =>
    `从第 ${run.base} 版开始 · ${run.sampleCount} 条样本${run.source === "upload" ? "（上传）" : ""}` +
    (run.recipe === "lora" ? " · LoRA" : ""),
  progress: "进度",
  facts: {
    phase: "阶段",
    done: "已做",
    rate: "速度",
    left: "还要",
    loss: "损失",
    heldOut: "留出样本的损失",
  },
  rate: (steps) => `每秒 ${steps.toFixed(steps < 10 ? 1 : 0)} 步`,
  seconds: (seconds) => formatDuration(seconds, "zh"),
  curve: "损失曲线",
  curveSteps: (steps) => `第 ${steps} 步`,
  curveNone: "训练开始后，这里画出损失。",
  notes: "说明",
  result: "结果",
  before: "训练前",
  after: "训练后",
  metric: "指标",
  metrics: { top1: "首选正确", top3: "前三含正确", ece: "校准误差" },
  measured: ({ counts, after, steps, seconds, patchBytes }) =>
    (counts.heldOut > 0
      ? `学了 ${counts.training} 条，用另外 ${after.count} 条没学过的来评测`
      : `学了 ${counts.training} 条，样本太少，没有另外留出，就用其中 ${after.count} 条来评测`) +
    `；${steps} 步，${seconds.toFixed(1)} 秒，补丁 ${formatBytes(patchBytes)}。`,
  passed: "通过了关卡：没有忘掉该记住的。",
  refused: "没有通过关卡。新版本留着，但不建议使用：",
  waitAgain:
    "它的样本重新等着学：到反馈页给有错的样本按「不用」，或者等来更多样本，再训练。" +
    "定时训练只在新样本够数时才开始。",
  release: (version) => `发布第 ${version} 版`,
  makeStable: (version) => `启用第 ${version} 版`,
  isStable: (version) => `已启用第 ${version} 版，从现在起由它作答。`,
  archive: "看全部指标",
  goFill: "去填空",
  earlier: "以前的训练",
  newVersion: (version) => `得到第 ${version} 版`,
  failed: (reason) => `没有做成：${reason}`,
  loading: "正在取…",
  reconnecting: "与服务器的连接断了，正在重连…",
  empty: {
    title: "还没有训练过",
    advice:
      "在填空页给不对的词按 ✗，写下正确的词。有一条就能训练；条数多些，新版本的好坏测得更准。",
  },
};
