// What versions learned from files and requests: what is kept of it and for how long, that a
// training can be run again from it, and that later ones repeat it; over a real store.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { createScrubber } from "../../src/feedback/index.ts";
import { takeEarlier } from "../../src/loop/feedback-samples.ts";
import { openReplay, openTrainingMaterial } from "../../src/loop/index.ts";
import { runJob, type JobOrder } from "../../src/loop/job.ts";
import { keepLearned } from "../../src/loop/kept-samples.ts";
import { RunFiles } from "../../src/loop/run-files.ts";
import { scrubFile } from "../../src/loop/scrubbed-file.ts";
import { endLeftRun } from "../../src/loop/settle-run.ts";
import type { Version, VersionFacts } from "../../src/registry/index.ts";
import { fileAccepted, useStubRegistry } from "../helpers/stub-registry.ts";

const stub = useStubRegistry();

const scrubber = createScrubber();
const replayOf = (reference: string, samplesFile?: string) =>
  openReplay(stub.registry, reference, { samplesFile, scrubber });
const lineOf = (text: string, answer = "生效"): string => JSON.stringify({ text, answer });
const textsOf = (lines: readonly string[]): string[] =>
  lines.map((line) => (JSON.parse(line) as { text: string }).text);
const learnedFiles = (): string[] => {
  const directory = path.join(stub.folder, "data/learned/m");
  return existsSync(directory) ? readdirSync(directory).toSorted() : [];
};

function write(content: string | Uint8Array, name = "samples.jsonl"): string {
  const file = path.join(stub.folder, name);
  writeFileSync(file, content);
  return file;
}

let count = 0;

/** A version that has learned a file, and repeated what its run took. */
async function learn(file: string, facts: VersionFacts = {}): Promise<string> {
  const { lines } = await scrubFile(file, scrubber);
  const clean = lines?.map((line) => `${line}\n`).join("");
  const samplesFile = clean === undefined ? file : write(clean, "clean.jsonl");
  const run = `run-${++count}`;
  const earlier = await takeEarlier(stub.registry, "m", run);
  const kept = earlier.kept.map((line) => `${line}\n`).join("");
  const keptFile = kept === "" ? undefined : write(kept, "kept.jsonl");
  const repeated = [...earlier.fed, ...earlier.kept].map((line) => `${line}\n`).join("");
  const sha256Of = (content: string | Uint8Array): string =>
    createHash("sha256").update(content).digest("hex");
  const record = {
    samples: { sha256: sha256Of(readFileSync(samplesFile)) },
    earlier: repeated === "" ? null : { sha256: sha256Of(repeated), rows: 1 },
  };
  writeFileSync(path.join(stub.folder, "model/config.json"), JSON.stringify({ count }));
  const { version } = await stub.registry.addVersion("m", path.join(stub.folder, "model"), {
    origin: "trained",
    parent: "1",
    ...facts,
    metrics: { record, run, ...facts.metrics },
  });
  await keepLearned(stub.registry, { model: "m", version }, { samplesFile, keptFile });
  await stub.registry.feedback.markUsed(run, { model: "m", version });
  return version;
}

const repeatedTexts = async (): Promise<string[]> => {
  const { fed, kept } = await takeEarlier(stub.registry, "m", `run-${++count}`);
  return textsOf([...fed, ...kept]);
};

/** A sample of feedback that version 1 has learned. */
async function learnFeedback(text: string): Promise<string> {
  await fileAccepted(stub.registry, text);
  const run = `run-${++count}`;
  const [taken] = await stub.registry.feedback.takeQueue("m", { run });
  await stub.registry.feedback.markUsed(run, { model: "m", version: "1" });
  return taken!.id;
}

/** An import says of a text that a word is wrong there. */
async function fileRejected(text: string, rejected: string): Promise<void> {
  const opinion = {
    origin: text,
    blank: 0,
    candidate: rejected,
    user: "import",
    verdict: "reject",
    answer: null,
    best: null,
    bestScore: null,
    at: "2026-01-01T00:00:00.000Z",
  } as const;
  await stub.registry.feedback.file([{ model: "m", text, source: "import", opinion }], () => {
    return { answers: [], rejected: [rejected], hold: null };
  });
}

describe("a training is run again", () => {
  it.each([
    ["samples.jsonl", `${lineOf("订单还没___")}\r\n\n${lineOf("快递还没___")}`],
    ["samples.jsonl.gz", gzipSync(lineOf("订单还没___"))],
  ])("from what was kept of %s, byte for byte, when it is gone", async (name, content) => {
    const file = write(content, name);
    const version = await learn(file);
    rmSync(file);
    using found = await replayOf(`m@${version}`);
    expect(readFileSync(found.wish.samplesFile)).toEqual(Buffer.from(content));
  });

  it("without personal data, from what was kept and from the file that had it", async () => {
    const file = write(`\n${lineOf("请打13812345678，订单还没___")}\n`);
    const version = await learn(file);
    const kept = readFileSync(path.join(stub.folder, `data/learned/m/${version}.jsonl`), "utf8");
    expect(kept).toContain("订单还没___");
    expect(kept).not.toContain("13812345678");
    using found = await replayOf(`m@${version}`);
    expect(readFileSync(found.wish.samplesFile, "utf8")).toBe(kept);
    using named = await replayOf(`m@${version}`, file);
    expect(readFileSync(named.wish.samplesFile, "utf8")).toBe(kept);
    const other = write(lineOf("请打13912345678，快递还没___"), "other.jsonl");
    await expect(replayOf(`m@${version}`, other)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("is not the file that") as string,
    });
  });

  it("with all that it repeated, of feedback and of files, unless that was deleted", async () => {
    const id = await learnFeedback("甲还没___");
    const first = await learn(write(lineOf("乙还没___")));
    const second = await learn(write(lineOf("丙还没___")));
    await stub.registry.clean({ keep: 1 });
    expect(learnedFiles()).toEqual([`${second}.earlier.jsonl`, `${second}.jsonl`]);
    {
      using found = await replayOf(`m@${second}`);
      const repeated = readFileSync(found.wish.earlierFile!, "utf8").trim().split("\n");
      expect(textsOf(repeated)).toEqual(["甲还没___", "乙还没___"]);
    }
    expect(readdirSync(path.join(stub.folder, "data/training"))).toEqual([]);
    const kept = path.join(stub.folder, `data/learned/m/${second}.earlier.jsonl`);
    expect(readFileSync(kept, "utf8")).not.toContain("甲");
    await stub.registry.feedback.deleteSamples([id]);
    await expect(replayOf(`m@${second}`)).rejects.toMatchObject({ code: "conflict" });
    await expect(replayOf(`m@${first}`)).rejects.toMatchObject({
      code: "unknown_version",
    });
  });
});

describe("a run that stored its version and broke before it kept what that learned", () => {
  /** A version of the stub model that came of `run`. */
  async function store(
    run: string,
    origin: "upload" | "import",
    more: object = {},
  ): Promise<Version> {
    writeFileSync(path.join(stub.folder, "model/config.json"), JSON.stringify({ run }));
    const metrics = { run, origins: { sources: [{ origin, count: 1 }] }, ...more };
    const directory = path.join(stub.folder, "model");
    return stub.registry.addVersion("m", directory, { origin: "trained", parent: "1", metrics });
  }

  it("keeps the samples of the request, and what it repeated, before they are removed", async () => {
    const files = new RunFiles(path.join(stub.folder, "data"));
    files.writeSamples("r", [lineOf("甲还没___")]);
    files.writeEarlier("r", { fed: [], kept: [lineOf("乙还没___")] });
    const version = await store("r", "upload");
    const { learned } = stub.registry;
    vi.spyOn(learned, "keep").mockRejectedValueOnce(new Error("disk full"));
    await expect(endLeftRun(stub.registry, "r", files)).rejects.toThrow("disk full");
    expect(files.withSamples()).toEqual(["r"]);
    await endLeftRun(stub.registry, "r", files);
    expect(readFileSync(learned.samplesFileOf(version)!, "utf8")).toBe(`${lineOf("甲还没___")}\n`);
    expect(readFileSync(learned.earlierFileOf(version)!, "utf8")).toContain("乙");
    expect(files.withSamples()).toEqual([]);
  });

  it("has learned what a command took from feedback", async () => {
    await fileAccepted(stub.registry, "甲还没___");
    {
      await using material = await openTrainingMaterial(stub.registry, {
        model: "m",
        samplesFile: undefined,
        isText: false,
        perUser: 10,
        suites: { isAsked: () => false, askedBy: () => [] },
        scrubber,
      });
      await store(material.run, "import");
    }
    expect(await stub.registry.feedback.count()).toMatchObject({ used: 1, queued: 0 });
    expect(learnedFiles()).toEqual([]);
  });

  it("is not trained a second time, though its samples are gone by now", async () => {
    const measured = { count: 2, top1: 0, top3: 0.5, ece: 0.1 };
    const facts = {
      counts: { training: 4, heldOut: 2 },
      before: measured,
      after: { ...measured, top1: 1 },
      gate: { passed: true, reasons: [] },
      seconds: 3,
      steps: 20,
    };
    await store("r", "upload", { ...facts, recipe: "incremental" });
    const job = {
      run: "r",
      model: "m",
      base: "1",
      samplesFile: path.join(stub.folder, "gone.jsonl"),
      isUpload: true,
      dataDirectory: stub.registry.dataDirectory,
    };
    const control = { onProgress: () => {}, shouldStop: () => false };
    const outcome = await runJob(job as unknown as JobOrder, control, () => {});
    const patchBytes = "weights".length;
    expect(outcome).toEqual({ kind: "stored", result: { ...facts, version: "2", patchBytes } });
  });
});

describe("what a run repeats of files and requests", () => {
  it("is what versions learned, each text once as it was learned last, the oldest first", async () => {
    await learn(write([lineOf("甲还没___", "好"), lineOf("乙还没___")].join("\n")));
    await learn(write([lineOf("丙还没___"), lineOf("甲还没___", "生效")].join("\n")));
    const { fed, kept } = await takeEarlier(stub.registry, "m", "next");
    expect(fed).toEqual([]);
    expect(textsOf(kept)).toEqual(["乙还没___", "丙还没___", "甲还没___"]);
    expect(kept.at(-1)).toBe(lineOf("甲还没___", "生效"));
  });

  it("is nothing of a version that the gate refused, or that it left out", async () => {
    await learn(write(lineOf("甲还没___")), { state: "refused" });
    const metrics = { leftOut: [3] };
    await learn(write(`${lineOf("乙还没___")}\n\n${lineOf("丙还没___")}`), { metrics });
    expect(await repeatedTexts()).toEqual(["乙还没___"]);
  });

  it("is a right word, too, where somebody has only said since that another is wrong", async () => {
    const wrong = (text: string, rejected: string): string =>
      JSON.stringify({ text, rejected: [rejected] });
    const first = [lineOf("甲还没___"), lineOf("乙还没___"), wrong("丙还没___", "发货")];
    await learn(write(first.join("\n")));
    const second = [wrong("甲还没___", "发货"), wrong("乙还没___", "生效"), lineOf("丙还没___")];
    await learn(write(second.join("\n")));
    const { kept } = await takeEarlier(stub.registry, "m", "next");
    expect(kept).toEqual([first[0], ...second]);
  });

  it("and so it is where that was said in feedback", async () => {
    await learn(write([lineOf("甲还没___"), lineOf("乙还没___")].join("\n")));
    for (const [text, rejected] of [
      ["甲还没___", "发货"] as const,
      ["乙还没___", "生效"] as const,
    ]) {
      await fileRejected(text, rejected);
    }
    await learnFeedback("丙还没___");
    const { fed, kept } = await takeEarlier(stub.registry, "m", "next");
    expect(textsOf(fed).toSorted()).toEqual(["丙还没___", "乙还没___", "甲还没___"]);
    expect(kept).toEqual([lineOf("甲还没___")]);
  });

  it("is not said twice where feedback says the same", async () => {
    await learnFeedback("甲还没___");
    await learn(write([lineOf("甲还没___"), lineOf("乙还没___")].join("\n")));
    expect(await repeatedTexts()).toEqual(["甲还没___", "乙还没___"]);
  });

  it("and of feedback is the newest 500 together", async () => {
    const ids = [await learnFeedback("甲还没___"), await learnFeedback("乙还没___")];
    const numbered = Array.from({ length: 499 }, (_, i) => lineOf(`第${i}个还没___`));
    await learn(write(numbered.join("\n")));
    const texts = await repeatedTexts();
    expect(texts).toHaveLength(500);
    // The older one of feedback is the 501st.
    expect(texts.slice(0, 2)).toEqual(["乙还没___", "第0个还没___"]);
    const [old, young] = ids;
    const learners = async (id: string): Promise<number> =>
      (await stub.registry.feedback.show(id)).learnedBy.length;
    expect([await learners(old!), await learners(young!)]).toEqual([2, 2]);
    await stub.registry.feedback.markUsed(`run-${count}`, { model: "m", version: "9" });
    expect([await learners(old!), await learners(young!)]).toEqual([2, 3]);
    await learnFeedback("丙还没___");
    const next = await repeatedTexts();
    expect(next).toHaveLength(500);
    expect(next.slice(0, 2)).toEqual(["丙还没___", "第0个还没___"]);
  });

  it("is right words first where there are more than 500", async () => {
    const wrong = (i: number): string =>
      JSON.stringify({ text: `第${i}批还没___`, rejected: ["发货"] });
    await learn(write(lineOf("甲还没___")));
    await learn(write(Array.from({ length: 600 }, (_, i) => wrong(i)).join("\n")));
    const texts = await repeatedTexts();
    expect(texts).toHaveLength(500);
    expect(texts.slice(0, 2)).toEqual(["甲还没___", "第101批还没___"]);
  });

  it("goes with the files of its version, and with the model", async () => {
    const first = await learn(write(lineOf("甲还没___")), { state: "refused" });
    const second = await learn(write(lineOf("乙还没___")));
    await stub.registry.clean({ keep: 1, isDryRun: true });
    expect(learnedFiles()).toContain(`${first}.jsonl`);
    await stub.registry.clean({ keep: 1 });
    expect(learnedFiles()).toContain(`${second}.jsonl`);
    expect(learnedFiles()).not.toContain(`${first}.jsonl`);
    await stub.registry.removeModel("m");
    expect(existsSync(path.join(stub.folder, "data/learned/m"))).toBe(false);
  });
});
