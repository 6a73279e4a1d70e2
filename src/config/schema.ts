// The one table of settings. The type of the configuration, its checks, the names of environment
// variables and flags, `config show` and docs/config.md are all derived from it.

import { TEXT_LENGTH_MAX, TOP_K_MAX } from "../base/index.ts";

interface Described {
  /** Group and key, as in a configuration file: "server.port". */
  readonly name: `${string}.${string}`;
  /** What it does, as one sentence for help and docs. */
  readonly text: string;
  /** Instead of the derived WHETSTONE_GROUP_KEY; need not begin so where others name it. */
  readonly env?: string;
  /** Instead of the derived --group-key. */
  readonly flag?: string;
}

interface IntegerSetting extends Described {
  readonly type: "integer";
  readonly unit: string;
  /** Both ends included. */
  readonly range: readonly [number, number];
  readonly default: number;
}

interface TextSetting extends Described {
  readonly type: "text" | "url";
  /** Empty: not set. */
  readonly default: string;
  /** Shown to nobody. */
  readonly isSecret?: true;
}

/** What the items of a list are. */
export type ItemKind = "name" | "percent" | "origin" | "url";

interface ListSetting extends Described {
  readonly type: "list";
  readonly items: ItemKind;
  readonly default: readonly string[];
}

interface ChoiceSetting extends Described {
  readonly type: "choice";
  readonly choices: readonly string[];
  readonly default: string;
}

export type Setting = IntegerSetting | TextSetting | ListSetting | ChoiceSetting;

export const SETTINGS = [
  {
    name: "data.directory",
    type: "text",
    default: "./data",
    env: "WHETSTONE_DATA",
    flag: "--data",
    text: "Where models, versions, feedback and state are kept; made when it does not exist.",
  },
  {
    name: "server.host",
    type: "text",
    default: "127.0.0.1",
    flag: "--host",
    text: "Address to listen on; beyond loopback only once there is a key (`keys add`).",
  },
  {
    name: "server.port",
    type: "integer",
    unit: "",
    range: [0, 65_535],
    default: 8080,
    flag: "--port",
    text: "Port to listen on; 0 takes any free one.",
  },
  {
    name: "server.allowedHosts",
    type: "list",
    items: "name",
    default: [],
    text: "Host names that requests may carry besides localhost and the loopback addresses.",
  },
  {
    name: "server.corsOrigins",
    type: "list",
    items: "origin",
    default: [],
    text:
      "Origins, as https://app.example, whose pages may ask this server from a browser; without " +
      "a key they ask and judge, and operate nothing.",
  },
  {
    name: "server.maxTextCharacters",
    type: "integer",
    unit: "characters",
    range: [1, TEXT_LENGTH_MAX],
    default: TEXT_LENGTH_MAX,
    text: "The longest text that is accepted.",
  },
  {
    name: "server.maxBatchTexts",
    type: "integer",
    unit: "texts",
    range: [1, 1024],
    default: 64,
    text: "The most texts in one request.",
  },
  {
    name: "server.bodyLimitBytes",
    type: "integer",
    unit: "bytes",
    range: [1024, 67_108_864],
    default: 1_048_576,
    text: "The largest request body that is read.",
  },
  {
    name: "limits.keyRequestsPerMinute",
    type: "integer",
    unit: "requests a minute",
    range: [0, 100_000_000],
    default: 6000,
    text: "Requests of one key; more are answered with 429. 0: no limit.",
  },
  {
    name: "limits.addressRequestsPerMinute",
    type: "integer",
    unit: "requests a minute",
    range: [0, 100_000_000],
    default: 600,
    text: "Requests without a key of one address beyond this machine. 0: no limit.",
  },
  {
    name: "fill.topK",
    type: "integer",
    unit: "candidates",
    range: [1, TOP_K_MAX],
    default: 5,
    text: "Candidates per blank when a request does not say how many.",
  },
  {
    name: "fill.deadlineMs",
    type: "integer",
    unit: "ms",
    range: [1, 600_000],
    default: 10_000,
    text: "The longest that a fill may wait and run before it is answered with an error.",
  },
  {
    name: "fill.maxTokens",
    type: "integer",
    unit: "tokens",
    range: [512, 100_000_000],
    default: 100_000,
    text:
      "The most tokens that one request may make the model read: a text once for a [MASK], about " +
      "54 times for a ___, and up to three times as often for each of several blanks.",
  },
  {
    name: "replica.count",
    type: "integer",
    unit: "processes",
    range: [1, 64],
    default: 1,
    text: "Processes that answer with one version.",
  },
  {
    name: "replica.threads",
    type: "integer",
    unit: "threads",
    range: [0, 256],
    default: 0,
    text: "Threads of one replica; 0 takes all cores but one.",
  },
  {
    name: "replica.precision",
    type: "choice",
    choices: ["fp32", "int8"],
    default: "fp32",
    text: "Number format of the weights that answer requests.",
  },
  {
    name: "replica.minAgreement",
    type: "integer",
    unit: "percent",
    range: [0, 100],
    default: 85,
    text:
      "Share of built-in questions in which int8 must put the same token first as fp32; a " +
      "version below it answers in fp32. 0: any.",
  },
  {
    name: "replica.spare",
    type: "choice",
    choices: ["on", "off"],
    default: "on",
    text: "Whether a started process waits, so that a new version need not wait for one.",
  },
  {
    name: "batching.maxTokens",
    type: "integer",
    unit: "tokens",
    range: [16, 1_048_576],
    default: 4096,
    text:
      "The most tokens, padding included, of texts that a replica gets together. It runs the " +
      "model on up to 256 of them at a time, or on one row that has more.",
  },
  {
    name: "queue.maxTexts",
    type: "integer",
    unit: "texts",
    range: [1, 100_000],
    default: 256,
    text:
      "Texts of about the same work that may wait for a replica, one that fills several batches " +
      "counting as so many; a request for more is answered with 429.",
  },
  {
    name: "cache.maxBytes",
    type: "integer",
    unit: "bytes",
    range: [0, 68_719_476_736],
    default: 33_554_432,
    text: "Memory for answers of live versions that are asked for again; 0: none are kept.",
  },
  {
    name: "feedback.maxPredictions",
    type: "integer",
    unit: "predictions",
    range: [0, 100_000_000],
    default: 1_000_000,
    text: "Answers that are kept for a day, as scrubbed text, so that they can be judged; 0: none.",
  },
  {
    name: "feedback.samplesPerUser",
    type: "integer",
    unit: "samples",
    range: [1, 1_000_000],
    default: 50,
    text:
      "The most samples in a training run that stand on the word of one user alone; the others " +
      "wait for the next run.",
  },
  {
    name: "feedback.scrubTerms",
    type: "list",
    items: "name",
    default: [],
    text: "Words of your own, such as names of customers, that are never stored.",
  },
  {
    name: "models.mirror",
    type: "url",
    default: "https://huggingface.co",
    text: "The hub that `hf:` sources are fetched from.",
  },
  {
    name: "models.modelscopeMirror",
    type: "url",
    default: "https://modelscope.cn",
    text: "The hub that `modelscope:` sources are fetched from.",
  },
  {
    name: "models.redirectHosts",
    type: "list",
    items: "name",
    default: ["huggingface.co", "hf.co", "modelscope.cn"],
    text: "Hosts, with those below them, to which a hub may send on for its files, over https.",
  },
  {
    name: "models.maxDownloadBytes",
    type: "integer",
    unit: "bytes",
    range: [1, 1_099_511_627_776],
    default: 8_589_934_592,
    text: "The most weights that are fetched for one model, and that an archive may unpack to.",
  },
  {
    name: "models.maxArchiveFiles",
    type: "integer",
    unit: "files",
    range: [1, 100_000],
    default: 1000,
    text: "The most files that an archive of a model may have.",
  },
  {
    name: "log.level",
    type: "choice",
    choices: ["debug", "info", "warn", "error", "silent"],
    default: "info",
    text: "The least important messages that are logged.",
  },
  {
    name: "release.auto",
    type: "choice",
    choices: ["off", "canary", "full"],
    default: "off",
    text:
      "What follows a training, by the server or a command beside it, that the gate passed: " +
      "nothing, a canary at the first step that waits for a person, or a release through all " +
      "steps.",
  },
  {
    name: "release.steps",
    type: "list",
    items: "percent",
    default: ["5", "20", "50", "100"],
    text: "Shares of the requests that a new version goes through, in percent, ascending.",
  },
  {
    name: "release.intervalSeconds",
    type: "integer",
    unit: "s",
    range: [1, 604_800],
    default: 300,
    text: "How long a step of a release lasts at least.",
  },
  {
    name: "release.retentionSeconds",
    type: "integer",
    unit: "s",
    range: [0, 604_800],
    default: 3600,
    text: "How long the old version stays warm after a promotion, so that the way back is instant.",
  },
  {
    name: "release.minRequests",
    type: "integer",
    unit: "requests",
    range: [20, 1_000_000],
    default: 100,
    text: "Requests of the new version in each step, filled up with probes in low traffic.",
  },
  {
    name: "release.maxVerdictLosses",
    type: "integer",
    unit: "percent",
    range: [50, 100],
    default: 50,
    text:
      "Of pairs of judged answers, one of each version, that differ: the share in which the new " +
      "version's may be the worse; what is proven to be more takes it back. 100: never.",
  },
  {
    name: "release.minAgreement",
    type: "integer",
    unit: "percent",
    range: [0, 99],
    default: 50,
    text:
      "Share of what both were asked, a shadow's requests or probes, in which a canary has the " +
      "stable version's first word; what is proven to be less takes it back. 0: never.",
  },
  {
    name: "telemetry.otlpEndpoint",
    type: "url",
    default: "",
    env: "OTEL_EXPORTER_OTLP_ENDPOINT",
    text: "Collector that traces are sent to, as OTLP over HTTP in JSON; empty: none are recorded.",
  },
  {
    name: "webhooks.urls",
    type: "list",
    items: "url",
    default: [],
    text: "Addresses that are told of failed trainings, refused versions, and releases that stop.",
  },
  {
    name: "webhooks.secret",
    type: "text",
    default: "",
    isSecret: true,
    text: "Signs webhooks: whsec_ and the base64 of 24 to 64 random bytes.",
  },
  {
    name: "webhooks.allowedHosts",
    type: "list",
    items: "name",
    default: [],
    text: "Hosts that webhooks may go to although they are private or without https.",
  },
  {
    name: "training.threads",
    type: "integer",
    unit: "threads",
    range: [0, 256],
    default: 0,
    text: "Threads of a training run; 0 takes all cores.",
  },
  {
    name: "training.cacheBytes",
    type: "integer",
    unit: "bytes",
    range: [0, 1_099_511_627_776],
    default: 4_294_967_296,
    text: "Disk for activations that the next training can use again; the oldest are removed.",
  },
  {
    name: "gate.top1Loss",
    type: "integer",
    unit: "per mille",
    range: [0, 1000],
    default: 0,
    text: "The most that a new version may lose of top-1 on what was held out.",
  },
  {
    name: "gate.top3Loss",
    type: "integer",
    unit: "per mille",
    range: [0, 1000],
    default: 10,
    text: "The same for top-3.",
  },
  {
    name: "gate.eceRise",
    type: "integer",
    unit: "per mille",
    range: [0, 1000],
    default: 50,
    text: "The most that its calibration error may rise beyond the gain of top-1.",
  },
  {
    name: "gate.probeLoss",
    type: "integer",
    unit: "per mille",
    range: [0, 1000],
    default: 10,
    text: "The most that it may lose on the probes together.",
  },
  {
    name: "gate.guardLoss",
    type: "integer",
    unit: "per mille",
    range: [0, 1000],
    default: 30,
    text: "The most that it may lose on the golden set, and on each suite that was added.",
  },
  {
    name: "training.schedule",
    type: "choice",
    choices: ["off", "daily", "weekly"],
    default: "off",
    text: "How often a server trains by itself on what waits in feedback.",
  },
  {
    name: "training.minSamples",
    type: "integer",
    unit: "samples",
    range: [5, 1_000_000],
    default: 50,
    text:
      "With fewer new samples with a right word that wait, a scheduled training does not start; " +
      "those that a refused version learned are not new.",
  },
  {
    name: "probes.schedule",
    type: "choice",
    choices: ["off", "daily", "weekly"],
    default: "weekly",
    text: "How often a server measures the versions that answer on all suites.",
  },
  {
    name: "cleaning.schedule",
    type: "choice",
    choices: ["off", "daily", "weekly"],
    default: "off",
    text: "How often a server deletes the files of old versions that nothing needs.",
  },
  {
    name: "cleaning.keep",
    type: "integer",
    unit: "versions",
    range: [1, 100_000],
    default: 10,
    text: "How many of the newest versions of each model it leaves, whatever their age.",
  },
  {
    name: "cleaning.days",
    type: "integer",
    unit: "days",
    range: [0, 3650],
    default: 30,
    text: "Younger versions it leaves, however many there are.",
  },
  {
    name: "schedule.weekday",
    type: "choice",
    choices: ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
    default: "sunday",
    text: "The day of what is done weekly.",
  },
  {
    name: "schedule.hour",
    type: "integer",
    unit: "hours",
    range: [0, 23],
    default: 3,
    text: "The hour, in local time, of what is done daily and weekly; one after another.",
  },
] as const satisfies readonly Setting[];

type Entry = (typeof SETTINGS)[number];
export type SettingName = Entry["name"];

type GroupOf<Name> = Name extends `${infer Group}.${string}` ? Group : never;
type KeyOf<Name> = Name extends `${string}.${infer Key}` ? Key : never;
type ValueOf<S extends Setting> = S extends IntegerSetting
  ? number
  : S extends ListSetting
    ? readonly string[]
    : S extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string;

/** Every setting with its value, e.g. `config.server.port`; deeply frozen. */
export type Config = {
  readonly [Group in GroupOf<SettingName>]: {
    readonly [S in Extract<Entry, { name: `${Group}.${string}` }> as KeyOf<S["name"]>]: ValueOf<S>;
  };
};

/** "server.maxBatchTexts" → "WHETSTONE_SERVER_MAX_BATCH_TEXTS", unless the table says otherwise. */
export function envNameOf(setting: Setting): string {
  return setting.env ?? `WHETSTONE_${words(setting.name).join("_").toUpperCase()}`;
}

/** "server.maxBatchTexts" → "--server-max-batch-texts", unless the table says otherwise. */
export function flagOf(setting: Setting): string {
  return setting.flag ?? `--${words(setting.name).join("-")}`;
}

const LISTS: Readonly<Record<ItemKind, string>> = {
  name: "a list of names",
  percent: "percents that ascend to at most 100",
  origin: "origins such as https://app.example, without a path",
  url: "http or https addresses",
};

/** What a value must be, to follow "expected": "a whole number from 0 to 65535". */
export function expectationOf(setting: Setting): string {
  const orNothing = setting.default === "" ? ", or nothing" : "";
  switch (setting.type) {
    case "integer":
      return `a whole number from ${setting.range[0]} to ${setting.range[1]}`;
    case "choice":
      return `one of ${setting.choices.join(", ")}`;
    case "list":
      return `${LISTS[setting.items]}, separated by commas`;
    case "url":
      return `an http or https address${orNothing}`;
    case "text":
      return orNothing === "" ? "a text that is not empty" : "a text";
  }
}

function words(name: string): string[] {
  return name.split(/\.|(?=[A-Z])/).map((word) => word.toLowerCase());
}
