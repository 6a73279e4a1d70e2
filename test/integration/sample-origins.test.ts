// Counts of where samples came from, over a real store and files.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { createScrubber } from "../../src/feedback/index.ts";
import { takeSamples } from "../../src/loop/feedback-samples.ts";
import { feedbackOrigins, sampleOrigins } from "../../src/loop/index.ts";
import { scrubFile } from "../../src/loop/scrubbed-file.ts";
import type { SampleSource } from "../../src/wire/index.ts";
import { useStubRegistry } from "../helpers/stub-registry.ts";

const stub = useStubRegistry();

function write(lines: readonly string[]): string {
  const file = path.join(stub.folder, "samples.jsonl");
  writeFileSync(file, lines.join("\n"));
  return file;
}

const line = (facts: object): string =>
  JSON.stringify({ text: "订单没___", answer: "生效", ...facts });

async function fileSample(
  text: string,
  facts: { readonly source: SampleSource; readonly user?: string; readonly domain?: string },
): Promise<void> {
  const { source, user = "someone", domain } = facts;
  const opinion = {
    origin: text,
    blank: 0,
    candidate: "生效",
    user,
    verdict: "accept",
    answer: null,
    best: null,
    bestScore: null,
    at: "2026-01-01T00:00:00.000Z",
  } as const;
  const judged = { answers: ["生效"], rejected: [], hold: null };
  await stub.registry.feedback.file([{ model: "m", text, source, domain, opinion }], () => judged);
}

it("what waited in feedback is told apart by its sources, domains and reviews", async () => {
  await fileSample("甲还没___", { source: "feedback", domain: "shop" });
  await fileSample("乙还没___", { source: "feedback", user: "reviewer" });
  await fileSample("丙还没___", { source: "terms", domain: "shop" });
  await fileSample("丁还没___", { source: "style", domain: "law" });
  const lines = await takeSamples(stub.registry.feedback, "m", {
    run: "r",
    perUser: 10,
    suites: { isAsked: () => false, askedBy: () => [] },
  });
  await fileSample("戊还没___", { source: "import", user: "reviewer" });
  // What is reviewed later was not when the run took it.
  await fileSample("甲还没___", { source: "feedback", user: "reviewer" });
  expect(await feedbackOrigins(stub.registry.feedback, "r", write(lines))).toEqual({
    sources: [
      { origin: "feedback", count: 2 },
      { origin: "terms", count: 1 },
      { origin: "style", count: 1 },
    ],
    reviewed: 1,
    domains: [
      { domain: "shop", count: 2 },
      { domain: null, count: 1 },
      { domain: "law", count: 1 },
    ],
    otherDomains: 0,
  });
});

it("a file cannot say that it is feedback, and its domains come without personal data", async () => {
  const samples = write([
    line({ source: "feedback", domain: "call 13812345678" }),
    line({ source: "terms" }),
  ]);
  const { lines = [] } = await scrubFile(samples, createScrubber());
  const counted = await sampleOrigins(write(lines), { from: "file" });
  expect(counted).toMatchObject({ sources: [{ origin: "file", count: 2 }], reviewed: 0 });
  expect(JSON.stringify(counted)).not.toContain("13812345678");
  expect(counted.domains).toHaveLength(2);
});

it("a text in place of a domain is cut", async () => {
  const samples = write([line({ domain: "一".repeat(500) })]);
  const { domains } = await sampleOrigins(samples, { from: "upload" });
  expect(domains).toEqual([{ domain: "一".repeat(64), count: 1 }]);
});

it("names the most frequent domains only", async () => {
  const samples = write(
    Array.from({ length: 60 }, (_, i) => line({ domain: i < 5 ? "many" : `d${i}` })),
  );
  const { domains, otherDomains } = await sampleOrigins(samples, { from: "upload" });
  expect(domains[0]).toEqual({ domain: "many", count: 5 });
  expect(domains).toHaveLength(20);
  expect(otherDomains).toBe(60 - 5 - 19);
});
