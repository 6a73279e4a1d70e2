// What follows a promotion: who answers, right away and after a restart, and what a person may
// still do about it.

import { afterEach, describe, expect, it } from "vitest";
import { AppError } from "../../base/index.ts";
import { createInProcessFleet } from "../../../test/helpers/in-process-fleet.ts";
import { FakeTimer, settled } from "../../../test/helpers/fake-timer.ts";
import { startInProcess } from "../../../test/helpers/in-process-replica.ts";
import { createStubFiller } from "../../../test/helpers/stub-filler.ts";
import { createReleases } from "../../../test/helpers/stub-releases.ts";
import { STUB_VERSIONS } from "../../../test/helpers/stub-versions.ts";
import type { Release, ResolvedVersion } from "../../registry/index.ts";
import type { Filler } from "../../tasks/fill-mask/index.ts";
import { AnswerCache } from "../answer-cache.ts";
import type { ReplicaListeners } from "../child.ts";
import type { Fleet } from "../fleet.ts";
import { Gateway, type FillAnswer, type Routing } from "../gateway.ts";
import type { Releases } from "./releases.ts";

const MODEL = STUB_VERSIONS.id;
const RETENTION_MS = 100_000;
const DEADLINE_MS = 1000;

let timer: FakeTimer;
let fleet: Fleet;
let gateway: Gateway;
let releases: Releases;
/** What is on disk. */
let saved: Release | undefined;
let stable: string;
/** All processes, the newest last. */
let processes: ReplicaListeners[];
/** What keeps processes of version 2 from starting, and from answering; and what is wrong there. */
let starting: Promise<void>;
let answering: Promise<void>;
let problem: Error | undefined;
/** What keeps processes of version 1 from starting, and rejects where they cannot. */
let startingOld: Promise<void>;
let isDiskFull: boolean;

async function openFiller(directory: string): Promise<Filler> {
  const stub = createStubFiller();
  if (directory !== "dir-2") {
    await startingOld;
    return stub;
  }
  await starting;
  if (problem instanceof AppError) throw problem;
  return {
    ...stub,
    fill: async (inputs) => {
      await answering;
      if (problem !== undefined) throw problem;
      return stub.fill(inputs);
    },
  };
}

function create(): void {
  timer = new FakeTimer();
  processes = [];
  fleet = createInProcessFleet({
    defaultModel: MODEL,
    startChild: (listeners) => {
      processes.push(listeners);
      return startInProcess(listeners, [], openFiller);
    },
    maxWaiting: 1,
    timer,
  });
  const resolve = async (reference: string): Promise<ResolvedVersion> => {
    const named = reference.split("@")[1];
    const version = named ?? stable;
    const resolved = { id: MODEL, version, directory: `dir-${version}` };
    return named === undefined ? resolved : { ...resolved, isPinned: true };
  };
  releases = createReleases({
    registry: { resolve, showModel: async () => ({ ...STUB_VERSIONS, stable }) },
    identify: async ({ version }) => ({ sha256: version.repeat(64), temperature: null }),
    store: {
      newest: async () => (saved === undefined ? [] : [saved]),
      save: async (release, before) => {
        if (isDiskFull) throw new AppError("io_failed", "the disk is full");
        if (before !== undefined && saved?.since !== before.since) {
          throw new AppError("conflict", "it has moved");
        }
        if (release.state === "promoted") stable = release.canary.version;
        else if (saved?.state === "promoted") stable = release.stable.version;
        saved = release;
      },
    },
    fleet,
    settings: { steps: [50, 100], intervalMs: 3_600_000, retentionMs: RETENTION_MS },
    timer,
  });
  const routingOf = (model: string): Routing | undefined => releases.routingOf(model);
  const cache = new AnswerCache(0);
  gateway = new Gateway({ defaultModel: MODEL, resolve, fleet, cache, timer, routingOf });
}

/** Version 2, right after its promotion. */
async function promote(): Promise<void> {
  saved = undefined;
  stable = "1";
  starting = answering = startingOld = Promise.resolve();
  problem = undefined;
  isDiskFull = false;
  create();
  await releases.start();
  await releases.deploy({ model: MODEL, version: "2" }, { by: "http" });
  await timer.pass(100);
  await releases.move(MODEL, { kind: "promote" }, { by: "http" });
}

async function close(): Promise<void> {
  releases.close();
  await fleet.end();
}

/** The next server over the same data, a moment after its start. */
async function restart(): Promise<void> {
  await close();
  create();
  await releases.start();
  await timer.pass(100);
}

const ask = (): Promise<FillAnswer> =>
  gateway.answer({ inputs: [{ text: "[MASK]", topK: 1 }], deadlineMs: DEADLINE_MS });

function createGate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}

const rollBack = (): Promise<Release> => releases.move(MODEL, { kind: "rollback" }, { by: "http" });
const isLive = (version: string): boolean => fleet.find({ id: MODEL, version }) !== undefined;
const state = (): string | undefined => releases.find(MODEL)?.release.state;

describe("a promoted version", () => {
  afterEach(close);

  it("answers what is asked right after a restart, before its processes have started", async () => {
    await promote();
    const gate = createGate();
    starting = gate.passed;
    await restart();
    expect(fleet.find({ id: MODEL, version: "1" })?.state).toBe("ready");
    const answer = ask();
    await settled();
    await timer.pass(DEADLINE_MS - 1);
    gate.open();
    expect(await answer).toMatchObject({ version: "2" });
  });

  it("is not blamed for what it has no time for while it starts", async () => {
    await promote();
    const gate = createGate();
    starting = gate.passed;
    await restart();
    for (let i = 0; i < 30; i++) {
      const answer = ask();
      answer.catch(() => {});
      await settled();
      await timer.pass(DEADLINE_MS);
      await expect(answer).rejects.toMatchObject({ code: "deadline_exceeded" });
    }
    expect(state()).toBe("promoted");
    gate.open();
    await settled();
    expect(await ask()).toMatchObject({ version: "2" });
  });

  it("is blamed for what kills its processes, also while they start", async () => {
    await promote();
    for (let i = 0; i < 30; i++) {
      processes.at(-1)?.onExit("signal SIGKILL");
      const gate = createGate();
      answering = gate.passed;
      const answer = ask();
      answer.catch(() => {});
      await settled();
      await timer.pass(100);
      problem = new TypeError("a bug");
      gate.open();
      await settled();
      problem = undefined;
    }
    expect(releases.find(MODEL)?.lastMinute().canary.events).toBeGreaterThan(0);
  });

  it("says that it is busy, rather than have the old version answer", async () => {
    await promote();
    const gate = createGate();
    answering = gate.passed;
    const answers = [ask(), ask()];
    await settled();
    await expect(ask()).rejects.toMatchObject({ code: "busy" });
    gate.open();
    for (const answer of answers) expect(await answer).toMatchObject({ version: "2" });
  });

  it("is waited for while its only process starts again", async () => {
    await promote();
    processes.at(-1)?.onExit("signal SIGKILL");
    const answer = ask();
    await settled();
    await timer.pass(100);
    expect(await answer).toMatchObject({ version: "2" });
  });

  it("is answered for where it fails, and taken back when that goes on", async () => {
    await promote();
    problem = new TypeError("a bug");
    expect(await ask()).toMatchObject({ version: "1" });
    expect(releases.find(MODEL)?.lastMinute().canary).toMatchObject({ events: 1 });
    for (let i = 0; i < 40; i++) expect(await ask()).toMatchObject({ version: "1" });
    await timer.pass(2000);
    expect([saved?.state, saved?.by, stable]).toEqual(["rolled-back", "breaker", "1"]);
  });

  it("is taken back when it cannot be opened after a restart", async () => {
    await promote();
    problem = new AppError("damaged_file", "model.safetensors is not what was stored");
    await restart();
    await timer.pass(2000);
    expect([saved?.state, saved?.by, stable]).toEqual(["rolled-back", "breaker", "1"]);
    expect(saved?.reason).toContain("not what was stored");
    expect(await ask()).toMatchObject({ version: "1" });
  });
});

describe("a release that another server has moved", () => {
  afterEach(close);

  it("is gone on with from there, and its processes with it", async () => {
    await promote();
    const moved = { ...saved!, state: "paused", share: 0.5, since: "2099-01-01T00:00:00.000Z" };
    saved = moved as Release;
    await expect(rollBack()).rejects.toMatchObject({ code: "conflict" });
    await timer.pass(100);
    expect(releases.find(MODEL)?.release).toEqual(moved);
    expect(["1", "2"].filter(isLive)).toEqual(["1", "2"]);
    expect(await rollBack()).toMatchObject({ state: "rolled-back", share: 0 });
  });
});

describe("the end of the retention", () => {
  afterEach(close);

  it.each([
    ["2", ["2"]],
    ["1", ["1"]],
    ["3", []],
  ] as const)("ends what is not stable, where that is version %s", async (chosen, left) => {
    await promote();
    stable = chosen;
    await timer.pass(RETENTION_MS - 1000);
    expect(["1", "2"].filter(isLive)).toEqual(["1", "2"]);
    await timer.pass(2000);
    expect(["1", "2"].filter(isLive)).toEqual(left);
  });

  it("comes once: whoever asks for the old version later has it", async () => {
    await promote();
    await timer.pass(RETENTION_MS + 2000);
    const gate = createGate();
    startingOld = gate.passed;
    const warm = gateway.warm(`${MODEL}@1`);
    warm.catch(() => {});
    await timer.pass(5000);
    gate.open();
    await warm;
    const count = processes.length;
    await timer.pass(5000);
    expect([isLive("1"), processes.length]).toEqual([true, count]);
  });
});

describe("a switch-back after the retention", () => {
  afterEach(close);

  it("has the old version ready before the new one ends", async () => {
    await promote();
    await timer.pass(RETENTION_MS + 2000);
    const gate = createGate();
    startingOld = gate.passed;
    const back = rollBack();
    await settled();
    await timer.pass(3000);
    expect([isLive("1"), saved?.state]).toEqual([true, "promoted"]);
    expect(await ask()).toMatchObject({ version: "2" });
    gate.open();
    expect(await back).toMatchObject({ state: "rolled-back" });
    expect(fleet.find({ id: MODEL, version: "1" })?.state).toBe("ready");
    expect(await ask()).toMatchObject({ version: "1" });
    await timer.pass(1000);
    expect(["1", "2"].filter(isLive)).toEqual(["1"]);
  });

  it("is refused where the old version cannot be opened, and the new one goes on", async () => {
    await promote();
    await timer.pass(RETENTION_MS + 2000);
    startingOld = Promise.reject(new AppError("damaged_file", "broken"));
    startingOld.catch(() => {});
    await expect(rollBack()).rejects.toMatchObject({ code: "damaged_file" });
    expect([saved?.state, isLive("1")]).toEqual(["promoted", false]);
    expect(await ask()).toMatchObject({ version: "2" });
  });

  it("leaves no process of the old version where it cannot be written down", async () => {
    await promote();
    await timer.pass(RETENTION_MS + 2000);
    isDiskFull = true;
    await expect(rollBack()).rejects.toMatchObject({ code: "io_failed" });
    await settled();
    expect([saved?.state, isLive("1"), isLive("2")]).toEqual(["promoted", false, true]);
  });
});

describe("a promotion that waits for its canary to load after a restart", () => {
  afterEach(close);

  it("means nothing once the release is taken back", async () => {
    await promote();
    saved = { ...saved!, state: "canary", share: 0.5 };
    stable = "1";
    starting = createGate().passed;
    await restart();
    const promotion = releases.move(MODEL, { kind: "promote" }, { by: "http" });
    promotion.catch(() => {});
    await settled();
    expect(await rollBack()).toMatchObject({ state: "rolled-back" });
    await timer.pass(1000);
    await expect(promotion).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("a switch-back after a person has made another version stable", () => {
  afterEach(close);

  it("is refused where it would change nothing", async () => {
    await promote();
    stable = "3";
    await expect(rollBack()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining(`${MODEL}@3 was made stable after`) as string,
    });
    expect(saved?.state).toBe("promoted");
  });

  it("ends the release where that is the old one", async () => {
    await promote();
    stable = "1";
    expect(await rollBack()).toMatchObject({ state: "rolled-back" });
    expect(stable).toBe("1");
  });
});
