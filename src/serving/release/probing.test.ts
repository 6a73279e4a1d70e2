import { expect, it } from "vitest";
import { silentLogger } from "../../base/index.ts";
import { FakeTimer } from "../../../test/helpers/fake-timer.ts";
import { startInProcess } from "../../../test/helpers/in-process-replica.ts";
import { Fleet } from "../fleet.ts";
import { askBoth } from "./probing.ts";

it("asks both arms, and starts none that has ended meanwhile", async () => {
  const timer = new FakeTimer();
  const fleet = new Fleet({
    defaultModel: "m",
    startChild: (listeners) => startInProcess(listeners, []),
    filler: { threads: 1, precision: "fp32" },
    replicaCount: 1,
    maxBatchTokens: 1000,
    maxWaiting: 100,
    logger: silentLogger,
    timer,
  });
  const arms = {
    stable: { id: "m", version: "1", directory: "dir-1" },
    canary: { id: "m", version: "2", directory: "dir-2" },
  };
  for (const version of Object.values(arms)) fleet.open(version);
  const clock = { nowMs: () => timer.monotonicMs(), monotonicMs: () => timer.monotonicMs() };
  const fine = { isError: false };
  const pair = await askBoth(fleet, arms, { turn: 0, clock });
  expect(pair).toMatchObject({ stable: fine, canary: fine });
  await fleet.retire(arms.canary);
  expect(await askBoth(fleet, arms, { turn: 1, clock })).toBeUndefined();
  expect(fleet.find(arms.canary)).toBeUndefined();
  await fleet.end();
});
