// Where a release is on disk, for all who share a data directory.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRegistry, type Registry, type Release } from "../../src/registry/index.ts";
import { CANARY_LIMITS } from "../../src/serving/release/limits.ts";
import { writeStubModel } from "../helpers/running-app.ts";

const BEGUN = "2026-01-01T00:00:00.000Z";
const LATER = "2026-01-01T00:05:00.000Z";

let folder: string;
let starters: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "whetstone-release-store-"));
  starters = path.join(folder, "starters");
  writeStubModel(path.join(starters, "starter-cloze"));
  writeStubModel(path.join(folder, "source"), "other weights");
  await using registry = await open();
  await registry.addVersion("starter-cloze", path.join(folder, "source"));
  await registry.releases.save(RELEASE, undefined);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): Promise<Registry> => openRegistry(path.join(folder, "data"), { starters });

const arm = (version: string) => ({ version, sha256: "", temperature: null });
const RELEASE: Release = {
  id: "r",
  model: "starter-cloze",
  state: "canary",
  stable: arm("1"),
  canary: arm("2"),
  share: 0.05,
  steps: [0.05, 0.2, 1],
  intervalMs: 1,
  isShadow: false,
  waits: false,
  isForced: false,
  limits: CANARY_LIMITS,
  createdAt: BEGUN,
  since: BEGUN,
  by: "gate",
  reason: "begun",
};

describe("a release on disk", () => {
  it("is moved only by who has seen where it is", async () => {
    await using one = await open();
    await using other = await open();
    const further = { ...RELEASE, share: 0.2, since: LATER };
    await one.releases.save(further, RELEASE);
    const back = { ...RELEASE, state: "rolled-back", share: 0, since: LATER } as const;
    await expect(other.releases.save(back, RELEASE)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("is canary at 20 % since") as string,
    });
    expect(await other.releases.newest()).toEqual([further]);
    await other.releases.save(back, further);
    expect(await one.releases.newest()).toEqual([back]);
  });

  it("is the newest of its model when it began last, whatever the clock said", async () => {
    await using registry = await open();
    const back = { ...RELEASE, state: "rolled-back", share: 0, since: LATER } as const;
    await registry.releases.save(back, RELEASE);
    const next = { ...RELEASE, id: "s", createdAt: "2025-01-01T00:00:00.000Z" };
    await registry.releases.save(next, undefined);
    expect(await registry.releases.newest()).toEqual([next]);
    const failed = { ...next, state: "failed", share: 0, since: LATER } as const;
    await registry.releases.save(failed, next);
    expect(await registry.releases.newest()).toEqual([failed]);
  });

  it("keeps a newer starter waiting until it has ended", async () => {
    writeStubModel(path.join(starters, "starter-cloze"), "better weights");
    const back = { ...RELEASE, state: "rolled-back", share: 0, since: LATER } as const;
    {
      await using registry = await open();
      const { stable, versions } = await registry.showModel("starter-cloze");
      expect([stable, versions.length]).toEqual(["1", 2]);
      await registry.releases.save(back, RELEASE);
    }
    await using registry = await open();
    const { stable, versions } = await registry.showModel("starter-cloze");
    expect([stable, versions.length]).toEqual(["3", 3]);
  });
});
