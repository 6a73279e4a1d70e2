import { expect, it } from "vitest";
import { createInProcessFleet } from "../../../test/helpers/in-process-fleet.ts";
import { FakeTimer } from "../../../test/helpers/fake-timer.ts";
import { askBoth } from "./probing.ts";

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
  const fine = { isError: false };
  const pair = await askBoth(fleet, arms, { turn: 0, clock });
  expect(pair).toMatchObject({ stable: fine, canary: fine });
  await fleet.retire(arms.canary);
  expect(await askBoth(fleet, arms, { turn: 1, clock })).toBeUndefined();
  expect(fleet.find(arms.canary)).toBeUndefined();
  await fleet.end();
});
