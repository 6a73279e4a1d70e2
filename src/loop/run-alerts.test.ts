import { describe, expect, it } from "vitest";
import { AppError, silentLogger } from "../base/index.ts";
import type { Model, Version } from "../registry/index.ts";
import { settled } from "../../test/helpers/fake-timer.ts";
import type { FailedCommandRun } from "./command-runs.ts";
import { followCommands } from "./run-alerts.ts";
import type { WebhookEvent } from "./webhooks.ts";

const RUN = "command-12.34-a";
const failure = (run: string): FailedCommandRun => {
  return { run, model: "m", base: "1", code: "training_failed" };
};
const refused = (run: string): Partial<Version> => {
  const metrics = { run, gate: { passed: false, reasons: ["top-1 fell by 3 points"] } };
  return { model: "m", version: "2", origin: "trained", state: "refused", metrics };
};

/** A server that begins when these are there, and looks whenever it is told to. */
async function begin(there: {
  readonly failed?: readonly FailedCommandRun[];
  readonly versions?: readonly Partial<Version>[];
}) {
  const failed = [...(there.failed ?? [])];
  const versions = [...(there.versions ?? [])];
  const events: WebhookEvent[] = [];
  const forgotten: string[] = [];
  const looks = new Set<() => void>();
  const state = { isLocked: false };
  await followCommands({
    registry: {
      listModels: async () => {
        if (state.isLocked) throw new AppError("busy", "another process has locked the store");
        return [{ id: "m", versions } as unknown as Model];
      },
    },
    commands: {
      failed: async () => failed,
      forget: async (run) => void forgotten.push(run),
    },
    releases: {
      onLook: (look) => {
        looks.add(look);
        return () => {};
      },
    },
    notify: (event) => void events.push(event),
    logger: silentLogger,
  });
  const look = async (): Promise<void> => {
    for (let i = 0; i < 2; i++) {
      for (const each of looks) each();
      await settled();
    }
  };
  return { failed, versions, events, forgotten, state, look };
}

describe("what is told of commands that train beside a server", () => {
  it("is a failure and a refusal, each once, as of the server's own runs", async () => {
    const { failed, versions, events, forgotten, look } = await begin({});
    failed.push(failure(RUN));
    await look();
    versions.push(refused("command-12.34-b"));
    await look();
    const data = { run: RUN, model: "m", base: "1", code: "training_failed" };
    const reasons = ["top-1 fell by 3 points"];
    expect(events).toEqual([
      { type: "training.failed", data },
      { type: "gate.refused", data: { run: "command-12.34-b", model: "m", version: "2", reasons } },
    ]);
    expect(forgotten).toContain(RUN);
  });

  it("is nothing that ended before the server began", async () => {
    const there = { failed: [failure(RUN)], versions: [refused("command-12.34-b")] };
    const { events, look } = await begin(there);
    await look();
    expect(events).toEqual([]);
  });

  it("is nothing of a version that passed, of the server's own runs, or of what was added", async () => {
    const { versions, events, look } = await begin({});
    versions.push({ ...refused(RUN), state: "ready" }, refused("0b2a"), { metrics: {} });
    await look();
    expect(events).toEqual([]);
  });

  it("is what became of its version where the process was killed after it stored one", async () => {
    const { failed, versions, events, look } = await begin({});
    versions.push(refused(RUN), { ...refused("command-12.34-b"), state: "ready" });
    failed.push(failure(RUN), failure("command-12.34-b"));
    await look();
    expect(events.map(({ type }) => type)).toEqual(["gate.refused"]);
  });

  it("is told at a later look where the store could not be read", async () => {
    const { failed, events, state, look } = await begin({});
    failed.push(failure(RUN));
    state.isLocked = true;
    await look();
    expect(events).toEqual([]);
    state.isLocked = false;
    await look();
    expect(events).toHaveLength(1);
  });
});
