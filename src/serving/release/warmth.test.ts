// How a release waits for its canary to be warm.

import { afterEach, describe, expect, it } from "vitest";
import { createInProcessFleet } from "../../../test/helpers/in-process-fleet.ts";
import { FakeTimer, settled } from "../../../test/helpers/fake-timer.ts";
import { startInProcess } from "../../../test/helpers/in-process-replica.ts";
import { createStubFiller } from "../../../test/helpers/stub-filler.ts";
import { createReleases } from "../../../test/helpers/stub-releases.ts";
import { STUB_VERSIONS } from "../../../test/helpers/stub-versions.ts";
import { TYPICAL_INPUTS, type Filler } from "../../tasks/fill-mask/index.ts";
import type { Fleet } from "../fleet.ts";
import type { Releases } from "./releases.ts";

const MODEL = STUB_VERSIONS.id;
const LAST_TEXT = TYPICAL_INPUTS.at(-1)?.text;
const MAX_WAITING = 2;

let releases: Releases;
let fleet: Fleet;
let timer: FakeTimer;
/** Lets the canary answer the last typical text. */
let open: () => void;
let isBroken: boolean;

function setUp(steps: readonly number[]): void {
  timer = new FakeTimer();
  isBroken = false;
  const passed = new Promise<void>((resolve) => (open = resolve));
  const openFiller = async (directory: string): Promise<Filler> => {
    const stub = createStubFiller();
    return {
      ...stub,
      fill: async (inputs) => {
        if (directory === "dir-2" && inputs[0]?.text === LAST_TEXT) await passed;
        if (isBroken) throw new TypeError("a bug");
        return stub.fill(inputs);
      },
    };
  };
  fleet = createInProcessFleet({
    defaultModel: MODEL,
    startChild: (listeners) => startInProcess(listeners, [], openFiller),
    replicaCount: 2,
    maxWaiting: MAX_WAITING,
    timer,
  });
  releases = createReleases({
    fleet,
    settings: { steps, intervalMs: 0, retentionMs: 0, limits: { sampleMin: 1 } },
    timer,
  });
}

afterEach(async () => {
  releases.close();
  await fleet.end();
});

async function deploy(): Promise<void> {
  await releases.start();
  await releases.deploy({ model: MODEL, version: "2" }, { by: "http" });
  await timer.pass(3000);
}

function position(): readonly [string, number] | undefined {
  const release = releases.find(MODEL)?.release;
  return release && [release.state, release.share];
}

describe("a release whose canary is not warm", () => {
  it("stays at its first share of 5 % however long that has lasted, and goes on after", async () => {
    setUp([5, 100]);
    await deploy();
    expect(position()).toEqual(["canary", 0.05]);
    open();
    await timer.pass(10_000);
    expect(position()).toEqual(["promoted", 1]);
  });

  it("has no share when its first is larger", async () => {
    setUp([20, 100]);
    await deploy();
    expect(position()).toEqual(["warm", 0]);
    open();
    await timer.pass(10);
    expect(position()).toEqual(["canary", 0.2]);
  });

  it("is promoted by a person as soon as it is warm, and not before", async () => {
    setUp([5, 100]);
    await deploy();
    const small = await releases.move(MODEL, { kind: "promote", share: 0.04 }, { by: "http" });
    expect(small.share).toBe(0.04);
    const promoted = releases.move(MODEL, { kind: "promote" }, { by: "http" });
    await settled();
    expect(position()).toEqual(["canary", 0.04]);
    open();
    expect(await promoted).toMatchObject({ state: "promoted" });
  });

  it("can be taken back while a promotion waits, which then means nothing", async () => {
    setUp([5, 100]);
    await deploy();
    const promoted = releases.move(MODEL, { kind: "promote" }, { by: "http" });
    promoted.catch(() => {});
    await releases.move(MODEL, { kind: "rollback" }, { by: "http" });
    expect(position()).toEqual(["rolled-back", 0]);
    await expect(promoted).rejects.toMatchObject({ code: "conflict" });
  });

  it("is taken back when a typical text is not answered, also from a promotion", async () => {
    setUp([5, 100]);
    await deploy();
    const promoted = releases.move(MODEL, { kind: "promote" }, { by: "http" });
    promoted.catch(() => {});
    isBroken = true;
    open();
    await expect(promoted).rejects.toMatchObject({ code: "conflict" });
    await timer.pass(1000);
    expect(position()).toEqual(["rolled-back", 0]);
  });

  it("goes on when the queue of the canary is full", async () => {
    setUp([20, 100]);
    await releases.start();
    await releases.deploy({ model: MODEL, version: "2" }, { by: "http" });
    const live = fleet.open({ id: MODEL, version: "2", directory: "dir-2" });
    const inputs = [{ text: "[MASK]", topK: 1 }];
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => live.submit(inputs, { deadlineMs: 60_000 })),
    );
    const refused = answers.filter((answer) => answer.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    open();
    await timer.pass(0);
    await timer.pass(10);
    expect(position()).toEqual(["canary", 0.2]);
  });
});
