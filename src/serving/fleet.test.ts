import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../base/index.ts";
import { appErrorOf } from "../../test/helpers/app-error.ts";
import { createInProcessFleet } from "../../test/helpers/in-process-fleet.ts";
import { FakeTimer } from "../../test/helpers/fake-timer.ts";
import { startInProcess } from "../../test/helpers/in-process-replica.ts";
import { createStubFiller } from "../../test/helpers/stub-filler.ts";
import { TYPICAL_INPUTS } from "../tasks/fill-mask/index.ts";
import type { ReplicaListeners } from "./child.ts";
import type { Fleet } from "./fleet.ts";
import type { LiveVersion } from "./live-version.ts";

const LAST_TEXT = TYPICAL_INPUTS.at(-1)?.text;

let fleet: Fleet;
let timer: FakeTimer;
/** Directories, as processes were told to open them. */
let opened: string[];
/** All processes, the newest last. */
let processes: ReplicaListeners[];

beforeEach(() => {
  timer = new FakeTimer();
  opened = [];
  processes = [];
  fleet = createInProcessFleet({
    defaultModel: "a",
    startChild: (listeners) => {
      processes.push(listeners);
      return startInProcess(listeners, opened, async (directory) => {
        // "never" is never open, "cold" never run in, "damaged" cannot be opened.
        if (directory === "damaged") throw new AppError("damaged_file", "broken");
        if (directory === "never") await new Promise(() => {});
        const stub = createStubFiller();
        const fill: typeof stub.fill = async (inputs, ...rest) => {
          const isLast = inputs[0]?.text === LAST_TEXT;
          if (directory === "cold" && isLast) await new Promise(() => {});
          return stub.fill(inputs, ...rest);
        };
        return { ...stub, fill };
      });
    },
    timer,
  });
});

afterEach(() => fleet.end());

/** "id" is version 1 as the stable one, "id@V" one that was asked for by its name. */
async function open(reference: string, directory = "dir"): Promise<LiveVersion> {
  const [id = "", version] = reference.split("@");
  const named = version === undefined ? { version: "1" } : ({ version, isPinned: true } as const);
  const live = fleet.open({ id, directory, ...named });
  await timer.pass(3000);
  return live;
}

const liveNames = (): string[] => fleet.statuses().map((s) => `${s.model}@${s.version}`);

describe("room for versions that are asked for by their name", () => {
  it("is made by others of that kind, and never by stable versions", async () => {
    for (const reference of ["a", "b", "c@9"]) await open(reference);
    for (const version of ["2", "3", "4", "5", "6", "2", "3"]) await open(`a@${version}`);
    expect(liveNames()).toEqual(["a@1", "b@1", "a@2", "a@3"]);
  });

  it("is there for one where all that are live are stable versions", async () => {
    for (const reference of ["a", "b", "c", "d"]) await open(reference);
    for (const version of ["2", "3"]) await open(`a@${version}`);
    expect(liveNames()).toEqual(["a@1", "b@1", "c@1", "d@1", "a@3"]);
    await open("e");
    expect(liveNames()).toEqual(["a@1", "d@1", "a@3", "e@1"]);
  });

  it("is not there while the one is being opened, and the error says what to do", async () => {
    for (const reference of ["a", "b", "c", "d"]) await open(reference);
    await open("b@2", "never");
    const { code, message } = appErrorOf(() =>
      fleet.open({ id: "b", version: "3", directory: "dir", isPinned: true }),
    );
    expect(code).toBe("busy");
    expect(message).toContain("leave the version out, so that the stable one of b answers");
  });

  it("is not made by a version that somebody waits for to be run in", async () => {
    for (const reference of ["a", "b", "c"]) await open(reference);
    const cold = await open("b@2", "cold");
    let failure: unknown;
    void cold.warmed().catch((error: unknown) => (failure = error));
    expect(cold.state).toBe("ready");
    expect(() => fleet.open({ id: "b", version: "3", directory: "dir", isPinned: true })).toThrow(
      AppError,
    );
    await open("e");
    expect(failure).toBeUndefined();
    expect(liveNames()).toContain("b@2");
  });

  it("is made by what was a stable version before another answered for its model", async () => {
    for (const reference of ["a", "c", "d", "b"]) await open(reference);
    fleet.open({ id: "b", version: "2", directory: "dir" });
    await timer.pass(3000);
    await open("d@7");
    expect(liveNames()).toEqual(["a@1", "d@1", "b@2", "d@7"]);
  });
});

it("does not retire a version that somebody waits for to be run in", async () => {
  const cold = { id: "b", version: "2", directory: "cold", isPinned: true } as const;
  fleet.warm(cold).catch(() => {});
  await timer.pass(3000);
  await fleet.retire(cold);
  expect(liveNames()).toEqual(["b@2"]);
});

describe("a version that cannot be opened", () => {
  const damaged = { id: "b", version: "2", directory: "damaged" };
  const passSeconds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await timer.pass(1000);
  };

  it("is ended where it is only named, and not tried again for a minute", async () => {
    const name = (): unknown => fleet.open({ ...damaged, isPinned: true });
    name();
    await passSeconds(30);
    expect([liveNames(), opened]).toEqual([[], ["damaged"]]);
    expect(appErrorOf(name)).toMatchObject({ code: "damaged_file", message: "broken" });
    await passSeconds(40);
    name();
    await passSeconds(1);
    expect(opened).toHaveLength(2);
    await passSeconds(30);
    fleet.open({ ...damaged, directory: "mended", isPinned: true });
    await passSeconds(1);
    expect([liveNames(), opened.at(-1)]).toEqual([["b@2"], "mended"]);
  });

  it("is one that never opened: one whose process dies starts again", async () => {
    const named = { id: "b", version: "2", directory: "fine", isPinned: true } as const;
    fleet.open(named);
    await passSeconds(1);
    for (let i = 0; i < 4; i++) {
      processes.at(-1)?.onExit("signal SIGKILL");
      await timer.pass(50);
    }
    expect(liveNames()).toEqual(["b@2"]);
  });

  it.each([
    ["answers unnamed", () => fleet.open(damaged)],
    [
      "is held",
      () => {
        fleet.hold(damaged);
        fleet.open({ ...damaged, isPinned: true });
      },
    ],
  ])("is tried again and again where it %s", async (_, start) => {
    start();
    await passSeconds(60);
    expect(liveNames()).toEqual(["b@2"]);
    expect(opened.length).toBeGreaterThan(2);
  });
});
