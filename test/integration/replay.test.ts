// What a recorded training needs to be run again, over a real store.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  environmentDifferences,
  openReplay,
  requireSameData,
  type TrainingRecord,
} from "../../src/loop/index.ts";
import { createScrubber } from "../../src/feedback/index.ts";
import { appErrorOf } from "../helpers/app-error.ts";
import { useStubRegistry } from "../helpers/stub-registry.ts";

const RECORD: TrainingRecord = {
  recipe: "lora",
  lora: { rank: 4, alpha: 16, targets: ["head"] },
  seed: 7,
  epochs: 3,
  threads: 2,
  program: { version: "1.2.3", commit: "0123abc" },
  engine: "1.30.0",
  node: "20.19.0",
  platform: "linux-x64",
  processor: ["avx2"],
  samples: { sha256: "" },
  replay: { sha256: "bb", rows: 3 },
  probes: [
    { suite: "idiom", sha256: "cc", rows: 5 },
    { suite: "mine", sha256: "dd", rows: 5 },
  ],
};

describe("the training of a version, run again", () => {
  const stub = useStubRegistry();
  const scrubber = createScrubber();
  const replayOf = (reference: string, samplesFile?: string) =>
    openReplay(stub.registry, reference, { samplesFile, scrubber });

  async function addTrained(samples: string, metrics: object = {}): Promise<void> {
    const sha256 = createHash("sha256").update(samples).digest("hex");
    const record = { ...RECORD, samples: { sha256 } };
    writeFileSync(path.join(stub.folder, "model/config.json"), '{"another":1}');
    await stub.registry.addVersion("m", path.join(stub.folder, "model"), {
      origin: "trained",
      parent: "1",
      metrics: { record, ...metrics },
    });
  }

  it("takes the file that is named, if it is the one that was learned from", async () => {
    await addTrained("right");
    const file = path.join(stub.folder, "samples.jsonl");
    writeFileSync(file, "right");
    using found = await replayOf("m@2", file);
    expect(found.wish).toMatchObject({
      recipe: "lora",
      lora: RECORD.lora,
      base: { version: "1" },
      samplesFile: file,
      seed: 7,
      epochs: 3,
      threads: 2,
    });
    writeFileSync(file, "wrong");
    await expect(replayOf("m@2", file)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("is not the file that m@2 learned from") as string,
    });
    await expect(replayOf("m@2")).rejects.toMatchObject({ code: "conflict" });
    await expect(replayOf("m@1", file)).rejects.toMatchObject({
      message: expect.stringContaining("no record of a training") as string,
    });
    await expect(replayOf("m", file)).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("makes the file again from feedback, as long as nothing of it was deleted", async () => {
    const texts = ["订单一直没___", "优惠券还没___", "快递明天___"];
    await stub.registry.feedback.file(
      texts.map((text, i) => ({
        model: "m",
        text,
        source: "import" as const,
        opinion: {
          origin: `import:${i}`,
          blank: 0,
          candidate: "生效",
          user: "import",
          verdict: "accept" as const,
          answer: null,
          best: null,
          bestScore: null,
          at: "2026-01-01T00:00:00.000Z",
        },
      })),
      () => ({ answers: ["生效"], rejected: ["好"], hold: null }),
    );
    const taken = await stub.registry.feedback.takeQueue("m", { run: "r" });
    const line = ({ text, answers, rejected, domain, source }: (typeof taken)[number]): string =>
      `${JSON.stringify({ text, answers, rejected, domain, source })}\n`;
    const samples = taken.map(line).join("");
    await addTrained(samples, { run: "r" });
    await stub.registry.feedback.markUsed("r", { model: "m", version: "2" });
    const found = await replayOf("m@2");
    expect(found.wish.earlierFile).toBeUndefined();
    expect(readFileSync(found.wish.samplesFile, "utf8")).toBe(samples);
    found[Symbol.dispose]();
    expect(existsSync(found.wish.samplesFile)).toBe(false);
    await stub.registry.feedback.deleteSamples([taken[1]!.id]);
    await expect(replayOf("m@2")).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("were changed or deleted since") as string,
    });
  });
});

describe("what was recorded and what is there now", () => {
  it("must not differ in what is read", () => {
    expect(() => requireSameData(RECORD, { ...RECORD, threads: 1 })).not.toThrow();
    const now = { ...RECORD, replay: { sha256: "x", rows: 3 }, probes: RECORD.probes.slice(0, 1) };
    const error = appErrorOf(() => requireSameData(RECORD, now));
    expect(error).toMatchObject({
      code: "conflict",
      details: { differing: ["the replay sentences", "suite mine"] },
    });
    expect(error.message).toContain("Whetstone 1.2.3, commit 0123abc");
  });

  it("may differ in program, engine and machine, and says so", () => {
    const program = { version: "1.2.3", commit: null };
    expect(environmentDifferences(RECORD, RECORD)).toEqual([]);
    expect(environmentDifferences(RECORD, { ...RECORD, program, processor: [] })).toEqual([
      { what: "commit", recorded: "0123abc", now: "unknown" },
      { what: "processor", recorded: "avx2", now: "" },
    ]);
  });
});
