import { describe, expect, it } from "vitest";
import { silentLogger } from "../base/index.ts";
import type { Model, Release, Version } from "../registry/index.ts";
import type { ReleaseWish } from "../serving/index.ts";
import { settled } from "../../test/helpers/fake-timer.ts";
import { followTraining } from "./auto-release.ts";

const old = { version: "1", origin: "trained", state: "ready" } as const;

/** Versions that are released after `come` are there, beside one that was there before. */
async function released(
  auto: "off" | "canary" | "full",
  ...come: readonly Partial<Version>[]
): Promise<ReleaseWish[]> {
  const wishes: ReleaseWish[] = [];
  const versions: Partial<Version>[] = [old];
  const looks = new Set<() => void>();
  const releases = {
    deploy: async (wish: ReleaseWish, doer: object): Promise<Release> => {
      expect(doer).toEqual({ by: "auto" });
      wishes.push(wish);
      return {} as Release;
    },
    onLook: (look: () => void) => {
      looks.add(look);
      return () => {};
    },
  };
  const registry = { listModels: async () => [{ id: "m", versions } as unknown as Model] };
  await followTraining({ registry, releases, auto, logger: silentLogger });
  for (const one of come) {
    versions.push(one);
    for (let i = 0; i < 2; i++) {
      for (const look of looks) look();
      await settled();
    }
  }
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
});
