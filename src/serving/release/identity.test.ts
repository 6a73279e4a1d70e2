// A way back that is exact, or refused.

import { afterEach, describe, expect, it } from "vitest";
import { AppError, type Logger } from "../../base/index.ts";
import { createInProcessFleet } from "../../../test/helpers/in-process-fleet.ts";
import { FakeTimer } from "../../../test/helpers/fake-timer.ts";
import { STUB_VERSIONS } from "../../../test/helpers/stub-versions.ts";
import type { Release, ResolvedVersion } from "../../registry/index.ts";
import type { Fleet } from "../fleet.ts";
import { requireUnchanged, type Identity } from "./identity.ts";
import { Releases } from "./releases.ts";

const MODEL = STUB_VERSIONS.id;
const OTHER = "f".repeat(64);
const version = { id: MODEL, version: "1", directory: "dir-1" };

describe("a version and what it was", () => {
  const was = { version: "1", sha256: "a".repeat(64), temperature: 1.1 };
  const same = { sha256: was.sha256, temperature: was.temperature };

  it("are the same by hash and temperature", () => {
    expect(() => requireUnchanged(version, was, same)).not.toThrow();
    expect(() => requireUnchanged(version, was, { ...same, sha256: OTHER })).toThrow(
      `starter-cloze@1 is not what it was when its release began: the SHA-256 of its weights was ` +
        `${was.sha256} and is ${OTHER}.`,
    );
    const changed = { ...same, temperature: null };
    expect(() => requireUnchanged(version, was, changed)).toThrow("was 1.1 and is none");
  });

  it("are not told apart by what was never written down", () => {
    const unknown = { version: "1", sha256: "", temperature: null };
    expect(() => requireUnchanged(version, unknown, same)).not.toThrow();
    const unlisted = { ...same, sha256: undefined };
    expect(() => requireUnchanged(version, was, unlisted)).not.toThrow();
  });
});

let releases: Releases;
let fleet: Fleet;
let timer: FakeTimer;
let saved: Release | undefined;
let errors: object[];
/** What the files of each version say, or what is wrong with them. */
let files: Record<string, Identity | AppError>;

function create(newest: readonly Release[], retentionMs = 0): void {
  timer = new FakeTimer();
  errors = [];
  files = {};
  const quiet = (): void => {};
  const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: (f) => errors.push(f) };
  fleet = createInProcessFleet({
    defaultModel: MODEL,
    logger,
    timer,
  });
  releases = new Releases({
    registry: {
      resolve: async (reference) => {
        const stable = saved?.state === "promoted" ? saved.canary.version : STUB_VERSIONS.stable;
        const named = reference.split("@")[1] ?? stable;
        return { id: MODEL, version: named, directory: `dir-${named}` };
      },
      showModel: async () => STUB_VERSIONS,
    },
    identify: async ({ version: named }: ResolvedVersion) => {
      const found = files[named] ?? { sha256: named.repeat(64), temperature: null };
      if (found instanceof AppError) throw found;
      return found;
    },
    store: { newest: async () => newest, save: async (release) => void (saved = release) },
    fleet,
    settings: { steps: [50, 100], intervalMs: 3_600_000, retentionMs },
    clock: { nowMs: () => timer.monotonicMs(), monotonicMs: () => timer.monotonicMs() },
    timer,
    logger,
  });
}

async function close(): Promise<void> {
  releases.close();
  await fleet.end();
}

/** A release in its first step, or promoted. */
async function begin({ isPromoted, retentionMs = 3_600_000 }: Wanted): Promise<void> {
  saved = undefined;
  create([], retentionMs);
  await releases.deploy({ model: MODEL, version: "2" }, { by: "http" });
  await timer.pass(100);
  if (isPromoted) await releases.move(MODEL, { kind: "promote" }, { by: "http" });
}

interface Wanted {
  readonly isPromoted: boolean;
  readonly retentionMs?: number;
}

/** The next server over the same data, in which `changed` holds. */
async function restart(changed: typeof files): Promise<void> {
  await close();
  create(saved === undefined ? [] : [saved], 3_600_000);
  files = changed;
  await releases.start();
  await timer.pass(100);
}

const rollBack = (): Promise<Release> => releases.move(MODEL, { kind: "rollback" }, { by: "http" });
const DAMAGED = new AppError("damaged_file", "model.safetensors is not what was stored");
const CHANGED = { sha256: OTHER, temperature: null };

describe("a release that knows what its versions were", () => {
  afterEach(close);

  describe("the way back from a promotion", () => {
    it("is free while the old version is what it was", async () => {
      await begin({ isPromoted: true });
      expect(await rollBack()).toMatchObject({ state: "rolled-back" });
      expect(errors).toEqual([]);
    });

    it("is refused to a version that is another one by now", async () => {
      await begin({ isPromoted: true });
      files = { "1": CHANGED };
      await expect(rollBack()).rejects.toMatchObject({ code: "conflict" });
      expect([saved?.state, errors.length]).toEqual(["promoted", 1]);
    });

    it("is free while the old version is warm, whatever has become of its files", async () => {
      await begin({ isPromoted: true });
      files = { "1": DAMAGED };
      expect(await rollBack()).toMatchObject({ state: "rolled-back" });
      expect(errors).toMatchObject([{ version: "1", error: DAMAGED.message }]);
    });

    it("is refused to damaged files once the old version is not warm any more", async () => {
      await begin({ isPromoted: true, retentionMs: 0 });
      await releases.start();
      await timer.pass(2000);
      files = { "1": DAMAGED };
      await expect(rollBack()).rejects.toMatchObject({ code: "damaged_file" });
      expect(saved?.state).toBe("promoted");
    });
  });

  describe("a switch-back in the middle of a release", () => {
    it("waits for nothing: the old version answers most requests as it is", async () => {
      await begin({ isPromoted: false });
      files = { "1": CHANGED };
      expect(await rollBack()).toMatchObject({ state: "rolled-back" });
    });
  });

  describe("a release after a restart", () => {
    it("goes on while both versions are what they were", async () => {
      await begin({ isPromoted: false });
      await restart({});
      expect([releases.find(MODEL)?.release.state, errors]).toEqual(["canary", []]);
    });

    it("is taken back when its canary is another version by now", async () => {
      await begin({ isPromoted: false });
      await restart({ "2": CHANGED });
      expect(saved).toMatchObject({ state: "rolled-back", by: "server" });
      expect(saved?.reason).toContain("starter-cloze@2 is not what it was");
    });

    it("stays where it is when the stable version is another one, and says so", async () => {
      await begin({ isPromoted: false });
      await restart({ "1": CHANGED });
      expect(releases.find(MODEL)?.release.state).toBe("canary");
      expect(errors).toMatchObject([{ version: "1" }]);
    });
  });
});
