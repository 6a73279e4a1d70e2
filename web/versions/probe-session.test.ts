import { expect, it } from "vitest";
import type { ProbeRunsResponse } from "../../src/wire/index.ts";
import { RequestFailed } from "../api/failure.ts";
import { createProbeSession, type ProbeServer } from "./probe-session.ts";

const IDLE: ProbeRunsResponse = { current: null, failure: null, runs: [] };
const CURRENT = { model: "m", version: "1", startedAt: "", done: 1, total: 9 };

function serverWith(answers: ProbeRunsResponse[], changes: Partial<ProbeServer> = {}) {
  const alarms: (() => void)[] = [];
  const started: string[] = [];
  const session = createProbeSession("m", {
    history: async () => answers.shift() ?? IDLE,
    start: async (model) => {
      started.push(model);
      return CURRENT;
    },
    after: (_delayMs, run) => {
      alarms.push(run);
      return () => void alarms.splice(alarms.indexOf(run), 1);
    },
    ...changes,
  });
  return { session, alarms, started };
}

it("follows a measurement that it started until it has ended", async () => {
  const { session, alarms, started } = serverWith([IDLE, { ...IDLE, current: CURRENT }, IDLE]);
  await session.load();
  expect(alarms).toEqual([]);
  await session.start();
  expect(started).toEqual(["m"]);
  expect(session.state().history?.current).toEqual(CURRENT);
  alarms[0]?.();
  await new Promise((resolve) => setTimeout(resolve));
  expect(session.state().history?.current).toBeNull();
  expect(alarms).toEqual([]);
});

it("follows nothing when the room has been left", async () => {
  const { session, alarms } = serverWith([{ ...IDLE, current: CURRENT }]);
  await session.load();
  session.close();
  expect(alarms).toEqual([]);
});

it("says why a measurement could not be started", async () => {
  const failure = { kind: "unreachable" } as const;
  const start = () => Promise.reject(new RequestFailed(failure));
  const { session } = serverWith([], { start });
  await session.start();
  expect(session.state()).toEqual({ failure });
});
