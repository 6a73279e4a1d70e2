import { describe, expect, it } from "vitest";
import { silentLogger } from "../base/index.ts";
import type { Release } from "../registry/index.ts";
import type { ReleaseWish } from "../serving/index.ts";
import type { TrainingRun } from "../wire/index.ts";
import { followTraining } from "./auto-release.ts";

/** Versions that are released after a run of these facts. */
function released(auto: "off" | "canary" | "full", run: object): ReleaseWish[] {
  const wishes: ReleaseWish[] = [];
  const training = {
    subscribe: (listener: (changed: TrainingRun) => void) => {
      listener({ model: "m", state: "finished", ...run } as TrainingRun);
      return () => {};
    },
  };
  const deploy = async (wish: ReleaseWish): Promise<Release> => {
    wishes.push(wish);
    return {} as Release;
  };
  followTraining(training, { releases: { deploy }, auto, logger: silentLogger });
  return wishes;
}

const passed = { result: { version: "2", gate: { passed: true } } };
const refused = { result: { version: "2", gate: { passed: false } } };

describe("what follows a training", () => {
  it("is nothing unless the settings say so", () => {
    expect(released("off", passed)).toEqual([]);
  });

  it("is a canary that waits, or a whole release", () => {
    expect(released("canary", passed)).toEqual([{ model: "m", version: "2", waits: true }]);
    expect(released("full", passed)).toEqual([{ model: "m", version: "2", waits: false }]);
  });

  it("is nothing for a version that was refused, or a run that goes on", () => {
    expect(released("full", refused)).toEqual([]);
    expect(released("full", { ...passed, state: "running" })).toEqual([]);
    expect(released("full", { state: "failed" })).toEqual([]);
  });
});
