// The releases of all models: begun, moved and shown here; how one goes on by itself is in
// RunningRelease. There is one at most for a model, the newest.

import { randomUUID } from "node:crypto";
import { AppError, codeOf, messageOf, type Clock, type Logger } from "../../base/index.ts";
import type {
  ArmSnapshot,
  CanaryLimits,
  Doer,
  Model,
  Registry,
  Release,
  ReleaseStore,
  ResolvedVersion,
} from "../../registry/index.ts";
import { describeReason } from "../../wire/index.ts";
import type { Fleet } from "../fleet.ts";
import type { AnswerSeen, Routing } from "../gateway.ts";
import type { Timer } from "../timer.ts";
import { identityOf, requireUnchanged, type Identity } from "./identity.ts";
import { CANARY_LIMITS, expectedSeconds, type Expectation } from "./limits.ts";
import { RunningRelease, type VerdictOnVersion } from "./running-release.ts";
import { hasEnded, notNow, releaseAfter, type Mover, type ReleaseEvent } from "./state.ts";
import { Traffic } from "./traffic.ts";

export interface ReleasesOptions {
  readonly registry: Pick<Registry, "resolve" | "showModel">;
  readonly store: Pick<ReleaseStore, "newest" | "save">;
  readonly fleet: Fleet;
  readonly settings: ReleaseSettings;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly logger: Logger;
  /** What the files of a version say that it is; read from them when absent. */
  readonly identify?: (version: ResolvedVersion) => Promise<Identity>;
}

export interface ReleaseSettings {
  /** Shares in percent, ascending. */
  readonly steps: readonly number[];
  readonly intervalMs: number;
  /** How long the version that lost stays warm after a promotion. */
  readonly retentionMs: number;
  /** Where a release is held to something else than `CANARY_LIMITS`. */
  readonly limits?: Partial<CanaryLimits> | undefined;
}

export interface ReleaseWish {
  readonly model: string;
  readonly version: string;
  /** Shares in percent, ascending; 100 is added where it is not the last. */
  readonly steps?: readonly number[] | undefined;
  readonly intervalMs?: number | undefined;
  readonly isShadow?: boolean | undefined;
  /** After its first step it waits for a person. */
  readonly waits?: boolean | undefined;
  /** Also a version that the gate refused. */
  readonly force?: boolean | undefined;
}

/** What a person may do to a release. */
export type ReleaseCommand = Extract<
  ReleaseEvent,
  { readonly kind: "promote" | "pause" | "resume" | "rollback" }
>;

/** How long the steps of a release would take that began now. */
export interface Forecast {
  /** Over the last minute. */
  readonly requestsPerSecond: number;
  /** Requests that each step needs. */
  readonly sampleMin: number;
  /** `share` 0..1, ascending. */
  readonly steps: readonly (Expectation & { readonly share: number })[];
}

export type MoveListener = (release: Release, before: Release | undefined) => void;

const LOOK_MS = 1000;

export class Releases {
  readonly #options: ReleasesOptions;
  readonly #running = new Map<string, RunningRelease>();
  /** When the model of each was added: a later one may have the same name. */
  readonly #addedAt = new WeakMap<RunningRelease, string>();
  readonly #traffic = new Traffic();
  readonly #onMove = new Set<MoveListener>();
  readonly #onLook = new Set<() => void>();
  #stopTimer: () => void = () => {};
  #isClosed = false;

  constructor(options: ReleasesOptions) {
    this.#options = options;
  }

  /** Comes back to where the last server was, and watches from then on. */
  async start(): Promise<void> {
    for (const release of await this.#options.store.newest()) {
      try {
        await this.#run(release);
        void this.#compare(release);
      } catch (error) {
        const { model, canary } = release;
        const facts = { model, canary: canary.version, error: messageOf(error) };
        this.#options.logger.error(facts, "a release cannot be gone on with");
      }
    }
    this.#watch();
  }

  /** The newest release of each model that had one. */
  list(): readonly RunningRelease[] {
    return [...this.#running.values()];
  }

  find(model: string): RunningRelease | undefined {
    return this.#running.get(model);
  }

  /** How the requests to a model are split now. */
  routingOf(model: string): Routing | undefined {
    return this.#running.get(model)?.routing();
  }

  /**
   * Begins a release; it is on disk when this resolves, and its processes start.
   *
   * @throws AppError `invalid_input` for steps that do not ascend, `conflict` for a version that is
   *   stable already or was refused, and while another release is under way, `unknown_model`,
   *   `unknown_version`, `io_failed`. One that cannot be gone on with has failed on disk as well.
   */
  async deploy(wish: ReleaseWish, doer: Doer): Promise<Release> {
    const { registry, store, settings, clock } = this.#options;
    const model = await registry.showModel(wish.model);
    const { version } = await registry.resolve(`${wish.model}@${wish.version}`);
    const isForced = requireFit(model, version, wish.force ?? false);
    const since = new Date(clock.nowMs()).toISOString();
    const why = { code: isForced ? "begun-by-force" : "begun" } as const;
    const release: Release = {
      id: randomUUID(),
      model: model.id,
      state: "loading",
      stable: snapshotOf(model, model.stable),
      canary: snapshotOf(model, version),
      share: 0,
      steps: sharesOf(wish.steps ?? settings.steps),
      intervalMs: wish.intervalMs ?? settings.intervalMs,
      isShadow: wish.isShadow ?? false,
      waits: wish.waits ?? false,
      limits: this.#limits,
      isForced,
      createdAt: since,
      since,
      ...doer,
      reason: describeReason(why),
      why,
    };
    await store.save(release, undefined);
    try {
      await this.#run(release);
    } catch (error) {
      const breakage = { code: "cannot-answer", message: messageOf(error) } as const;
      const mover = { by: "server", why: breakage } as const;
      await this.#moveStored(release, { kind: "broken" }, mover).catch((other: unknown) => {
        const facts = { model: model.id, version, error: messageOf(other) };
        this.#options.logger.error(facts, "a release that failed cannot be written down");
      });
      throw error;
    }
    this.#tell(release, undefined);
    return release;
  }

  /**
   * Moves the release of a model as a person wants.
   *
   * @throws AppError `conflict` when that means nothing where it is, or when the version that it
   *   would go back to is not what it was; `damaged_file` when its files are not, `io_failed`.
   */
  async move(model: string, command: ReleaseCommand, doer: Doer): Promise<Release> {
    const { id, stable } = await this.#options.registry.showModel(model);
    const mover = { ...doer, why: { code: CODES[command.kind] } };
    const running = this.#running.get(id);
    if (running !== undefined) {
      if (command.kind === "rollback") await this.#requireWayBack(running.release, stable);
      return running.move(command, mover);
    }
    const stored = await this.#storedOf(id);
    if (stored === undefined || !isUnderWay(stored)) throw hasNone(id);
    // A version of it was not found when this server started: there is no other way than back.
    if (command.kind !== "rollback") throw notNow(stored, command.kind);
    return this.#moveStored(stored, command, mover);
  }

  /** The newest release of a model as it is on disk. */
  async #storedOf(model: string): Promise<Release | undefined> {
    return (await this.#options.store.newest()).find((release) => release.model === model);
  }

  /** A release that does not run here. */
  async #moveStored(before: Release, event: ReleaseEvent, mover: Mover): Promise<Release> {
    const { store, clock } = this.#options;
    const release = releaseAfter(before, event, { ...mover, nowMs: clock.nowMs() });
    if (release === undefined) throw notNow(before, event.kind);
    await store.save(release, before);
    this.#tell(release, before);
    return release;
  }

  /** Counts what a model is asked; requests that name a version never go to another. */
  count({ model, arm, isPinned }: Pick<AnswerSeen, "model" | "arm" | "isPinned">): void {
    const isCopy = arm === "canary" && this.#running.get(model)?.release.share === 0;
    if (!isPinned && !isCopy) this.#traffic.add(model, this.#options.clock.monotonicMs());
  }

  /**
   * What a release of a model would take at its present traffic, with these percents or those of
   * the settings; throws `invalid_input` for steps that do not ascend.
   */
  forecast(model: string, percents: readonly number[] = this.#options.settings.steps): Forecast {
    const requestsPerSecond = this.#traffic.perSecond(model, this.#options.clock.monotonicMs());
    const steps = sharesOf(percents).map((share) => {
      return { share, ...expectedSeconds(share, requestsPerSecond, this.#limits) };
    });
    return { requestsPerSecond, sampleMin: this.#limits.sampleMin, steps };
  }

  /** Somebody has judged what a version of a model answered; tells how people like both arms. */
  judge(model: string, verdict: VerdictOnVersion): void {
    this.#running.get(model)?.judge(verdict);
  }

  /** Tells of every step of every release; gives what ends it. */
  onMove(listener: MoveListener): () => void {
    this.#onMove.add(listener);
    return () => this.#onMove.delete(listener);
  }

  /** Calls every second, after a look at all releases; gives what ends it. */
  onLook(listener: () => void): () => void {
    this.#onLook.add(listener);
    return () => this.#onLook.delete(listener);
  }

  /** Decides nothing any more; the next server comes back to where each is. */
  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
    for (const running of this.#running.values()) running.close();
    this.#onMove.clear();
    this.#onLook.clear();
  }

  /** What a release that begins is held to. */
  get #limits(): CanaryLimits {
    return { ...CANARY_LIMITS, ...this.#options.settings.limits };
  }

  async #run(release: Release): Promise<void> {
    const { registry, store, fleet, settings, clock, logger } = this.#options;
    const { model, stable, canary } = release;
    const arms = {
      stable: await registry.resolve(`${model}@${stable.version}`),
      canary: await registry.resolve(`${model}@${canary.version}`),
    };
    const { createdAt } = await registry.showModel(model);
    const older = this.#running.get(model);
    const { retentionMs } = settings;
    const stableNow = async (): Promise<string> => (await registry.resolve(model)).version;
    const onMove: MoveListener = (now, before) => this.#tell(now, before);
    const onOutdated = (): void => void this.#reload(model);
    const options = { store, fleet, clock, logger, retentionMs, stableNow, onMove, onOutdated };
    const running = new RunningRelease(release, arms, options);
    this.#running.set(model, running);
    this.#addedAt.set(running, createdAt);
    running.begin();
    if (older?.release.id === release.id && running.isHeld) older.handOver();
    else older?.supersede();
  }

  /** Goes on from where another server has moved a release. */
  async #reload(model: string): Promise<void> {
    try {
      const stored = await this.#storedOf(model);
      if (stored !== undefined && !this.#isClosed) await this.#run(stored);
    } catch (error) {
      const facts = { model, error: messageOf(error) };
      this.#options.logger.error(facts, "a release that another server moved cannot be read");
    }
  }

  /** Both versions with what they were when the release began, after a restart. */
  async #compare(release: Release): Promise<void> {
    if (!isUnderWay(release) && release.state !== "promoted") return;
    for (const arm of [release.stable, release.canary]) {
      try {
        await this.#requireUnchanged(release, arm);
      } catch (error) {
        if (this.#isClosed) return;
        this.#complain(release, arm, error);
        // Nobody has judged what it is now. Of files that are damaged its processes tell.
        const isOther = error instanceof AppError && error.code === "conflict";
        if (arm !== release.canary || !isOther || !isUnderWay(release)) continue;
        await this.#takeBack(release, error.message);
      }
    }
  }

  async #takeBack({ model, ...release }: Release, message: string): Promise<void> {
    try {
      const why = { code: "cannot-answer", message } as const;
      await this.#running.get(model)?.move({ kind: "rollback" }, { by: "server", why });
    } catch (error) {
      const facts = { model, canary: release.canary.version, error: messageOf(error) };
      this.#options.logger.error(facts, "a release could not be taken back");
    }
  }

  /**
   * Throws when a promotion is not what could be taken back, since `stableNow` was chosen after it,
   * and when the version that it goes back to would not answer as it did. While that is warm it
   * does, whatever has happened to its files since.
   */
  async #requireWayBack(release: Release, stableNow: string): Promise<void> {
    const { state, model, stable, canary } = release;
    if (state !== "promoted") return;
    if (stableNow !== stable.version && stableNow !== canary.version) {
      throw isChosen(release, stableNow);
    }
    try {
      await this.#requireUnchanged(release, stable);
    } catch (error) {
      this.#complain(release, stable, error);
      const live = this.#options.fleet.find({ id: model, version: stable.version });
      const isDamaged = error instanceof AppError && error.code === "damaged_file";
      if (!isDamaged || live?.state !== "ready") throw error;
    }
  }

  async #requireUnchanged({ model }: Release, arm: ArmSnapshot): Promise<void> {
    const { registry, identify = identityOf } = this.#options;
    const resolved = await registry.resolve(`${model}@${arm.version}`);
    requireUnchanged(resolved, arm, await identify(resolved));
  }

  #complain({ model }: Release, { version }: ArmSnapshot, error: unknown): void {
    const facts = { model, version, error: messageOf(error) };
    this.#options.logger.error(facts, "a version is not what it was when its release began");
  }

  /** A release goes with its model; one of the same name that was added since has none. */
  async #dropRemoved(): Promise<void> {
    for (const [model, running] of this.#running) {
      const seen = this.#addedAt.get(running);
      const addedAt = await this.#options.registry.showModel(model).then(
        ({ createdAt }) => createdAt,
        (error: unknown) => (codeOf(error) === "unknown_model" ? undefined : seen),
      );
      if (addedAt === seen || this.#running.get(model) !== running) continue;
      this.#running.delete(model);
      running.supersede();
    }
  }

  #watch(): void {
    this.#stopTimer = this.#options.timer.after(LOOK_MS, () => {
      for (const running of this.#running.values()) void running.look();
      void this.#dropRemoved();
      for (const listener of this.#onLook) listener();
      if (!this.#isClosed) this.#watch();
    });
  }

  #tell(release: Release, before: Release | undefined): void {
    for (const listener of this.#onMove) listener(release, before);
  }
}

const CODES = {
  promote: "promoted",
  pause: "paused",
  resume: "resumed",
  rollback: "switched-back",
} as const;

/** Whether it takes force to release a version; throws `conflict` where it may not be at all. */
function requireFit({ id, stable, versions }: Model, version: string, force: boolean): boolean {
  if (version === stable) {
    throw new AppError("conflict", `${id}@${version} is the stable version already.`, {
      details: { model: id, version },
    });
  }
  const isRefused = versions.find((each) => each.version === version)?.state === "refused";
  if (!isRefused || force) return isRefused;
  throw new AppError(
    "conflict",
    `The gate refused ${id}@${version}, so it is not released. Its archive says why; ` +
      "--force does it nevertheless, and is written down.",
    { details: { model: id, version } },
  );
}

function hasNone(model: string): AppError {
  const message = `${model} has no release; begin one with \`whetstone deploy ${model}@VERSION\`.`;
  return new AppError("conflict", message, { details: { model } });
}

/** What a person is told who would switch back from a version that does not answer any more. */
function isChosen({ model, stable, canary }: Release, version: string): AppError {
  return new AppError(
    "conflict",
    `${model}@${version} was made stable after the promotion of ${model}@${canary.version}, so ` +
      `there is nothing to switch back. Make ${model}@${stable.version} stable if it is to answer.`,
    { details: { model, stable: version } },
  );
}

function snapshotOf({ versions }: Model, version: string): ArmSnapshot {
  const found = versions.find((each) => each.version === version);
  const temperature = found?.metrics["temperature"];
  return {
    version,
    sha256: found?.sha256 ?? "",
    temperature: typeof temperature === "number" ? temperature : null,
  };
}

/** Shares of 0..1 that end at 1; throws `invalid_input` unless the percents ascend. */
function sharesOf(percents: readonly number[]): readonly number[] {
  const isAscending = percents.every((percent, i) => percent > (percents[i - 1] ?? 0));
  if (percents.length === 0 || !isAscending || (percents.at(-1) ?? 0) > 100) {
    throw new AppError(
      "invalid_input",
      `The steps are ${percents.join(", ")}; expected percents that ascend to at most 100, ` +
        "such as 5, 20, 50, 100.",
    );
  }
  const shares = percents.map((percent) => percent / 100);
  return shares.at(-1) === 1 ? shares : [...shares, 1];
}

/** Whether a release may still go both ways by itself. */
export function isUnderWay({ state }: Release): boolean {
  return !hasEnded(state);
}
