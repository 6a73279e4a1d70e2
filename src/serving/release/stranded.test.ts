// Releases that are on disk and do not run, as one of their versions is not found.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError, silentLogger } from "../../base/index.ts";
import { createInProcessFleet } from "../../../test/helpers/in-process-fleet.ts";
import { FakeTimer } from "../../../test/helpers/fake-timer.ts";
import { STUB_VERSIONS } from "../../../test/helpers/stub-versions.ts";
import type { Release } from "../../registry/index.ts";
import type { Fleet } from "../fleet.ts";
import { Releases } from "./releases.ts";

const MODEL = STUB_VERSIONS.id;
const ORDER = { model: MODEL, version: "2" };

let fleet: Fleet;
let releases: Releases;
/** What is on disk. */
let saved: Release | undefined;
let isGone: boolean;
/** Version 2 is gone as soon as its release is on disk. */
let isGoing: boolean;
let moves: string[];

function create(): void {
  const timer = new FakeTimer();
  fleet = createInProcessFleet({
    defaultModel: MODEL,
    timer,
  });
  releases = new Releases({
    registry: {
      resolve: async (reference) => {
        const version = reference.split("@")[1] ?? STUB_VERSIONS.stable;
        if (isGone && version === "2") throw new AppError("unknown_version", "it was cleaned up");
        return { id: MODEL, version, directory: `dir-${version}` };
      },
      showModel: async () => STUB_VERSIONS,
    },
    store: {
      newest: async () => (saved === undefined ? [] : [saved]),
      save: async (release, before) => {
        // A new one goes nowhere while another is under way.
        if (before === undefined && saved?.state === "loading") throw new AppError("conflict", "");
        saved = release;
        isGone ||= isGoing;
      },
    },
    fleet,
    settings: { steps: [50, 100], intervalMs: 3_600_000, retentionMs: 0 },
    clock: { nowMs: () => timer.monotonicMs(), monotonicMs: () => timer.monotonicMs() },
    timer,
    logger: silentLogger,
  });
  releases.onMove(({ state, by }) => moves.push(`${state} by ${by}`));
}

async function close(): Promise<void> {
  releases.close();
  await fleet.end();
}

beforeEach(() => {
  saved = undefined;
  isGone = isGoing = false;
  moves = [];
  create();
});
afterEach(close);

describe("a release that does not run", () => {
  it("has failed when it could not be begun, and the next one can", async () => {
    isGoing = true;
    const begun = releases.deploy(ORDER, { by: "http" });
    await expect(begun).rejects.toMatchObject({ code: "unknown_version" });
    expect(saved).toMatchObject({ state: "failed", by: "server" });
    expect(saved?.reason).toContain("it was cleaned up");
    isGone = isGoing = false;
    expect(await releases.deploy(ORDER, { by: "http" })).toMatchObject({ state: "loading" });
  });

  it("can be taken back after a restart, and is not moved otherwise", async () => {
    await releases.deploy(ORDER, { by: "http" });
    await close();
    isGone = true;
    create();
    await releases.start();
    expect(releases.find(MODEL)).toBeUndefined();
    const pausing = releases.move(MODEL, { kind: "pause" }, { by: "http" });
    await expect(pausing).rejects.toMatchObject({ code: "conflict" });
    moves = [];
    expect(await releases.move(MODEL, { kind: "rollback" }, { by: "http" })).toMatchObject({
      state: "rolled-back",
      share: 0,
    });
    expect([saved?.state, moves]).toEqual(["rolled-back", ["rolled-back by http"]]);
    isGone = false;
    expect(await releases.deploy(ORDER, { by: "http" })).toMatchObject({ state: "loading" });
  });
});
