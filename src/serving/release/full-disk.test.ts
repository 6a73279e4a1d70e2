// A disk that is full whenever a release wants to write where it is.

import { beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../base/index.ts";
import { createInProcessFleet } from "../../../test/helpers/in-process-fleet.ts";
import { FakeTimer } from "../../../test/helpers/fake-timer.ts";
import { createReleases, resolveStub } from "../../../test/helpers/stub-releases.ts";
import { STUB_VERSIONS } from "../../../test/helpers/stub-versions.ts";
import type { Release } from "../../registry/index.ts";
import type { ReleaseState } from "../../wire/index.ts";
import { AnswerCache } from "../answer-cache.ts";
import { Gateway } from "../gateway.ts";
import type { Releases } from "./releases.ts";

const MODEL = STUB_VERSIONS.id;
const LOOK_MS = 1000;
/** As many as all texts of the running in, and more. */
const SETTLING_MS = 5000;

let timer: FakeTimer;
let gateway: Gateway;
let releases: Releases;
let isFull: boolean;
/** What is on disk. */
let saved: Release | undefined;

beforeEach(() => {
  timer = new FakeTimer();
  isFull = false;
  saved = undefined;
  const fleet = createInProcessFleet({
    defaultModel: MODEL,
    timer,
  });
  releases = createReleases({
    store: {
      newest: async () => [],
      save: async (release) => {
        if (isFull) throw new AppError("io_failed", "the disk is full");
        saved = release;
      },
    },
    fleet,
    settings: { steps: [50, 100], intervalMs: 3_600_000, retentionMs: 0 },
    timer,
  });
  gateway = new Gateway({
    defaultModel: MODEL,
    resolve: resolveStub,
    fleet,
    cache: new AnswerCache(0),
    timer,
    routingOf: (model) => releases.routingOf(model),
  });
});

const order = { model: MODEL, version: "2" };

async function settle(ms = SETTLING_MS): Promise<void> {
  for (let passed = 0; passed < ms; passed += LOOK_MS / 10) await timer.pass(LOOK_MS / 10);
}

/** Versions that answered a hundred users. */
async function answering(): Promise<string[]> {
  const versions = new Set<string>();
  for (let user = 0; user < 100; user++) {
    const inputs = [{ text: "[MASK]", topK: 1 }];
    const answer = await gateway.answer({ inputs, userKey: String(user), deadlineMs: 1000 });
    versions.add(answer.version);
  }
  return [...versions].toSorted();
}

function state(): ReleaseState | undefined {
  return releases.find(MODEL)?.release.state;
}

describe("a release on a full disk", () => {
  it("does not begin", async () => {
    isFull = true;
    await expect(releases.deploy(order, { by: "http" })).rejects.toMatchObject({
      code: "io_failed",
    });
    expect(releases.list()).toEqual([]);
    expect(await answering()).toEqual(["1"]);
  });

  it("stays where it is when a person moves it, and can be moved once there is room", async () => {
    await releases.deploy(order, { by: "http" });
    await settle();
    expect(state()).toBe("canary");
    isFull = true;
    for (const kind of ["promote", "pause", "rollback"] as const) {
      const moved = releases.move(MODEL, { kind }, { by: "http" });
      await expect(moved).rejects.toMatchObject({ code: "io_failed" });
      expect([state(), saved?.state]).toEqual(["canary", "canary"]);
      expect(await answering()).toEqual(["1", "2"]);
    }
    isFull = false;
    await releases.move(MODEL, { kind: "rollback" }, { by: "http" });
    expect([state(), saved?.state]).toEqual(["rolled-back", "rolled-back"]);
    expect(await answering()).toEqual(["1"]);
  });

  it("is taken back by the breaker as soon as there is room", async () => {
    await releases.start();
    await releases.deploy(order, { by: "http" });
    await settle();
    isFull = true;
    const { evidence } = releases.find(MODEL) ?? {};
    for (let i = 0; i < 200; i++) {
      const isError = i % 2 === 0;
      evidence?.observe({ arm: "canary", isError, ms: 1, confidence: 0.5 }, timer.monotonicMs());
    }
    await settle(3 * LOOK_MS);
    expect([state(), saved?.state]).toEqual(["canary", "canary"]);
    isFull = false;
    await settle(3 * LOOK_MS);
    expect([state(), saved?.state, saved?.by]).toEqual(["rolled-back", "rolled-back", "breaker"]);
    expect(await answering()).toEqual(["1"]);
  });

  it("answers nobody while there is no room for its first step, and fails once there is", async () => {
    await releases.start();
    await releases.deploy(order, { by: "http" });
    isFull = true;
    await settle();
    expect(saved?.state).toBe("loading");
    expect(await answering()).toEqual(["1"]);
    isFull = false;
    await settle();
    expect(saved?.state).toBe("failed");
  });
});
