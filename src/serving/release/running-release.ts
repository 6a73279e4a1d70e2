// One release in the care of this process: its processes are started, run in and ended as its state
// demands, both arms are watched, and every step is on disk before anything follows it.

import { AppError, messageOf, type Clock, type Logger } from "../../base/index.ts";
import type { Release, ReleaseStore, ResolvedVersion } from "../../registry/index.ts";
import type { ReleaseReason } from "../../wire/index.ts";
import type { Fleet } from "../fleet.ts";
import type { Routing } from "../gateway.ts";
import { Agreement, isSameFirst } from "./agreement.ts";
import { Curve } from "./curve.ts";
import { Evidence, type Verdict } from "./evidence.ts";
import { CANARY_LIMITS } from "./limits.ts";
import { askBoth } from "./probing.ts";
import type { Arm } from "./route.ts";
import type { JudgedAnswer } from "./sparse-signals.ts";
import {
  hasEnded,
  nextPosition,
  notNow,
  releaseAfter,
  type Mover,
  type ReleaseEvent,
} from "./state.ts";

export interface RunningReleaseOptions {
  readonly store: Pick<ReleaseStore, "save">;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the version that lost stays warm after a promotion. */
  readonly retentionMs: number;
  /** The version that answers now when none is named. */
  readonly stableNow: () => Promise<string>;
  /** What is on disk is no longer what this has written. */
  readonly onOutdated: () => void;
  /** It has moved; `before` is undefined for one that has just begun. */
  readonly onMove: (release: Release, before: Release | undefined) => void;
}

/** ✓ or ✗ on what a version answered. */
export interface VerdictOnVersion extends Omit<JudgedAnswer, "arm"> {
  readonly version: string;
  /** When it answered; milliseconds since the Unix epoch. */
  readonly answeredMs: number;
}

/** The largest share that a canary may have before all its replicas are warm. */
const COLD_SHARE_MAX = 0.05;

/** A sample is this much larger when there is a doubt. */
const DOUBT_FACTOR = 5;

/** Probes of a step. */
interface Probing {
  /** The beginning of the step. */
  readonly since: string;
  readonly wanted: number;
  isDone: boolean;
}

export class RunningRelease {
  readonly arms: Readonly<Record<Arm, ResolvedVersion>>;
  readonly evidence: Evidence;
  readonly curve = new Curve();
  readonly agreement = new Agreement();
  readonly #options: RunningReleaseOptions;
  #release: Release;
  #releaseHolds: (() => void)[] = [];
  #sinceMs: number;
  #isRunIn = false;
  /** Resolves when it is run in, or never will be. */
  #runningIn: Promise<void> = Promise.resolve();
  /** Why the canary could not be run in, until that is on disk. */
  #breakage: ReleaseReason | undefined;
  #isDeciding = false;
  #probing: Probing | undefined;
  /** Of the next probe; goes on over the steps, since each text tells its answer once. */
  #probeTurn = 0;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    release: Release,
    arms: Readonly<Record<Arm, ResolvedVersion>>,
    options: RunningReleaseOptions,
  ) {
    this.#release = release;
    this.arms = arms;
    this.#options = options;
    this.#sinceMs = options.clock.monotonicMs();
    // One that an older program began lacks limits that came later.
    this.evidence = new Evidence({ ...CANARY_LIMITS, ...release.limits });
  }

  get release(): Release {
    return this.#release;
  }

  /** Since the last move, as far as this process has seen it. */
  get stepMs(): number {
    return this.#options.clock.monotonicMs() - this.#sinceMs;
  }

  /** Whether both versions are kept warm. */
  get isHeld(): boolean {
    return this.#releaseHolds.length > 0;
  }

  /** When the old version's processes end; undefined before a promotion. */
  get retainedUntilMs(): number | undefined {
    if (this.#release.state !== "promoted") return undefined;
    return Date.parse(this.#release.since) + this.#options.retentionMs;
  }

  /** Starts what its state needs; one that has ended needs nothing. */
  begin(): void {
    const { state } = this.#release;
    const isRetained = (this.retainedUntilMs ?? 0) > this.#options.clock.nowMs();
    if (hasEnded(state) && !isRetained) return;
    const { fleet, logger } = this.#options;
    const both = [this.arms.stable, this.arms.canary];
    this.#releaseHolds = both.map((version) => fleet.hold(version));
    try {
      for (const version of both) fleet.open(version);
    } catch (error) {
      logger.error({ ...this.#facts(), error: messageOf(error) }, "an arm cannot be started");
    }
    if (!hasEnded(state)) this.#runningIn = this.#runIn();
  }

  /** How requests are split now; undefined when there are not two arms. */
  routing(): Routing | undefined {
    const { state, share, id } = this.#release;
    if (!this.isHeld || state === "loading" || state === "warm") return undefined;
    return {
      salt: id,
      share,
      arms: this.arms,
      stable: state === "promoted" ? this.#release.canary.version : this.#release.stable.version,
      isShadow: share === 0,
      observe: (observation) => {
        const nowMs = this.#options.clock.monotonicMs();
        this.evidence.observe(observation, nowMs);
        this.curve.add(observation, nowMs);
      },
      compare: (stable, canary) => {
        this.agreement.add(stable, canary);
        const isSame = isSameFirst(stable, canary);
        if (isSame !== undefined) this.evidence.sparse.compare(isSame);
      },
    };
  }

  /** Somebody has judged what one of its versions answered since it began. */
  judge({ version, isGood, unit, answeredMs }: VerdictOnVersion): void {
    const { stable, canary, createdAt } = this.#release;
    if (!this.isHeld || answeredMs < Date.parse(createdAt)) return;
    const arms: readonly Arm[] = ["stable", "canary"];
    const arm = arms.find((each) => ({ stable, canary })[each].version === version);
    if (arm !== undefined) this.evidence.sparse.judge({ arm, isGood, unit });
  }

  /**
   * Moves it as a person wants. A release that is back already stays where it is; a promotion waits
   * for the canary to be warm, a way back after the retention for the old version to answer.
   *
   * @throws AppError `conflict` when that means nothing where it is, `io_failed` when the disk
   *   refuses, and why the old version cannot be opened; then nothing has changed.
   */
  async move(event: ReleaseEvent, mover: Mover): Promise<Release> {
    if (event.kind === "promote") await this.#fitFor(event.share ?? 1);
    const isWarm = this.#release.state !== "promoted" || this.isHeld;
    if (event.kind !== "rollback" || isWarm) return this.#move(event, mover);
    const letGo = await this.#openOld();
    try {
      return await this.#move(event, mover);
    } finally {
      letGo();
      // Whichever has lost: the old one where the disk refuses, or a newer release came meanwhile.
      this.#letGo();
    }
  }

  async #move(event: ReleaseEvent, mover: Mover): Promise<Release> {
    const isBack = event.kind === "rollback" && nextPosition(this.#release, event) === undefined;
    if (isBack) return this.#release;
    const moved = await this.#apply(event, mover);
    if (moved === undefined) throw notNow(this.#release, event.kind);
    return moved;
  }

  /** The old version can answer when this resolves, and stays until the result is called. */
  async #openOld(): Promise<() => void> {
    const { fleet } = this.#options;
    const { stable: old } = this.arms;
    const letGo = fleet.hold(old);
    try {
      const live = fleet.open(old);
      await live.settled();
      if (live.failure !== undefined) throw live.failure;
      return letGo;
    } catch (error) {
      letGo();
      await fleet.retire(old);
      throw error;
    }
  }

  /** Resolves once the canary is warm, where it must be for `share`; throws when it cannot be. */
  async #fitFor(share: number): Promise<void> {
    const isNow = nextPosition(this.#release, { kind: "promote", share }) !== undefined;
    if (!isNow || share <= COLD_SHARE_MAX) return;
    await this.#runningIn;
    if (!this.#isRunIn) throw notNow(this.#release, "promote");
  }

  /** Looks at both arms and decides; to be called every second. */
  async look(): Promise<void> {
    this.evidence.settle(this.#options.clock.monotonicMs());
    if (this.#isDeciding || this.#isClosed) return;
    this.#isDeciding = true;
    try {
      await this.#decide();
    } catch (error) {
      const facts = { ...this.#facts(), error: messageOf(error) };
      this.#options.logger.error(facts, "a release could not move; it is tried again");
    } finally {
      this.#isDeciding = false;
    }
  }

  /** The canary's resident memory against the stable version's; undefined while not known. */
  get memoryRatio(): number | undefined {
    const [stable, canary] = [this.arms.stable, this.arms.canary].map((version) => {
      const status = this.#options.fleet.find(version)?.status();
      return status === undefined ? 0 : status.memoryBytes / Math.max(1, status.replicas);
    });
    if (stable === undefined || canary === undefined) return undefined;
    return stable > 0 && canary > 0 ? canary / stable : undefined;
  }

  /** The same release is gone on with from what is on disk, where another server has moved it. */
  handOver(): void {
    this.close();
    for (const release of this.#releaseHolds.splice(0)) release();
  }

  /** A newer release takes over: what this one has kept warm is not needed for it any more. */
  supersede(): void {
    this.close();
    if (this.isHeld) this.#letGo();
  }

  /** Requests and errors of both arms within the last minute. */
  lastMinute(): ReturnType<Evidence["lastMinute"]> {
    return this.evidence.lastMinute(this.#options.clock.monotonicMs());
  }

  /** A time of its curve as a date, ISO 8601. */
  dateOf(atMs: number): string {
    const { clock } = this.#options;
    return new Date(clock.nowMs() - clock.monotonicMs() + atMs).toISOString();
  }

  /** Stops deciding; the state on disk stays for the next process. */
  close(): void {
    this.#isClosed = true;
  }

  async #decide(): Promise<void> {
    const { clock } = this.#options;
    const { state, share, intervalMs, limits } = this.#release;
    // What it does not keep any more is none of its business: others may use it.
    if (!this.isHeld) return;
    if (state === "promoted" && (this.retainedUntilMs ?? 0) <= clock.nowMs()) {
      this.#letGo();
      return;
    }
    if (this.#breakage !== undefined) {
      await this.#apply({ kind: "broken" }, { by: "server", why: this.#breakage });
      this.#breakage = undefined;
      return;
    }
    const alarm = this.evidence.alarm(clock.monotonicMs()) ?? this.#collapse();
    if (alarm !== undefined) {
      await this.#apply({ kind: "failed" }, { by: "breaker", why: alarm });
      return;
    }
    if (state !== "canary" && state !== "paused") return;
    const { memoryRatio } = this;
    if (this.#isWarm && memoryRatio !== undefined) this.evidence.observeMemory(memoryRatio);
    const verdict = this.evidence.verdict();
    // What is proven need not wait for the end of the step.
    if (verdict.kind === "failed") return this.#follow(verdict);
    const isEarly = this.stepMs < intervalMs || !this.#isWarm;
    if (state === "paused" || share === 0 || isEarly) return;
    // Of a doubt more is asked before a person is.
    const isSure = verdict.kind !== "inconclusive";
    const wanted = limits.sampleMin * (this.evidence.isInDoubt ? DOUBT_FACTOR : 1);
    if (!isSure && this.evidence.sampleCount < wanted && !this.#hasProbed(wanted)) return;
    await this.#follow(verdict);
  }

  /** Whether the canary has been run in, and no replica of it has started anew since. */
  get #isWarm(): boolean {
    return this.#isRunIn && this.#options.fleet.find(this.arms.canary)?.isWarm === true;
  }

  /** Why the canary's processes cannot be expected to answer again, also after its promotion. */
  #collapse(): ReleaseReason | undefined {
    const { state } = this.#release;
    if (state === "loading" || state === "warm") return undefined;
    const failure = this.#options.fleet.find(this.arms.canary)?.failure;
    return failure && { code: "lost", message: failure.message };
  }

  async #follow({ kind, why }: Verdict): Promise<void> {
    await this.#apply({ kind }, { by: "gate", why });
  }

  /**
   * Little traffic: what is missing to a sample of `wanted` is asked of both arms. False until that
   * has been done in this step.
   */
  #hasProbed(wanted: number): boolean {
    const { since } = this.#release;
    const done = this.#probing;
    if (done?.since !== since || (done.isDone && done.wanted < wanted)) {
      const probing = { since, wanted, isDone: false };
      this.#probing = probing;
      void this.#probe(probing).finally(() => (probing.isDone = true));
    }
    return this.#probing?.isDone === true;
  }

  /** One text at a time; those that an arm has no time for are not made up for for ever. */
  async #probe({ since, wanted }: Probing): Promise<void> {
    const { fleet, clock } = this.#options;
    for (let tries = 0; tries < 2 * wanted; tries++) {
      const isOver = this.#isClosed || this.#release.since !== since || !this.isHeld;
      if (isOver || this.evidence.sampleCount >= wanted) return;
      const pair = await askBoth(fleet, this.arms, { turn: this.#probeTurn++, clock });
      if (pair !== undefined) this.evidence.observePair(pair, clock.monotonicMs());
    }
  }

  /** From its start to the first share; the rest of the running in goes on beside it. */
  async #runIn(): Promise<void> {
    const { fleet } = this.#options;
    const server = { by: "server", why: { code: "answers" } } as const;
    try {
      const live = fleet.open(this.arms.canary);
      await live.settled();
      if (live.coldReason !== undefined) throw live.coldReason;
      await this.#apply({ kind: "opened" }, server);
      const { isShadow, steps } = this.#release;
      const isSmall = isShadow || (steps[0] ?? 1) <= COLD_SHARE_MAX;
      if (isSmall) await this.#apply({ kind: "warmed" }, server);
      await live.warmed();
      this.#isRunIn = true;
      // What it did while it was cold says nothing.
      this.evidence.beginStep();
      await this.#apply({ kind: "warmed" }, { ...server, why: { code: "run-in" } });
    } catch (error) {
      if (this.#isClosed) return;
      this.#breakage = { code: "cannot-answer", message: messageOf(error) };
      await this.look();
    }
  }

  /** One move after the other; undefined when the event means nothing any more. */
  async #apply(event: ReleaseEvent, mover: Mover): Promise<Release | undefined> {
    const moved = this.#last.then(() => this.#step(event, mover));
    this.#last = moved.catch(() => {});
    return moved;
  }

  async #step(event: ReleaseEvent, mover: Mover): Promise<Release | undefined> {
    const { store, clock } = this.#options;
    const before = this.#release;
    const release = releaseAfter(before, event, { ...mover, nowMs: clock.nowMs() });
    if (release === undefined || this.#isClosed) return undefined;
    const startMs = clock.monotonicMs();
    try {
      await store.save(release, before);
    } catch (error) {
      // Another server has moved it since.
      if (error instanceof AppError && error.code === "conflict") this.#options.onOutdated();
      throw error;
    }
    this.#release = release;
    if (release.share !== before.share || release.state !== before.state) {
      this.#sinceMs = clock.monotonicMs();
      if (release.share !== before.share) this.evidence.beginStep();
    }
    this.#log(before, clock.monotonicMs() - startMs);
    if (hasEnded(release.state) && release.state !== "promoted") this.#letGo();
    this.#options.onMove(release, before);
    return release;
  }

  /** Ends the processes of what is not stable any more, once that has answered what is in. */
  #letGo(): void {
    for (const release of this.#releaseHolds.splice(0)) release();
    void this.#endLosers().catch((error: unknown) => {
      this.#options.logger.error({ error: messageOf(error) }, "a version could not be ended");
    });
  }

  /** Not by how the release went: since then a person may have made any version stable. */
  async #endLosers(): Promise<void> {
    const { fleet, stableNow } = this.#options;
    const { state, stable: old, canary } = this.#release;
    const chosen = state === "promoted" ? canary.version : old.version;
    const stable = await stableNow().catch(() => chosen);
    const losers = Object.values(this.arms).filter(({ version }) => version !== stable);
    await Promise.all(losers.map((loser) => fleet.retire(loser)));
  }

  #log({ state: from, share }: Release, ms: number): void {
    const { fleet, logger } = this.#options;
    const inFlight = fleet.find(this.arms.canary)?.pendingCount ?? 0;
    const { state: to, by, key, reason } = this.#release;
    const change = { from, to, shareBefore: share, share: this.#release.share };
    const facts = { ...this.#facts(), ...change, by, key, reason, ms: Math.round(ms), inFlight };
    const isTrouble = to === "rolled-back" || to === "failed";
    if (isTrouble) logger.warn(facts, "release");
    else logger.info(facts, "release");
  }

  #facts(): { release: string; model: string; stable: string; canary: string } {
    const { id, model, stable, canary } = this.#release;
    return { release: id, model, stable: stable.version, canary: canary.version };
  }
}
