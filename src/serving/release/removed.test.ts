// A release whose model is removed, and added again under the same name.

import { afterEach, expect, it } from "vitest";
import { AppError } from "../../base/index.ts";
import { createInProcessFleet } from "../../../test/helpers/in-process-fleet.ts";
import { FakeTimer } from "../../../test/helpers/fake-timer.ts";
import { createReleases, resolveStub } from "../../../test/helpers/stub-releases.ts";
import { STUB_VERSIONS } from "../../../test/helpers/stub-versions.ts";
import type { Model } from "../../registry/index.ts";
import type { Fleet } from "../fleet.ts";
import type { Releases } from "./releases.ts";

const MODEL = STUB_VERSIONS.id;
const LOOK_MS = 1000;

let fleet: Fleet;
let releases: Releases;

afterEach(async () => {
  releases.close();
  await fleet.end();
});

const LATER = { ...STUB_VERSIONS, createdAt: "2026-05-01T00:00:00.000Z" };

it.each([
  ["nothing", undefined],
  ["another", LATER],
])("goes with its model where %s has its name by then", async (_what, next) => {
  const timer = new FakeTimer();
  fleet = createInProcessFleet({ defaultModel: MODEL, timer });
  let model: Model | undefined = STUB_VERSIONS;
  const showModel = async (): Promise<Model> => {
    if (model === undefined) throw new AppError("unknown_model", "there is no such model");
    return model;
  };
  const registry = { resolve: resolveStub, showModel };
  const settings = { steps: [50, 100], intervalMs: 3_600_000, retentionMs: 0 };
  releases = createReleases({ registry, fleet, settings, timer });
  await releases.start();
  await releases.deploy({ model: MODEL, version: "2" }, { by: "http" });
  await timer.pass(LOOK_MS);
  await releases.move(MODEL, { kind: "rollback" }, { by: "http" });
  await timer.pass(LOOK_MS);
  expect(releases.find(MODEL)?.release.state).toBe("rolled-back");
  model = next;
  await timer.pass(LOOK_MS);
  expect(releases.find(MODEL)).toBeUndefined();
});
