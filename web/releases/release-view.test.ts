import { describe, expect, it } from "vitest";
import { choicesOf, hasNews, movesOf, releaseOf, splitOf, stepsOf } from "./release-view.ts";
import { stubDeployment, stubRelease } from "../../test/helpers/stub-deployments.ts";

describe("the release that a deployment is about", () => {
  it("is the one under way, and the last one while its outcome stands", () => {
    expect(releaseOf(stubDeployment())).toBeDefined();
    const over = { canary: null, share: 0 };
    expect(releaseOf(stubDeployment({ ...over, state: "promoted", stable: "2" }))).toBeDefined();
    expect(releaseOf(stubDeployment({ ...over, state: "rolled-back" }))).toBeDefined();
  });

  it("is none before the first, and none when another version was chosen since", () => {
    const over = { canary: null, share: 0, state: "promoted" } as const;
    expect(releaseOf(stubDeployment({ ...over, release: null }))).toBeUndefined();
    expect(releaseOf(stubDeployment({ ...over, stable: "3" }))).toBeUndefined();
  });

  it("is news when there is one, and when a version that never took over cannot answer", () => {
    const over = { canary: null, share: 0, state: "promoted" } as const;
    expect(hasNews(stubDeployment({ ...over, stable: "2" }))).toBe(true);
    expect(hasNews(stubDeployment({ ...over, release: null }))).toBe(false);
    expect(hasNews(stubDeployment({ ...over, release: null, state: "failed" }))).toBe(true);
  });
});

it("splits all requests between the arms", () => {
  expect(splitOf(stubDeployment({ share: 20 }))).toEqual([
    { arm: "stable", version: "1", percent: 80 },
    { arm: "canary", version: "2", percent: 20 },
  ]);
  expect(splitOf(stubDeployment({ share: 8.04 }))[0]).toMatchObject({ percent: 91.96 });
  expect(splitOf(stubDeployment({ canary: null, share: 0 }))).toHaveLength(1);
});

it("places the steps around the present share", () => {
  const deployment = stubDeployment({ share: 20 });
  const release = stubRelease();
  const steps = stepsOf(deployment, release);
  expect(steps.map(({ place }) => place)).toEqual(["past", "now", "ahead", "ahead"]);
  const over = stepsOf({ ...deployment, state: "promoted", share: 0 }, release);
  expect(over.every(({ place }) => place === "past")).toBe(true);
});

it("offers what the state allows", () => {
  const release = stubRelease();
  const offered = (state: Parameters<typeof choicesOf>[0]["state"]) =>
    choicesOf(stubDeployment({ state }), release);
  expect(offered("canary")).toMatchObject({ canPromote: true, canPause: true, canResume: false });
  expect(offered("paused")).toMatchObject({ canPromote: true, canPause: false, canResume: true });
  expect(offered("loading")).toMatchObject({ canPromote: false, canGoBack: true });
});

it("shows the moves of this release and not those of an earlier one", () => {
  const move = { by: "http", to: "canary", share: 0.05, reason: "" } as const;
  const release = stubRelease({ createdAt: "2026-01-02T00:00:00.000Z" });
  const [old, first, last] = ["2026-01-01", "2026-01-02", "2026-01-03"].map((day) => {
    return { ...move, at: `${day}T00:00:00.000Z` };
  });
  expect(movesOf(release, [old!, first!, last!])).toEqual([last, first]);
});
