// The composition root: the only place where everything meets. It reads no environment and
// installs no signal handlers; the command line does, and calls `listen` and `close`.

import { randomBytes } from "node:crypto";
import { messageOf, silentLogger, systemClock, type Logger } from "./base/index.ts";
import type { Config } from "./config/index.ts";
import {
  DEFAULT_MODEL,
  fillerOptionsOf,
  gateLimitsOf,
  openDataDirectory,
  openDesk,
  pathInPackage,
  shippedMaterial,
} from "./configured.ts";
import type { FeedbackDesk } from "./feedback/index.ts";
import type { ChildEntry } from "./jobs/index.ts";
import { Announcer, drain, hostInUrl, listenOn } from "./listening.ts";
import {
  addSuite,
  cleanWhatIsOld,
  CommandRuns,
  createPostWebhook,
  createReleaseAlerts,
  createRunAlerts,
  followCommands,
  followTraining,
  forkProbe,
  listSuites,
  ProbeRuns,
  removeSuite,
  requireWebhookUrl,
  Scheduler,
  startJob,
  SuiteQuestions,
  TrainingRuns,
  trainWhatWaits,
  Webhooks,
  type StartJob,
  type StartProbe,
  type TrainingRunsOptions,
} from "./loop/index.ts";
import type { Registry } from "./registry/index.ts";
import {
  createServer,
  requireLoopback,
  SpanExporter,
  type HttpServer,
  type SuiteOffice,
} from "./server/index.ts";
import {
  AnswerCache,
  type AnswerSeen,
  Fleet,
  forkChild,
  Gateway,
  Releases,
  SpareChild,
  systemTimer,
  REPLICA_LIMITS,
  type ReleasesOptions,
} from "./serving/index.ts";

const BATCH_MS_MIN = 10_000;

export interface AppOptions {
  readonly logger?: Logger | undefined;
  /** The module of replica processes; for tests, which answer without a model. */
  readonly replicaEntry?: ChildEntry | undefined;
  /** Starts the process of a training run; for tests, which train nothing. */
  readonly startJob?: StartJob | undefined;
  /** Starts the process that measures a version; for tests, which measure nothing. */
  readonly startProbe?: StartProbe | undefined;
  /** Directory of the models that a new data directory gets; those of this package by default. */
  readonly starters?: string | undefined;
  /** The built console; that of this package by default. */
  readonly webDirectory?: string | undefined;
}

export interface App {
  readonly registry: Registry;
  /** The HTTP interface, for tests that need no port. */
  readonly server: HttpServer;
  readonly gateway: Gateway;
  readonly releases: Releases;
  readonly training: TrainingRuns;
  /**
   * Listens and starts the default model; resolves as soon as the address is known.
   *
   * @throws AppError `conflict` for a busy port.
   */
  listen(): Promise<Listening>;
  /** Ends gracefully: no new requests, 5 s for those that are in, then all processes. */
  close(): Promise<void>;
}

export interface Listening {
  /** "http://127.0.0.1:8080" */
  readonly url: string;
  readonly port: number;
  /** Resolves once fills are answered; rejects with the reason why they cannot be. */
  readonly ready: Promise<void>;
}

/**
 * The whole server over one data directory, not listening yet.
 *
 * @throws AppError of `openDataDirectory`; `forbidden` for an address beyond loopback without keys,
 *   `invalid_input` for webhooks that cannot be.
 */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  const logger = options.logger ?? silentLogger;
  const registry = await openDataDirectory(config, { ...options, hasThread: true });
  const watchers = await watchersOver(registry, config, logger);
  const commandToken = randomBytes(32).toString("base64url");
  const announcer = new Announcer(registry.dataDirectory, logger);
  const { fleet, releases, spare } = createServing({
    registry,
    config,
    options,
    logger,
    announcer,
  });
  const gateway = new Gateway({
    defaultModel: DEFAULT_MODEL,
    resolve: (reference) => registry.resolve(reference),
    fleet,
    cache: new AnswerCache(config.cache.maxBytes),
    routingOf: (model) => releases.routingOf(model),
  });
  const webDirectory = options.webDirectory ?? pathInPackage("dist/web");
  const asked = new SuiteQuestions(registry, shippedMaterial());
  const feedback = await openDesk(registry, config, { suites: asked, logger });
  const loop = createLoop({ gateway, registry, logger, suites: asked }, config, options);
  const { training, probes, schedule } = loop;
  const suites = createSuites(registry, feedback);
  training.subscribe(watchers.seeRun);
  releases.onMove(watchers.seeMove);
  await watchers.seeCommands(releases);
  await informReleases({ releases, gateway, registry, feedback, config, logger });
  const { keys, audit } = registry;
  const offices = { gateway, releases, registry, feedback, ...loop, suites, keys, audit };
  const { tracer } = watchers;
  const parts = { ...offices, commandToken, tracer, config, logger, webDirectory };
  const server = await createServer(parts);
  return {
    registry,
    server,
    gateway,
    releases,
    training,
    listen: async () => {
      await releases.start();
      const port = await listenOn(server, config.server);
      const url = `http://${hostInUrl(config.server.host)}:${port}`;
      await announcer.announce({ pid: process.pid, port, url, token: commandToken });
      const ready = startAnswering({ gateway, registry, logger });
      await training.recover();
      await watchers.recover();
      schedule.start();
      return { url, port, ready };
    },
    close: async () => {
      await drain(server);
      schedule.close();
      probes.close();
      // Before what takes its time: the next server may be moving them already.
      releases.close();
      await training.close();
      spare?.end();
      await gateway.end();
      await announcer.withdraw();
      await feedback.close();
      // All of the above may have something to tell.
      await watchers.close();
      await registry.close();
    },
  };
}

/** Starts the default model; then reads what a release would otherwise have to wait for. */
function startAnswering({ gateway, registry, logger }: LoopParts): Promise<void> {
  const ready = gateway.start();
  const goOn = async (): Promise<void> => {
    const failure = await ready.then(() => undefined, messageOf);
    if (gateway.status().state === "stopping") return;
    // Whoever does not wait for it learns of a failure from the log and /healthz.
    if (failure !== undefined) logger.error({ error: failure }, "the default model cannot answer");
    await verifyStaged(registry, logger);
  };
  void goOn();
  return ready;
}

/** After a start of the machine: staged files that the disk has damaged go before they are used. */
async function verifyStaged(registry: Registry, logger: Logger): Promise<void> {
  try {
    for (const version of await registry.verifyStaged()) {
      logger.error({ version }, "a staged form was damaged; it has been removed");
    }
  } catch (error) {
    logger.warn({ error: messageOf(error) }, "staged forms have not been read");
  }
}

interface LoopParts {
  readonly gateway: Gateway;
  readonly registry: Registry;
  readonly logger: Logger;
}

/** What a server does beside answering: training and measuring, also by itself. */
function createLoop(
  { gateway, registry, logger, suites }: LoopParts & { readonly suites: SuiteQuestions },
  config: Config,
  options: AppOptions,
) {
  const filler = fillerOptionsOf(config);
  const shipped = shippedMaterial();
  const common = { registry, clock: systemClock, logger };
  const { minSamples } = config.training;
  const training = openTrainingRuns(registry, config, { ...options, logger, suites });
  const startProbe = options.startProbe ?? forkProbe();
  const probes = new ProbeRuns({ ...common, startProbe, probe: { filler, shipped } });
  const liveModels = (): string[] => gateway.status().live.map(({ model }) => model);
  const schedule = new Scheduler({
    ...common,
    tasks: [
      {
        name: "training",
        rhythm: { ...config.schedule, every: config.training.schedule },
        run: () => trainWhatWaits({ registry, training, suites, minSamples }),
      },
      {
        name: "probes",
        rhythm: { ...config.schedule, every: config.probes.schedule },
        run: () => probes.measureAll([...new Set(liveModels())]),
      },
      {
        name: "cleaning",
        rhythm: { ...config.schedule, every: config.cleaning.schedule },
        run: () => cleanWhatIsOld({ ...common, training, ...config.cleaning }),
      },
    ],
    store: registry.schedule,
    timer: systemTimer,
  });
  return { training, probes, schedule };
}

function createSuites(registry: Registry, feedback: FeedbackDesk): SuiteOffice {
  const shipped = shippedMaterial();
  return {
    list: (model) => listSuites(registry, model, shipped),
    add: async (added) => {
      const scrubber = feedback.countingScrubber();
      await addSuite(registry, added, { shipped, scrubber });
      return scrubber.statistics().replaced;
    },
    remove: (removed) => removeSuite(registry, removed, shipped),
  };
}

/** Those outside who are told what happens. */
interface Watchers {
  readonly tracer: SpanExporter | undefined;
  readonly seeRun: ReturnType<typeof createRunAlerts>;
  readonly seeMove: ReturnType<typeof createReleaseAlerts>;
  /** Sees trainings that commands do beside the server, at each look at the releases. */
  seeCommands(releases: Pick<Releases, "onLook">): Promise<void>;
  /** Goes on with what the last server had yet to tell. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** The watchers of a server that may start; closes the registry again where it may not. */
async function watchersOver(registry: Registry, config: Config, logger: Logger): Promise<Watchers> {
  try {
    await requireKeys(registry, config);
    return createWatchers(registry, config, logger);
  } catch (error) {
    await registry.close();
    throw error;
  }
}

/** Throws `invalid_input` and `forbidden` for settings that cannot be. */
function createWatchers(
  registry: Registry,
  { webhooks: wish, telemetry }: Config,
  logger: Logger,
): Watchers {
  const { webhooks: store } = registry;
  for (const url of wish.urls) requireWebhookUrl(url, wish.allowedHosts);
  const post = createPostWebhook(wish.allowedHosts);
  const nowMs = (): number => systemClock.nowMs();
  const webhooks = new Webhooks({ ...wish, post, store, timer: systemTimer, logger, nowMs });
  const { otlpEndpoint: endpoint } = telemetry;
  const collector = { endpoint, timer: systemTimer, logger };
  const tracer = endpoint === "" ? undefined : new SpanExporter(collector);
  return {
    tracer,
    seeRun: createRunAlerts((event) => webhooks.notify(event)),
    seeMove: createReleaseAlerts((event) => webhooks.notify(event)),
    seeCommands: async (releases) => {
      const commands = new CommandRuns(registry.dataDirectory);
      await commands.forgetOld();
      if (wish.urls.length === 0) return;
      const notify: Webhooks["notify"] = (event) => webhooks.notify(event);
      await followCommands({ registry, commands, releases, notify, logger });
    },
    recover: () => webhooks.recover(),
    close: async () => {
      await webhooks.close();
      await tracer?.close();
    },
  };
}

/** Nobody but this machine reaches a server that asks for no key. */
async function requireKeys(registry: Registry, { server }: Config): Promise<void> {
  const keys = await registry.keys.list();
  requireLoopback(server.host, keys.filter(({ revokedAt }) => revokedAt === null).length);
}

/** The processes that answer, and the releases that decide which of them does. */
function createServing({
  registry,
  config,
  options,
  logger,
  announcer,
}: {
  readonly registry: Registry;
  readonly config: Config;
  readonly options: AppOptions;
  readonly logger: Logger;
  readonly announcer: Announcer;
}): { readonly fleet: Fleet; readonly releases: Releases; readonly spare?: SpareChild } {
  const startChild = forkChild(options.replicaEntry);
  const newest = () => fleet.all().at(-1)?.opening;
  const hasSpare = config.replica.spare === "on";
  const spare = hasSpare ? new SpareChild(startChild, systemTimer, newest) : undefined;
  const fleet: Fleet = new Fleet({
    defaultModel: DEFAULT_MODEL,
    startChild: spare?.start ?? startChild,
    filler: fillerOptionsOf(config),
    replicaCount: config.replica.count,
    maxBatchTokens: config.batching.maxTokens,
    maxRequestTokens: config.fill.maxTokens,
    maxWaiting: config.queue.maxTexts,
    replicaLimits: {
      ...REPLICA_LIMITS,
      // By then nobody waits for the batch any more.
      batchMs: Math.max(BATCH_MS_MIN, 2 * config.fill.deadlineMs),
    },
    logger,
    onLive: (serving) => announcer.update({ serving }),
  });
  const { steps, intervalSeconds, retentionSeconds } = config.release;
  const settings = {
    steps: steps.map(Number),
    intervalMs: intervalSeconds * 1000,
    retentionMs: retentionSeconds * 1000,
    limits: releaseLimitsOf(config),
  };
  const store = registry.releases;
  const times = { clock: systemClock, timer: systemTimer };
  const releases = new Releases({ registry, store, fleet, settings, ...times, logger });
  return { fleet, releases, ...(spare !== undefined && { spare }) };
}

/** What releases are told of, and begin with. */
async function informReleases(parts: {
  readonly releases: Releases;
  readonly gateway: Gateway;
  readonly registry: Registry;
  readonly feedback: FeedbackDesk;
  readonly config: Config;
  readonly logger: Logger;
}): Promise<void> {
  const { releases, gateway, registry, feedback, config, logger } = parts;
  const onAnswer = (answer: AnswerSeen): void => releases.count(answer);
  gateway.observe({ onAnswer, onBatch: () => {}, onRestart: () => {} });
  feedback.onVerdict(({ model, ...verdict }) => releases.judge(model, verdict));
  await followTraining({ registry, releases, auto: config.release.auto, logger });
}

/** The runs of a data directory, under `config`; a command that starts none may have them too. */
export function openTrainingRuns(
  registry: Registry,
  config: Config,
  options: Pick<AppOptions, "startJob"> & Pick<TrainingRunsOptions, "logger" | "suites">,
): TrainingRuns {
  return new TrainingRuns({
    registry,
    suites: options.suites,
    startJob: options.startJob ?? startJob,
    job: {
      threads: config.training.threads,
      cacheBytesMax: config.training.cacheBytes,
      filler: fillerOptionsOf(config),
      material: shippedMaterial(),
      limits: gateLimitsOf(config),
      packageRoot: pathInPackage("."),
    },
    defaultModel: DEFAULT_MODEL,
    perUser: config.feedback.samplesPerUser,
    clock: systemClock,
    logger: options.logger,
  });
}

/** What a canary is held to, under `config`. */
function releaseLimitsOf({ release }: Config): ReleasesOptions["settings"]["limits"] {
  const { minRequests, maxVerdictLosses, minAgreement } = release;
  return {
    sampleMin: minRequests,
    verdictLossShareMax: maxVerdictLosses / 100,
    disagreementShareMax: 1 - minAgreement / 100,
  };
}
