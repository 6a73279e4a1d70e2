import { afterEach, describe, expect, it } from "vitest";
import { createInProcessFleet } from "../../../test/helpers/in-process-fleet.ts";
import { FakeTimer } from "../../../test/helpers/fake-timer.ts";
import { startInProcess } from "../../../test/helpers/in-process-replica.ts";
import { createStubFiller } from "../../../test/helpers/stub-filler.ts";
import { createReleases } from "../../../test/helpers/stub-releases.ts";
import { STUB_VERSIONS } from "../../../test/helpers/stub-versions.ts";
import type { Release } from "../../registry/index.ts";
import type { Candidate, Filler } from "../../tasks/fill-mask/index.ts";
import type { Fleet } from "../fleet.ts";
import { CANARY_LIMITS } from "./limits.ts";
import { askBoth, PROBES } from "./probing.ts";
import type { Releases } from "./releases.ts";

const MODEL = STUB_VERSIONS.id;

type Change = (candidates: readonly Candidate[], probe: number) => readonly Candidate[];

/** The stub's answers, of whose candidates `change` makes others. */
function createOther(change: Change): Filler {
  const stub = createStubFiller();
  return {
    ...stub,
    fill: async (inputs) => {
      const outputs = await stub.fill(inputs);
      return outputs.map(({ blanks }, i) => {
        const probe = PROBES.findIndex(({ text }) => text === inputs[i]?.text);
        const changed = blanks.map(({ candidates }) => ({ candidates: change(candidates, probe) }));
        return { blanks: changed };
      });
    },
  };
}

/** The same scores for other words, in the probes that `isOther` says. */
const withOtherWords =
  (isOther: (probe: number) => boolean): Change =>
  (candidates, probe) => {
    const words = candidates.map(({ text }) => text).toReversed();
    if (!isOther(probe)) return candidates;
    return candidates.map((candidate, i) => ({ ...candidate, text: words[i] ?? "" }));
  };

const withLessConfidence: Change = (candidates) =>
  candidates.map((candidate) => ({ ...candidate, score: 0.4 * candidate.score }));

it("asks both arms, and starts none that has ended meanwhile", async () => {
  const timer = new FakeTimer();
  const fleet = createInProcessFleet({
    defaultModel: "m",
    timer,
  });
  const arms = {
    stable: { id: "m", version: "1", directory: "dir-1" },
    canary: { id: "m", version: "2", directory: "dir-2" },
  };
  for (const version of Object.values(arms)) fleet.open(version);
  const clock = { nowMs: () => timer.monotonicMs(), monotonicMs: () => timer.monotonicMs() };
  const fine = { isError: false, ms: 0, confidence: 0.5 };
  const pair = await askBoth(fleet, arms, { turn: 0, clock });
  expect(pair).toEqual({ text: PROBES[0]?.text, stable: fine, canary: fine, isSame: true });
  await fleet.retire(arms.canary);
  expect(await askBoth(fleet, arms, { turn: 1, clock })).toBeUndefined();
  expect(fleet.find(arms.canary)).toBeUndefined();
  await fleet.end();
});

it("has another question for each probe of a step", () => {
  expect(new Set(PROBES.map(({ text }) => text)).size).toBe(PROBES.length);
  expect(PROBES.length).toBeGreaterThan(CANARY_LIMITS.sampleMin);
  const hidden = PROBES.filter(({ text }) => text.split("[MASK]").length === 3);
  expect(hidden.length).toBe(PROBES.length - 16);
  expect(hidden[0]?.text).toBe("[MASK]风又绿江南[MASK]，明月何时照我还。");
});

describe("a release without traffic", () => {
  let fleet: Fleet;
  let releases: Releases;
  /** Shares that the canary has had. */
  let shares: number[];

  afterEach(async () => {
    releases.close();
    await fleet.end();
  });

  /** How it ends when only probes tell what the canary answers. */
  async function release(change: Change): Promise<Release | undefined> {
    const timer = new FakeTimer();
    shares = [];
    fleet = createInProcessFleet({
      defaultModel: MODEL,
      startChild: (listeners) =>
        startInProcess(listeners, [], async (directory) =>
          directory === "dir-2" ? createOther(change) : createStubFiller(),
        ),
      timer,
    });
    releases = createReleases({
      fleet,
      settings: { steps: [5, 20, 100], intervalMs: 0, retentionMs: 0 },
      timer,
    });
    releases.onMove(({ share }) => shares.push(share));
    await releases.start();
    await releases.deploy({ model: MODEL, version: "2" }, { by: "http" });
    await timer.pass(30_000);
    return releases.find(MODEL)?.release;
  }

  it.each([
    ["all", () => true],
    ["most", (probe: number) => probe % 4 !== 0],
  ])("is taken back in its first step where the words are others in %s", async (_, isOther) => {
    expect(await release(withOtherWords(isOther))).toMatchObject({
      state: "rolled-back",
      by: "gate",
      why: { code: "agreement", isProven: true },
    });
    expect(Math.max(...shares)).toBe(0.05);
  });

  it("is taken back where the same words are far less sure", async () => {
    expect(await release(withLessConfidence)).toMatchObject({
      state: "rolled-back",
      by: "gate",
      why: { code: "confidence", isProven: true },
    });
    expect(Math.max(...shares)).toBe(0.05);
  });

  it.each([
    ["the same", () => false],
    ["others in a few", (probe: number) => probe % 8 === 0],
  ])("passes all its steps where the words are %s", async (_, isOther) => {
    expect(await release(withOtherWords(isOther))).toMatchObject({ state: "promoted" });
    expect(new Set(shares)).toEqual(new Set([0, 0.05, 0.2, 1]));
  });
});
