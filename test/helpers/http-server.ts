// The HTTP server over a gateway whose replicas are in this process, on the stub filler: everything but
// ports, processes and disk.

import { AppError, silentLogger, type Logger } from "../../src/base/index.ts";
import { parseConfig, type Config } from "../../src/config/index.ts";
import { createScrubber, GuardedScrubber } from "../../src/feedback/index.ts";
import type { ApiKey, AuditEntry, AuditEvent, KeyRole, Model } from "../../src/registry/index.ts";
import {
  createServer,
  type FeedbackOffice,
  type HttpServer,
  type ServerOptions,
} from "../../src/server/index.ts";
import {
  AnswerCache,
  type ArmTry,
  type FillAnswer,
  type FillCall,
  type GatewayStatus,
} from "../../src/serving/index.ts";
import type { FillOutput } from "../../src/tasks/fill-mask/index.ts";
import { createStubFiller } from "./stub-filler.ts";

export const STUB_MODEL: Model = {
  id: "starter-cloze",
  kind: "fill-mask",
  createdAt: "2026-01-01T00:00:00.000Z",
  stable: "1",
  aliases: [],
  versions: [
    {
      model: "starter-cloze",
      version: "1",
      state: "ready",
      origin: "shipped",
      key: "0123",
      sha256: "abcd",
      sizeBytes: 7,
      createdAt: "2026-01-01T00:00:00.000Z",
      parent: null,
      metrics: {},
    },
  ],
};

/** Answers as a gateway does, without a queue. */
export class StubGateway {
  readonly defaultModel = "starter-cloze";
  readonly cache = new AnswerCache(1_000_000);
  readonly calls: FillCall[] = [];
  state: GatewayStatus["state"] = "ok";
  /** What a request that is followed is told of. */
  tries: readonly ArmTry[] = [];
  /** Thrown instead of an answer. */
  failure: Error | undefined;

  async answer(call: FillCall): Promise<FillAnswer> {
    this.calls.push(call);
    if (this.failure !== undefined) throw this.failure;
    const [id = this.defaultModel, version = "1"] = (call.model ?? "").split("@").filter(Boolean);
    if (id !== this.defaultModel) throw new AppError("unknown_model", `There is no model "${id}".`);
    for (const seen of this.tries) call.follow?.(seen);
    const filler = createStubFiller();
    const answers = await this.cache.through(version, call, (inputs) => filler.fill(inputs));
    const outputs = answers.results as readonly FillOutput[];
    return { model: id, version, outputs, hitCount: answers.hitCount };
  }

  status(): GatewayStatus {
    const live = { model: this.defaultModel, version: "1", state: "ready" as const };
    const message = this.state === "failed" ? "it broke" : undefined;
    const facts = {
      precision: "fp32" as const,
      replicas: 1,
      busy: 1,
      waiting: 3,
      memoryBytes: 1000,
    };
    return { state: this.state, model: this.defaultModel, message, live: [{ ...live, ...facts }] };
  }

  observe(): void {}

  async warm(): Promise<void> {}

  async retire(): Promise<void> {}
}

/** Knows one model and changes nothing; a real registry is in test/integration. */
const STUB_REGISTRY: ServerOptions["registry"] = {
  listModels: async () => [STUB_MODEL],
  showModel: async () => STUB_MODEL,
  resolve: async () => ({ id: STUB_MODEL.id, version: "1", directory: "/nonexistent" }),
  eventsOf: async () => [],
  feedback: { deletedSince: async () => 0 },
  probes: { list: async () => [] },
  writeNote: async () => {},
  diskUse: async () => ({
    versionsBytes: 5,
    stagedBytes: 4,
    downloadsBytes: 3,
    activationsBytes: 2,
    otherBytes: 1,
    freeBytes: null,
    models: [],
  }),
  makeStable: async () => ({ from: "1" }),
};

const NOTHING_REPLACED = new GuardedScrubber(createScrubber()).statistics().replaced;

/** Keeps nothing and knows nothing; feedback over a real store is in test/integration. */
const STUB_FEEDBACK = {
  record: () => {},
  submit: async () => {
    throw new AppError("not_found", "There is no prediction.");
  },
  questions: async () => [],
  waiting: async () => ({ ready: 0, later: 0, unanswered: 0 }),
  accept: async () => [],
  reject: async () => [],
  edit: async () => {
    throw new AppError("not_found", "There is no sample.");
  },
  add: async () => ({ samples: [], added: 0, blocked: [], replaced: NOTHING_REPLACED }),
  deleteUser: async () => ({ samples: 0, predictions: 0, changed: 0, learnedBy: [], runs: [] }),
  countingScrubber: () => new GuardedScrubber(createScrubber()),
  statistics: () => ({
    scrub: new GuardedScrubber(createScrubber()).statistics(),
    predictions: { stored: 0, dropped: 0 },
    verdicts: [],
  }),
  store: {
    list: async () => [],
    count: async () => ({ queued: 0, held: 0, "in-run": 0, used: 0, rejected: 0 }),
    countUnanswered: async () => 0,
    show: async () => {
      throw new AppError("not_found", "There is no sample.");
    },
    deleteSamples: async () => {
      throw new AppError("not_found", "There is no sample.");
    },
  },
} satisfies FeedbackOffice;

const noRun = (): never => {
  throw new AppError("not_found", "There is no training run.");
};

/** Has no runs; those of a real manager are in test/integration. */
const STUB_TRAINING: ServerOptions["training"] = {
  list: () => [],
  subscribe: () => () => {},
  start: noRun,
  show: noRun,
  stop: noRun,
  resume: noRun,
  withoutDeleted: async (runs) => [...runs],
};

/** What commands let themselves in with. */
export const STUB_COMMAND_TOKEN = "command-token";

/** Keys in memory: the text of each is its name with "-text". */
export class StubKeys {
  readonly made: ApiKey[] = [];

  add(name: string, role: KeyRole, revokedAt: string | null = null): string {
    this.made.push({ name, role, createdAt: "2026-01-01T00:00:00.000Z", revokedAt });
    return `${name}-text`;
  }

  async isEmpty(): Promise<boolean> {
    return this.made.length === 0;
  }

  async find(text: string): Promise<ApiKey | undefined> {
    return this.made.find((key) => `${key.name}-text` === text && key.revokedAt === null);
  }
}

/** A log in memory. */
export class StubAudit {
  readonly events: AuditEvent[] = [];

  async add(event: AuditEvent): Promise<void> {
    this.events.push(event);
  }

  async list(): Promise<readonly AuditEntry[]> {
    const at = "2026-01-01T00:00:00.000Z";
    return this.events.map((event, i) => ({ ...event, id: i + 1, at })).reverse();
  }
}

interface StubServer {
  readonly server: HttpServer;
  readonly gateway: StubGateway;
  readonly config: Config;
  readonly keys: StubKeys;
  readonly audit: StubAudit;
}

const noRelease = (): never => {
  throw new AppError("conflict", "There is no release.");
};

/** Has no releases; those of a real server are in test/integration. */
export const STUB_RELEASES: ServerOptions["releases"] = {
  deploy: async () => noRelease(),
  move: async () => noRelease(),
  forecast: () => ({ requestsPerSecond: 0, sampleMin: 100, steps: [] }),
  find: () => undefined,
  list: () => [],
  onMove: () => () => {},
  onLook: () => () => {},
};

const STUB_PROBES: ServerOptions["probes"] = {
  status: () => ({ current: null, failure: null }),
  list: async () => [],
  start: noRun,
};

const noSuites = async () => ({ model: STUB_MODEL.id, suites: [] });
const STUB_SUITES: ServerOptions["suites"] = {
  list: noSuites,
  add: async () => NOTHING_REPLACED,
  remove: async () => {},
};

/** A server to be asked with `inject`. */
export async function createStubServer(
  flags: Readonly<Record<string, unknown>> = {},
  logger: Logger = silentLogger,
  parts: Pick<ServerOptions, "tracer"> &
    Partial<Pick<ServerOptions, "releases">> & {
      readonly training?: Partial<ServerOptions["training"]>;
    } = {},
): Promise<StubServer> {
  const config = parseConfig({ flags });
  const gateway = new StubGateway();
  const keys = new StubKeys();
  const audit = new StubAudit();
  const options: ServerOptions = {
    gateway,
    registry: STUB_REGISTRY,
    releases: parts.releases ?? STUB_RELEASES,
    feedback: STUB_FEEDBACK,
    training: { ...STUB_TRAINING, ...parts.training },
    probes: STUB_PROBES,
    suites: STUB_SUITES,
    schedule: { status: async () => [] },
    keys,
    audit,
    commandToken: STUB_COMMAND_TOKEN,
    config,
    logger,
    tracer: parts.tracer,
    webDirectory: "/nonexistent",
  };
  return { server: await createServer(options), gateway, config, keys, audit };
}
