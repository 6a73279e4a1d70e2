import { describe, expect, it } from "vitest";
import { AppError, silentLogger } from "../base/index.ts";
import type { Model, Release, Version } from "../registry/index.ts";
import type { ReleaseWish, RunningRelease } from "../serving/index.ts";
import { settled } from "../../test/helpers/fake-timer.ts";
import { followTraining } from "./auto-release.ts";

const old = { version: "1", origin: "trained", state: "ready" } as const;

/** A model that learns, and what is released of it; `isBusy` while a release is under way. */
async function world(auto: "off" | "canary" | "full") {
  const wishes: ReleaseWish[] = [];
  const versions: Partial<Version>[] = [old];
  const looks = new Set<() => void>();
  const state = { isBusy: false, isFull: false, isKnown: true, stable: "1", canary: "1" };
  const releases = {
    deploy: async (wish: ReleaseWish, doer: object): Promise<Release> => {
      expect(doer).toEqual({ by: "auto" });
      wishes.push(wish);
      if (state.isBusy) throw new AppError("conflict", "another release is under way");
      if (state.isFull) throw new AppError("io_failed", "the disk is full");
      return {} as Release;
    },
    find: () => {
      if (!state.isKnown) return undefined;
      const { isBusy, canary: version } = state;
      const release = { model: "m", state: isBusy ? "paused" : "rolled-back", canary: { version } };
      return { release } as unknown as RunningRelease;
    },
    onLook: (look: () => void) => {
      looks.add(look);
      return () => {};
    },
  };
  const registry = {
    listModels: async () => [
      { id: "m", versions: [...versions], stable: state.stable } as unknown as Model,
    ],
  };
  await followTraining({ registry, releases, auto, logger: silentLogger });
  /** Adds versions, and looks a few times. */
  const come = async (...added: readonly Partial<Version>[]): Promise<void> => {
    versions.push(...added);
    for (let i = 0; i < 2; i++) {
      for (const look of looks) look();
      await settled();
    }
  };
  const versionsOf = (): string[] => wishes.map(({ version }) => version);
  return { wishes, state, versions, come, versionsOf };
}

/** What is released when versions come one after another. */
async function released(
  auto: "off" | "canary" | "full",
  ...added: readonly Partial<Version>[]
): Promise<ReleaseWish[]> {
  const { wishes, come } = await world(auto);
  for (const one of added) await come(one);
  return wishes;
}

const passed = { ...old, version: "2" };

describe("what follows a training", () => {
  it("is nothing unless the settings say so", async () => {
    expect(await released("off", passed)).toEqual([]);
  });

  it("is a canary that waits, or a whole release, once and whoever has trained", async () => {
    expect(await released("canary", passed)).toEqual([{ model: "m", version: "2", waits: true }]);
    const wishes = await released("full", passed, { ...passed, version: "3" });
    expect(wishes).toEqual([
      { model: "m", version: "2", waits: false },
      { model: "m", version: "3", waits: false },
    ]);
  });

  it("is nothing for a version that was refused, or that nobody trained", async () => {
    expect(await released("full", { ...passed, state: "refused" })).toEqual([]);
    expect(await released("full", { ...passed, origin: "added" })).toEqual([]);
  });

  it("waits for the end of another release, and is then of the newest alone", async () => {
    const { state, come, versionsOf } = await world("full");
    state.isBusy = true;
    await come(passed);
    await come({ ...passed, version: "3" }, { ...passed, version: "4" });
    expect(versionsOf()).toEqual([]);
    state.isBusy = false;
    await come();
    expect(versionsOf()).toEqual(["4"]);
  });

  it("is tried again where the other release is not known here", async () => {
    const { state, come, versionsOf } = await world("full");
    Object.assign(state, { isBusy: true, isKnown: false });
    await come(passed);
    expect(versionsOf()).toEqual(["2", "2"]);
    state.isBusy = false;
    await come();
    expect(versionsOf()).toEqual(["2", "2", "2"]);
    await come();
    expect(versionsOf()).toHaveLength(3);
  });

  it("is tried again where the disk refused it", async () => {
    const { state, come, versionsOf } = await world("full");
    state.isFull = true;
    await come(passed);
    expect(versionsOf()).toEqual(["2", "2"]);
    state.isFull = false;
    await come();
    await come();
    expect(versionsOf()).toEqual(["2", "2", "2"]);
  });

  it("comes for a later model of the same name too", async () => {
    const { versions, come, versionsOf } = await world("full");
    await come(passed);
    versions.splice(0);
    await come();
    await come(passed);
    expect(versionsOf()).toEqual(["2", "2"]);
  });

  it("is nothing for what a person has made stable, or released, by then", async () => {
    const { state, come, versionsOf } = await world("full");
    state.stable = "2";
    await come(passed);
    state.stable = "1";
    await come();
    Object.assign(state, { isBusy: true, canary: "3" });
    await come({ ...passed, version: "3" });
    state.isBusy = false;
    await come();
    expect(versionsOf()).toEqual([]);
  });
});
