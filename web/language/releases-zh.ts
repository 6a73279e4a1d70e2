import { formatDuration } from "./duration.ts";
import type { ReleasesMessages } from "./releases-messages.ts";

const STATES: ReleasesMessages["states"] = {
  loading: "正在载入",
  warm: "正在热身",
  canary: "金丝雀",
  paused: "已暂停",
  promoted: "已升为正式版",
  "rolled-back": "已切回",
  failed: "没有成功",
};

const inPercent = (share: number): string => `${Number((100 * share).toPrecision(2))}%`;

const why: NonNullable<ReleasesMessages["why"]> = (reason) => {
  switch (reason.code) {
    case "begun":
      return "开始发布";
    case "begun-by-force":
      return "开始发布，虽然没有通过关卡";
    case "answers":
      return "金丝雀能作答了";
    case "run-in":
      return "金丝雀热身完毕";
    case "promoted":
      return "由人推进";
    case "paused":
      return "由人暂停";
    case "resumed":
      return "由人继续";
    case "switched-back":
      return "由人切回";
    case "cannot-answer":
      return `金丝雀不能作答：${reason.message}`;
    case "lost":
      return `金丝雀不再作答：${reason.message}`;
    case "failing":
      return (
        `一分钟里问金丝雀的 ${reason.requests} 个请求有 ${reason.failed} 个出错，` +
        `超过 ${inPercent(reason.allowed)}，也比正式版多`
      );
    case "errors":
    case "latency":
    case "confidence":
    case "memory":
    case "verdicts":
    case "agreement": {
      const found = FOUND[reason.code](inPercent(reason.value), inPercent(reason.limit));
      return reason.isProven ? found : `${found}，但还不能断定`;
    }
    case "too-few":
      return `这一步金丝雀只有 ${reason.count} 个请求，要 ${reason.needed} 个才够`;
    case "passed":
      return `关卡全部通过，看了金丝雀的 ${reason.count} 个请求`;
  }
};

const FOUND: Readonly<
  Record<keyof ReleasesMessages["checks"], (value: string, limit: string) => string>
> = {
  errors: (value) => `金丝雀的请求有 ${value} 出错，比正式版多`,
  latency: (value, limit) => `金丝雀的回答有 ${value} 超过了 p95 的界限，应在 ${limit} 左右`,
  confidence: (value) => `金丝雀的回答有 ${value} 远不如平常有把握`,
  memory: (value, limit) => `金丝雀的内存是正式版的 ${value}，超过 ${limit}`,
  verdicts: (value, limit) =>
    `评判不同的成对回答里，有 ${value} 是金丝雀的不如正式版，超过 ${limit}`,
  agreement: (value, limit) => `金丝雀的首选有 ${value} 与正式版不同，超过 ${limit}`,
};

export const releasesZh: ReleasesMessages = {
  intro:
    "新版本先只答一小部分请求，没有问题再逐步放大。一有问题就自动切回，你也可以随时切回，只要按一下。",
  loading: "正在取…",
  reconnecting: "与服务器的连接断了，正在重连…",
  states: STATES,
  meaning: ({ state, stable, canary, share }, release) => {
    if (state === "loading") return `第 ${canary ?? stable} 版的进程正在启动，还没有答任何请求。`;
    if (state === "warm") return `第 ${canary ?? stable} 版能作答了，正在热身。`;
    if (state === "canary" && share === 0)
      return `第 ${canary ?? ""} 版是影子：跟着正式版一起答，但谁也看不到它的答案。`;
    if (state === "canary") return `第 ${canary ?? ""} 版正在回答 ${share}% 的请求。`;
    if (state === "paused") return `停在 ${share}%，等人决定。`;
    if (release === undefined) {
      return state === "failed" ? `第 ${stable} 版不能作答。` : `全部请求由第 ${stable} 版回答。`;
    }
    if (state === "promoted") return `第 ${stable} 版回答全部请求，它替下了第 ${release.from} 版。`;
    if (state === "failed")
      return `第 ${release.version} 版没能作答，仍由第 ${stable} 版回答全部请求。`;
    return `第 ${release.version} 版已撤下，第 ${stable} 版回答全部请求。`;
  },
  forced: "这一版没有通过关卡，是人决定发布的。",
  split: "请求由谁回答",
  arms: { stable: "正式版", canary: "金丝雀" },
  promote: (version) => `第 ${version} 版升为正式版`,
  pause: "暂停",
  resume: "继续",
  switchBack: (version) => `切回第 ${version} 版`,
  keptWarm: (until) => `原来的版本保持就绪到 ${until}，在此之前切回无需重新载入。`,
  failed: (reason) => `没有做成：${reason}`,
  titles: {
    steps: "步骤",
    curves: "两版的曲线",
    checks: "关卡",
    agreement: "影子",
    history: "经过",
  },
  stepTo: (percent, version) => `让第 ${version} 版回答 ${percent}%`,
  stepNow: "现在",
  facts: { sample: "这一步已有", left: "这一步至少还要", traffic: "请求" },
  sample: ({ count, needed }) => `${count} / ${needed} 个请求`,
  left: (seconds) => formatDuration(seconds, "zh"),
  rate: (perSecond) => `每秒 ${perSecond.toFixed(perSecond < 10 ? 1 : 0)} 个`,
  forecast: "发布要多久",
  expected: ({ requestsPerSecond, needed }) =>
    requestsPerSecond === 0
      ? `最近一分钟没有请求。请求太少时，用现成的句子同时问两版，凑够 ${needed} 个再决定。`
      : `照最近一分钟的请求量，每一步要这么久；不够时用现成的句子同时问两版补足。`,
  share: "份额",
  untilSample: (needed) => `凑够 ${needed} 个请求`,
  untilErrors: "确认 1% 的出错率",
  duration: (seconds) => (seconds === null ? "–" : formatDuration(seconds, "zh")),
  noTraffic: "没有请求",
  curves: { requests: "请求（每秒）", errors: "出错率", latency: "作答用时 p95（毫秒）" },
  curveValue: (name, value) => {
    if (name === "errors") return `${(100 * value).toFixed(1)}%`;
    return name === "latency" ? `${value.toFixed(0)} 毫秒` : `每秒 ${value.toFixed(1)} 个`;
  },
  curveLabel: (title, { stable, canary }) =>
    `${title}：正式版 ${stable ?? "暂无"}，金丝雀 ${canary ?? "暂无"}`,
  curveEnd: (seconds) => `最近 ${formatDuration(seconds, "zh")}`,
  noCurve: "有了请求，这里画出两版的曲线。",
  check: "关卡",
  verdict: "结论",
  checks: {
    errors: "出错的请求",
    latency: "慢的回答",
    confidence: "没把握的回答",
    memory: "内存（与正式版之比）",
    verdicts: "评判不如正式版",
    agreement: "首选不同",
  },
  checkStates: { ok: "没有问题", doubt: "可疑", failed: "没有过", unknown: "还不知道" },
  now: "现在",
  limit: "界限",
  agreement: {
    compared: "比过的空",
    sameFirst: "首选相同",
    firstInThree: "正式版的首选在前三",
    meanScoreDifference: "把握平均差",
  },
  aboutShadow: "新版本跟着正式版一起答，答案只用来比较。",
  noAgreement: "还没有比过；有请求来就开始。",
  actors: {
    command: "命令行",
    http: "网页或接口",
    server: "服务器",
    gate: "关卡",
    breaker: "熔断器",
    auto: "自动发布",
  },
  byKey: (actor, key) => `${actor}，密钥 ${key}`,
  moved: (state, percent) =>
    state === "canary" || state === "paused" ? `${STATES[state]}，${percent}%` : STATES[state],
  options: {
    title: "发布选项",
    fields: {
      steps: {
        label: "步骤（百分比）",
        placeholder: "5, 20, 50, 100",
        help: "一步一步答多少请求。空着：照服务器的设置。",
        problem: "要逐步增大、最多到 100 的百分比，例如 5, 20, 50, 100。请改正，或者清空。",
      },
      seconds: {
        label: "每步的秒数",
        placeholder: "300",
        help: "每一步至少多久。空着：照服务器的设置。",
        problem: "要 0 到 604800（一星期）之间的秒数。请改正，或者清空。",
      },
    },
    shadow: "只做影子：跟着正式版一起答，谁也看不到它的答案",
    release: (version) => `照此发布第 ${version} 版`,
    aboutForce: "这一版没有通过关卡。谁仍要发布，会记在审计日志和这一版的经过里。",
    force: (version) => `仍要发布第 ${version} 版`,
    confirmForce: "没有通过关卡。再按一次，仍要发布",
  },
  why,
  empty: {
    title: "还没有发布过",
    advice: "训练出一个新版本，再按它旁边的「发布」：它先答 5% 的请求，你在这里看着它。",
  },
  goTraining: "去训练",
  goVersions: "看版本",
};
