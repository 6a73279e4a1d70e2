// Releases on disk: where each is now, and in the log of its version every step that it took. Which
// step comes next is not decided here.

import { AppError, messageOf } from "../base/index.ts";
import { ACTOR_RELEASE } from "./audit-log.ts";
import { markInUse } from "./feedback-runs.ts";
import type { Release } from "./release-types.ts";
import { insertAudit } from "./stores/audit-queries.ts";
import { insertEvent } from "./stores/event-queries.ts";
import { setStable, selectModel, type Db } from "./stores/queries.ts";
import {
  selectNewestReleases,
  selectRelease,
  selectReleaseUnderWay,
  upsertRelease,
} from "./stores/release-queries.ts";

/** What the audit log calls a move; one that changes nobody's answers is not in it. */
const ACTIONS: Readonly<Partial<Record<Release["state"], string>>> = {
  loading: "release.begin",
  canary: "release.step",
  paused: "release.pause",
  promoted: "release.promote",
  "rolled-back": "release.rollback",
  failed: "release.fail",
};

export interface ReleaseStoreOptions {
  readonly db: Db;
  /** Runs `task` as one transaction. */
  readonly write: <T>(task: (db: Db) => Promise<T>) => Promise<T>;
}

export class ReleaseStore {
  readonly #options: ReleaseStoreOptions;

  constructor(options: ReleaseStoreOptions) {
    this.#options = options;
  }

  /** The newest release of each model that ever had one. */
  async newest(): Promise<readonly Release[]> {
    return selectNewestReleases(this.#options.db);
  }

  /** Versions that a release moves between, or that a promotion may be taken back to, as "id@V". */
  async inUse(db: Db): Promise<readonly string[]> {
    const releases = await selectNewestReleases(db);
    return releases
      .filter(({ state }) => state !== "rolled-back" && state !== "failed")
      .flatMap(({ model, stable, canary }) =>
        [stable, canary].map((arm) => `${model}@${arm.version}`),
      );
  }

  /**
   * Writes where a release is now together with its line in the log and, when that changes with it,
   * which version is stable. All of it is on disk when this resolves, or nothing.
   *
   * @param before where it was; undefined for a new one
   * @throws AppError `conflict` when a new one meets another that is under way, and when it is not
   *   where it was, since another server has moved it; `io_failed` when nothing can be written.
   */
  async save(release: Release, before: Release | undefined): Promise<void> {
    try {
      await this.#options.write(async (db) => {
        if (before === undefined) await requireNoneUnderWay(db, release.model);
        else await requireUnmoved(db, before);
        await upsertRelease(db, release);
        await logMove(db, release, before);
        await moveStable(db, release, before);
        await audit(db, release);
      });
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw new AppError(
        "io_failed",
        `The state of the release of ${nameOf(release)} cannot be written: ${messageOf(cause)}. ` +
          "Nothing has changed; see whether the disk of the data directory is full.",
        { cause },
      );
    }
  }
}

/** Throws `conflict` while a release of the model is under way. */
export async function requireNoneUnderWay(db: Db, model: string): Promise<void> {
  const other = await selectReleaseUnderWay(db, model);
  if (other === undefined) return;
  throw new AppError(
    "conflict",
    `A release of ${nameOf(other)} is under way (${other.state}). ` +
      "Promote it or roll it back first.",
    { details: { model, version: other.canary.version, state: other.state } },
  );
}

/** Throws `conflict` unless a release is where the caller has seen it last. */
async function requireUnmoved(db: Db, before: Release): Promise<void> {
  const stored = await selectRelease(db, before.id);
  const { state, share, since } = before;
  if (stored?.state === state && stored.share === share && stored.since === since) return;
  const now = stored === undefined ? "gone" : positionOf(stored);
  throw new AppError(
    "conflict",
    `The release of ${nameOf(before)} is ${now} on disk and was ${positionOf(before)} here: ` +
      "another server over this data directory has moved it. Keep one server, and start it anew.",
    { details: { model: before.model, version: before.canary.version } },
  );
}

async function logMove(db: Db, release: Release, before: Release | undefined): Promise<void> {
  const { id, model, canary, state, share, by, key, reason, why, since, isForced } = release;
  const moved = { from: before?.state ?? null, to: state, share, reason, why, isForced };
  const named = { id: model, version: canary.version };
  await insertEvent(db, named, { kind: "release", at: since, by, key, release: id, ...moved });
}

/** What the program does by itself; acts of people have their row through the door they came by. */
async function audit(db: Db, { model, canary, state, share, by, since, isForced }: Release) {
  const action = ACTIONS[state];
  if (by === "command" || by === "http" || action === undefined) return;
  const more = state === "canary" ? ` (${percentOf(share)})` : "";
  const target = `${model}@${canary.version}${isForced ? " (forced)" : ""}${more}`;
  const event = { actor: ACTOR_RELEASE, action, target, outcome: "done", requestId: null };
  await insertAudit(db, { ...event, at: since });
}

async function moveStable(db: Db, release: Release, before: Release | undefined): Promise<void> {
  const { model, canary, stable, by, key, since, isForced } = release;
  const isSwitch = (release.state === "promoted") !== (before?.state === "promoted");
  if (!isSwitch) return;
  const [to, from] = release.state === "promoted" ? [canary, stable] : [stable, canary];
  const present = await selectModel(db, model);
  // Somebody has chosen a third version meanwhile: that choice stays.
  if (present?.stable !== from.version) return;
  await setStable(db, model, to.version);
  await markInUse(db, { version: { model, version: to.version }, at: since });
  const named = { id: model, version: to.version };
  const event = { kind: "stable", at: since, by, key, from: from.version, isForced } as const;
  await insertEvent(db, named, event);
}

function positionOf({ state, share, since }: Release): string {
  return `${state} at ${percentOf(share)} since ${since}`;
}

function percentOf(share: number): string {
  return `${Number((100 * share).toFixed(4))} %`;
}

function nameOf({ model, canary }: Release): string {
  return `${model}@${canary.version}`;
}
