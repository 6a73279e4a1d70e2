// The archive of a version on the command line, on a data directory of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openDataDirectory } from "../../src/configured.ts";
import { parseConfig } from "../../src/config/index.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-archive-"));
const data = path.join(folder, "data");
const env = { WHETSTONE_DATA: data };
const source = path.join(folder, "tiny");

const measured = { count: 10, top1: 0.5, top3: 0.75, ece: 0.05, overconfidentErrors: 0 };
const METRICS = {
  recipe: "full",
  before: measured,
  after: { ...measured, top1: 0.8 },
  gate: { passed: true, reasons: [] },
  counts: { training: 40, heldOut: 10 },
};

beforeAll(async () => {
  writeTinyModel(source);
  await callCli(["models", "add", source], { env });
  await using registry = await openDataDirectory(
    parseConfig({ flags: { "data.directory": data } }),
  );
  await registry.addVersion("tiny", source, { parent: "1", metrics: METRICS });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const archive = (...args: string[]) => callCli(["models", "archive", ...args], { env });

describe("whetstone models archive", () => {
  it("prints a version's archive as one document", async () => {
    expect(documentOf(await archive("tiny@2", "--json"))).toMatchObject({
      model: "tiny",
      version: "2",
      isStable: false,
      lineage: [{ version: "1", origin: "added" }],
      data: [{ kind: "training", count: 40 }, { kind: "held-out" }],
      limits: { proposed: [], note: null },
    });
  });

  it("tells how long a fill takes, of this version and of the one before", async () => {
    const { latencyMs } = documentOf(await archive("tiny@2", "--json")) as {
      readonly latencyMs: { readonly p50: number; readonly before: { readonly p50: number } };
    };
    expect(latencyMs).toMatchObject({ threads: expect.any(Number) as number, precision: "fp32" });
    expect(latencyMs.p50).toBeGreaterThan(0);
    expect(latencyMs.before.p50).toBeGreaterThan(0);
    expect((await archive("tiny@2")).stdout).toMatch(/fill of 18 tokens: p50 \S+ ms/);
    expect(documentOf(await archive("tiny@1", "--json"))).toMatchObject({
      latencyMs: { before: null },
    });
  });

  it("says the same to people, briefly or as Markdown", async () => {
    const { stdout } = await archive("tiny@2");
    expect(stdout).toMatch(/^tiny@2: ready, trained from 1, .*MB\n/);
    expect(stdout).toMatch(/top1 +0\.500 +0\.800 +\+0\.300/);
    const page = await archive("tiny@2", "--markdown");
    expect(page.stdout).toContain("| top-1 | 50.0 % | 80.0 % | +30.0 points |");
    const both = documentOf(await archive("tiny@2", "--markdown", "--json"));
    expect(both).toMatchObject({ version: "2", markdown: page.stdout });
  });

  it("has what was measured since, and before that how to measure", async () => {
    expect((await archive("tiny@1")).stdout).toContain("`whetstone probes run tiny@1` measures it");
    expect(documentOf(await archive("tiny@1", "--json"))).toMatchObject({ probes: null });
    const config = parseConfig({ flags: { "data.directory": data } });
    {
      await using registry = await openDataDirectory(config);
      for (const [i, version] of ["1", "1", "2"].entries()) {
        const at = `2026-01-0${i + 1}T00:00:00.000Z`;
        const run = { id: `run-${i}`, model: "tiny", version, trigger: "schedule", at } as const;
        const figures = { count: 4, top1: (i + 1) / 4, top3: 1, mrr: 0.5, ece: 0.1, brier: 0.2 };
        const suite = { suite: "idiom", kind: "probe", sha256: "aa", eceInterval: null } as const;
        await registry.probes.add(run, [{ ...suite, ...figures, answers: [], accepted: [] }]);
      }
    }
    const newest = { at: "2026-01-02T00:00:00.000Z", results: [{ suite: "idiom", top1: 0.5 }] };
    expect(documentOf(await archive("tiny@1", "--json"))).toMatchObject({
      probes: newest,
      limits: { proposed: [{ kind: "weakest", suite: "idiom" }] },
    });
    const { stdout } = await archive("tiny@1");
    expect(stdout).toMatch(/measured since, 2026-01-02 00:00 UTC:\n.*\n.*idiom +4 +50\.0 %/);
    expect(stdout).not.toContain("probes run");
    expect(documentOf(await archive("tiny@2", "--json"))).toMatchObject({
      probes: { at: "2026-01-03T00:00:00.000Z" },
    });
  });

  it("keeps a note with its date, and takes it back", async () => {
    const noted = documentOf(await archive("tiny@2", "--note", "弱在古文", "--json"));
    expect(noted).toMatchObject({ limits: { note: { text: "弱在古文" } } });
    expect((await archive("tiny@2")).stdout).toMatch(/Noted \d{4}-\d\d-\d\d: 弱在古文/);
    const without = documentOf(await archive("tiny@2", "--note", "", "--json"));
    expect(without).toMatchObject({ limits: { note: null, earlierNotes: [{ text: "弱在古文" }] } });
  });

  it.each([
    ["tiny", 2, /names no version; expected one as in "tiny@1"/],
    ["Tiny@1", 2, /The model id is "Tiny"/],
    ["tiny@9", 1, /has no version 9; it has 1, 2/],
    ["nothing@1", 1, /There is no model "nothing"/],
  ])("refuses %s", async (reference, code, says) => {
    const result = await archive(reference, "--json");
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(says);
  });
});
