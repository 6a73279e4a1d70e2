import { beforeEach, describe, expect, it } from "vitest";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import { silentLogger } from "../base/index.ts";
import type { ScheduleRecord } from "../registry/index.ts";
import type { Rhythm } from "./rhythm.ts";
import { Scheduler } from "./scheduler.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEKLY: Rhythm = { every: "weekly", weekday: "sunday", hour: 3 };
const DAILY: Rhythm = { every: "daily", weekday: "sunday", hour: 3 };
/** A Thursday. */
const STARTED_MS = new Date("2026-01-01T12:00").getTime();

let timer: FakeTimer;
let records: Map<string, ScheduleRecord>;
/** "name at local day and hour", in the order in which things were done. */
let done: string[];

beforeEach(() => {
  timer = new FakeTimer();
  records = new Map();
  done = [];
});

const nowMs = (): number => STARTED_MS + timer.monotonicMs();
const local = (): string => {
  const now = new Date(nowMs());
  return `${now.toDateString().slice(0, 10)} ${now.getHours()}`;
};

/** A scheduler over what the last one wrote. */
async function open(
  rhythms: Record<string, Rhythm>,
  run?: (name: string) => Promise<string>,
): Promise<Scheduler> {
  const scheduler = new Scheduler({
    tasks: Object.entries(rhythms).map(([name, rhythm]) => ({
      name,
      rhythm,
      run: async () => {
        done.push(`${name} ${local()}`);
        return (await run?.(name)) ?? "done";
      },
    })),
    store: {
      read: async (task) => records.get(task),
      write: async (task, record) => void records.set(task, record),
    },
    clock: { nowMs },
    timer,
    logger: silentLogger,
  });
  scheduler.start();
  await settled();
  return scheduler;
}

describe("a schedule", () => {
  it("does a task at its hour, every week, and not before it was first due", async () => {
    await open({ training: WEEKLY });
    await timer.pass(21 * DAY_MS);
    expect(done).toEqual(
      ["Sun Jan 04 3", "Sun Jan 11 3", "Sun Jan 18 3"].map((t) => `training ${t}`),
    );
  });

  it("does nothing that is off", async () => {
    await open({ training: { ...WEEKLY, every: "off" } });
    await timer.pass(21 * DAY_MS);
    expect(done).toEqual([]);
  });

  it("catches up once for all the times that were missed while no server ran", async () => {
    const first = await open({ training: WEEKLY });
    await timer.pass(4 * DAY_MS);
    first.close();
    await timer.pass(24 * DAY_MS);
    expect(done).toEqual(["training Sun Jan 04 3"]);
    await open({ training: WEEKLY });
    await timer.pass(2 * HOUR_MS);
    expect(done.slice(1)).toEqual(["training Thu Jan 29 12"]);
    await timer.pass(7 * DAY_MS);
    expect(done.slice(2)).toEqual(["training Sun Feb 01 3"]);
  });

  it("repeats nothing that was done before a restart", async () => {
    const first = await open({ training: WEEKLY });
    await timer.pass(4 * DAY_MS);
    first.close();
    await open({ training: WEEKLY });
    await timer.pass(DAY_MS);
    expect(done).toEqual(["training Sun Jan 04 3"]);
  });

  it("goes on at the next time after a clock that was ahead has been set back", async () => {
    const dueMs = STARTED_MS + 365 * DAY_MS;
    records.set("training", { dueMs, at: new Date(dueMs).toISOString(), outcome: "done" });
    await open({ training: WEEKLY });
    await timer.pass(7 * DAY_MS);
    expect(done).toEqual(["training Sun Jan 04 3"]);
  });

  it("does not repeat what was done just before the clock was set back", async () => {
    const first = await open({ training: WEEKLY });
    await timer.pass(4 * DAY_MS);
    first.close();
    timer = new FakeTimer();
    await open({ training: WEEKLY });
    await timer.pass(7 * DAY_MS);
    expect(done).toEqual(["training Sun Jan 04 3"]);
  });

  it("never does two tasks at a time, and the second when the first has ended", async () => {
    let end = (_outcome: string): void => {};
    const held = new Promise<string>((resolve) => (end = resolve));
    const scheduler = await open({ training: DAILY, probes: DAILY }, async (name) => {
      return name === "training" ? held : "measured";
    });
    await timer.pass(DAY_MS);
    expect(done).toEqual(["training Fri Jan 02 3"]);
    expect(await scheduler.status()).toMatchObject([{ isRunning: true }, { isRunning: false }]);
    await timer.pass(2 * DAY_MS);
    end("version 2");
    await settled();
    expect(done).toEqual(["training Fri Jan 02 3", "probes Sun Jan 04 12"]);
    expect(await scheduler.status()).toMatchObject([
      { isRunning: false, last: { outcome: "version 2" } },
      { isRunning: false, last: { outcome: "measured" } },
    ]);
  });

  it("does again what a closing server interrupted", async () => {
    const first = await open({ training: WEEKLY }, () => new Promise(() => {}));
    await timer.pass(3 * DAY_MS);
    first.close();
    await open({ training: WEEKLY });
    await timer.pass(HOUR_MS);
    expect(done).toEqual(["training Sun Jan 04 3", "training Sun Jan 04 12"]);
  });

  it("says why a task failed, and tries again at the next time only", async () => {
    const scheduler = await open({ training: WEEKLY }, () => Promise.reject(new Error("no disk")));
    await timer.pass(7 * DAY_MS);
    expect(done).toHaveLength(1);
    expect(await scheduler.status()).toEqual([
      {
        name: "training",
        rhythm: WEEKLY,
        nextAt: new Date("2026-01-11T03:00").toISOString(),
        isRunning: false,
        last: { at: new Date("2026-01-04T03:00").toISOString(), outcome: "failed: no disk" },
      },
    ]);
  });
});
