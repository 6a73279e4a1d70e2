// A canary that fails one request in a hundred, through the whole way of a request: gateway, queues
// and replicas of the stub filler in this process, on a clock of its own.

import { afterEach, expect, it } from "vitest";
import { AnswerCache } from "../../src/serving/answer-cache.ts";
import { Gateway, type Routing } from "../../src/serving/gateway.ts";
import type { Fleet } from "../../src/serving/fleet.ts";
import type { Releases } from "../../src/serving/release/releases.ts";
import { armFor, type Arm } from "../../src/serving/release/route.ts";
import { TYPICAL_INPUTS } from "../../src/tasks/fill-mask/index.ts";
import { FakeTimer, settled } from "../helpers/fake-timer.ts";
import { createInProcessFleet } from "../helpers/in-process-fleet.ts";
import { startInProcess } from "../helpers/in-process-replica.ts";
import { seeds } from "../helpers/simulated-canary.ts";
import { createStubFiller } from "../helpers/stub-filler.ts";
import { createReleases, resolveStub } from "../helpers/stub-releases.ts";
import { STUB_VERSIONS } from "../helpers/stub-versions.ts";

const MODEL = STUB_VERSIONS.id;
/** Between two requests of an arm: 50 a second. */
const PAUSE_MS = 20;
const SECONDS = 60;

let timer: FakeTimer;
let fleet: Fleet;
let gateway: Gateway;
let releases: Releases;

function setUp(errorShare: number, seed: number): void {
  timer = new FakeTimer();
  const behaviour = { failsFrom: TYPICAL_INPUTS.length + 1, errorShare, seed };
  fleet = createInProcessFleet({
    defaultModel: MODEL,
    startChild: (listeners) =>
      startInProcess(listeners, [], async (directory) =>
        createStubFiller(directory, directory === "dir-2" ? behaviour : {}),
      ),
    timer,
  });
  releases = createReleases({
    fleet,
    settings: { steps: [50], intervalMs: 3_600_000, retentionMs: 0 },
    timer,
  });
  const routingOf = (model: string): Routing | undefined => releases.routingOf(model);
  const cache = new AnswerCache(0);
  gateway = new Gateway({
    defaultModel: MODEL,
    resolve: resolveStub,
    fleet,
    cache,
    timer,
    routingOf,
  });
}

afterEach(async () => {
  releases.close();
  await fleet.end();
});

const release = () => releases.find(MODEL)?.release;

/** A user of each arm at the present share. */
function users(): Readonly<Record<Arm, string>> {
  const salt = release()?.id ?? "";
  const names = Array.from({ length: 100 }, (_, i) => `user ${i}`);
  const userOf = (arm: Arm): string => names.find((key) => armFor(salt, 0.5, key) === arm) ?? "";
  return { stable: userOf("stable"), canary: userOf("canary") };
}

/**
 * Asks both arms 50 times a second until the release has ended; gives the seconds that took, or
 * undefined when it is under way after a minute. An answer that fails, fails the test.
 */
async function secondsToEnd(): Promise<number | undefined> {
  await releases.start();
  await releases.deploy({ model: MODEL, version: "2" }, { by: "http" });
  await settled();
  expect(release()).toMatchObject({ state: "canary", share: 0.5 });
  const userOf = users();
  const startMs = timer.monotonicMs();
  while (timer.monotonicMs() < startMs + 1000 * SECONDS) {
    for (const arm of ["stable", "canary"] as const) {
      const inputs = [{ text: "水[MASK]", topK: 1 }];
      await gateway.answer({ inputs, userKey: userOf[arm], deadlineMs: 1000 });
    }
    await timer.pass(PAUSE_MS);
    if (release()?.state !== "canary") return (timer.monotonicMs() - startMs) / 1000;
  }
  return undefined;
}

it.each(seeds(10))(
  "is taken back within 60 s at 50 requests/s, and no request fails with it (seed %i)",
  async (seed) => {
    setUp(0.01, seed);
    expect(await secondsToEnd()).toBeLessThanOrEqual(SECONDS);
    // The breaker and the gate of the step look at the same errors; whichever is sure first.
    expect(release()).toMatchObject({
      state: "rolled-back",
      share: 0,
      by: expect.stringMatching(/^(breaker|gate)$/) as string,
      why: { code: expect.stringMatching(/^(failing|errors)$/) as string },
    });
  },
);

it("is left alone where it fails nothing", async () => {
  setUp(0, 0);
  expect(await secondsToEnd()).toBeUndefined();
  expect(releases.find(MODEL)?.lastMinute().canary).toMatchObject({ events: 0 });
});
