// What becomes of samples whose version the gate refused, of those that are deleted while a run has
// them, and of those whose model is removed; over a real store.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readArchive } from "../../src/loop/index.ts";
import { settleRun } from "../../src/loop/settle-run.ts";
import type { FeedbackSample, Release } from "../../src/registry/index.ts";
import { fileAccepted, useStubRegistry } from "../helpers/stub-registry.ts";

const stub = useStubRegistry();
const file = (text: string): Promise<void> => fileAccepted(stub.registry, text);
const take = (run: string, perUser?: number): Promise<FeedbackSample[]> =>
  stub.registry.feedback.takeQueue("m", { run, perUser });
const textsOf = (samples: readonly FeedbackSample[]): string[] => samples.map(({ text }) => text);

/** A version that came of a run; gives how many samples wait again. */
async function end(run: string, state: "ready" | "refused"): Promise<number> {
  writeFileSync(path.join(stub.folder, "model/config.json"), JSON.stringify({ run }));
  const facts = { state, metrics: { run } };
  const version = await stub.registry.addVersion("m", path.join(stub.folder, "model"), facts);
  return settleRun(stub.registry, { run, version, file: "" });
}

describe("the samples of a version that the gate refused", () => {
  it("wait again, and are known to have been learned by it", async () => {
    await file("甲还没___");
    const [taken] = await take("r");
    expect(await end("r", "refused")).toBe(1);
    const { sample, learnedBy } = await stub.registry.feedback.show(taken!.id);
    expect(sample).toMatchObject({ state: "queued", run: "r" });
    // Whoever gives back what a run took, when it has ended, changes nothing.
    expect(await stub.registry.feedback.releaseRun("r")).toBe(0);
    expect(await stub.registry.feedback.takenBy("r")).toHaveLength(1);
    expect(learnedBy).toEqual([{ model: "m", version: "2" }]);
    await take("s");
    expect(await end("s", "ready")).toBe(0);
    const shown = await stub.registry.feedback.show(taken!.id);
    expect(shown.sample.state).toBe("used");
    expect(shown.learnedBy.map(({ version }) => version)).toEqual(["2", "3"]);
  });

  it("are new once something else is said of them", async () => {
    await file("甲还没___");
    const [taken] = await take("r");
    await end("r", "refused");
    const { feedback } = stub.registry;
    await feedback.revise([{ id: taken!.id, answers: ["到账"], rejected: [] }], () => {
      return { answers: ["到账"], rejected: [], hold: null };
    });
    expect((await feedback.show(taken!.id)).sample).toMatchObject({ state: "queued" });
    expect((await feedback.show(taken!.id)).sample.run).toBeUndefined();
  });

  it("still wait again, and not anew, when the next run has given them back", async () => {
    await file("甲还没___");
    const [taken] = await take("r");
    await end("r", "refused");
    await take("s");
    const { feedback } = stub.registry;
    expect(await feedback.releaseRun("s")).toBe(1);
    expect((await feedback.show(taken!.id)).sample).toMatchObject({ state: "queued", run: "r" });
    expect(await feedback.runsUnderWay()).toEqual([]);
  });

  it("come after new ones where a run may not take all, and keep their order in it", async () => {
    await file("乙还没___");
    await take("r");
    await end("r", "refused");
    await file("甲还没___");
    const first = await stub.registry.feedback.takeQueue("m", { run: "s", limit: 1 });
    expect(textsOf(first)).toEqual(["甲还没___"]);
    await stub.registry.feedback.releaseRun("s");
    const both = await take("t");
    expect(textsOf(both)).toEqual(["乙还没___", "甲还没___"]);
    expect(await stub.registry.feedback.takenBy("t")).toMatchObject(
      textsOf(both).map((text) => ({ text })),
    );
  });

  it.each(["by hand", "by a release"])("wait no more when it is made stable %s", async (how) => {
    await file("甲还没___");
    await take("r");
    await end("r", "refused");
    await take("s");
    await end("s", "refused");
    await file("乙还没___");
    if (how === "by hand") await stub.registry.makeStable("m@2", { by: "http" }, { force: true });
    else await release("2");
    expect(await stub.registry.feedback.count()).toMatchObject({ used: 1, queued: 1 });
    expect(textsOf(await take("t"))).toEqual(["乙还没___"]);
  });

  async function release(version: string): Promise<void> {
    const canary = {
      id: "x",
      model: "m",
      stable: { version: "1" },
      canary: { version },
      state: "canary",
      share: 0.05,
      by: "cli",
      reason: "",
      why: { code: "begun-by-force" },
      createdAt: "2026-01-01T00:00:00.000Z",
      since: "2026-01-01T00:00:00.000Z",
      isForced: true,
    } as unknown as Release;
    await stub.registry.releases.save(canary, undefined);
    expect(await stub.registry.feedback.count()).toMatchObject({ used: 0, queued: 2 });
    await stub.registry.releases.save({ ...canary, state: "promoted", share: 1 }, canary);
  }
});

describe("a sample that is deleted while a run has it", () => {
  it("is told of with the run, and later with the version that learned it", async () => {
    await file("甲还没___");
    const [taken] = await take("r");
    const { feedback } = stub.registry;
    const deleted = await feedback.deleteSamples([taken!.id]);
    expect(deleted).toMatchObject({ samples: 1, learnedBy: [], runs: ["r"] });
    await expect(feedback.show(taken!.id)).rejects.toMatchObject({ details: { runs: ["r"] } });
    await end("r", "ready");
    await expect(feedback.show(taken!.id)).rejects.toMatchObject({
      code: "not_found",
      details: { learnedBy: [{ model: "m", version: "2" }], runs: [] },
    });
    const { data } = await readArchive(stub.registry, "m@2");
    expect(data).toContainEqual({ kind: "deleted", suite: null, count: 1, sha256: null });
    expect((await readArchive(stub.registry, "m@1")).data).toEqual([]);
  });

  it("is told of also where the run repeats it, unless the run ended without a version", async () => {
    await file("甲还没___");
    await file("乙还没___");
    const taken = await take("r");
    await end("r", "ready");
    const { feedback } = stub.registry;
    for (const run of ["s", "t"]) await feedback.takeEarlier("m", { run, most: 9 });
    expect(await feedback.deleteSamples([taken[0]!.id])).toMatchObject({
      learnedBy: [{ model: "m", version: "2" }],
      runs: ["s", "t"],
    });
    await feedback.releaseRun("s");
    await end("t", "ready");
    expect(await feedback.deleteSamples([taken[1]!.id])).toMatchObject({
      learnedBy: [{ version: "2" }, { version: "3" }],
      runs: [],
    });
  });
});

describe("the samples of a model that is removed", () => {
  it("go with it, so that a later one of its name begins with nothing", async () => {
    const { registry, folder } = stub;
    const { feedback } = registry;
    await file("甲还没___");
    await file("乙还没___");
    const [kept, deleted] = await take("r");
    await end("r", "refused");
    await feedback.deleteSamples([deleted!.id]);
    const blanks = [[{ text: "生效", score: 0.5 }]];
    const asked = { model: "m", version: "1", text: "丙还没___", blanks, user: undefined };
    await feedback.addPredictions([{ ...asked, id: "p", createdMs: Date.now() }]);
    await registry.removeModel("m");
    expect([await feedback.list(), await feedback.findPrediction("p")]).toEqual([[], undefined]);
    for (const { id } of [kept!, deleted!]) {
      await expect(feedback.show(id)).rejects.toMatchObject({ details: { id } });
      await expect(feedback.show(id)).rejects.not.toHaveProperty("details.learnedBy");
    }
    await registry.addModel("m", path.join(folder, "model"));
    await file("甲还没___");
    writeFileSync(path.join(folder, "model/config.json"), "{}");
    await registry.addVersion("m", path.join(folder, "model"));
    await registry.makeStable("m@2", { by: "http" });
    expect(await feedback.count()).toMatchObject({ queued: 1, used: 0 });
    expect(await feedback.deletedSince({ model: "m", version: "2" })).toBe(0);
  });
});
