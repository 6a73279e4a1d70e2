import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  fillBlanks,
  findBlanks,
  parseSamples,
  readLines,
  type Sample,
} from "../../src/tasks/fill-mask/index.ts";

const MODELS = path.join(import.meta.dirname, "../../models");
const SUITES = ["idiom", "poem", "science", "everyday"];

const load = (name: string): Sample[] =>
  parseSamples(readLines(path.join(MODELS, "probes", `${name}.jsonl.gz`)));

/** Without punctuation, so that a different comma makes no new question. */
const bare = (text: string): string => text.replace(/[\p{P}\s]+/gu, "");
const filled = ({ text, answers }: Sample): string =>
  bare(fillBlanks(text, findBlanks({ text, topK: 1 }), answers));

const all = [...SUITES, "golden"].map((name) => ({ name, samples: load(name) }));
const vocabulary = new Set(
  readFileSync(path.join(MODELS, "starter-cloze/vocab.txt"), "utf8").split("\n"),
);

describe("the shipped probes", () => {
  it.each(all)("$name has enough questions, each with one blank of its length", (suite) => {
    expect(suite.samples.length).toBeGreaterThanOrEqual(suite.name === "golden" ? 300 : 500);
    for (const { text, answers } of suite.samples) {
      const length = answers[0]?.length ?? 0;
      expect(findBlanks({ text, topK: 1 }), text).toHaveLength(1);
      expect(text).toContain(length === 1 ? "[MASK]" : "___");
      expect(length, text).toBeLessThanOrEqual(4);
    }
  });

  it.each(all)("$name can be answered with the starter's vocabulary", ({ samples }) => {
    const characters = samples.flatMap(({ answers }) => answers.flatMap((word) => [...word]));
    expect(characters.filter((character) => !vocabulary.has(character))).toEqual([]);
  });

  it("ask nothing twice, within a suite or across suites and the golden set", () => {
    const texts = all.flatMap(({ samples }) => samples.map(filled));
    expect(texts.filter((text, i) => texts.indexOf(text) !== i)).toEqual([]);
  });

  it("name their domain; the golden set has every one", () => {
    for (const { name, samples } of all) {
      const domains = new Set(samples.map(({ domain }) => domain));
      expect(domains).toEqual(new Set(name === "golden" ? SUITES : [name]));
    }
  });
});

describe("the replay sentences", () => {
  const sentences = readLines(path.join(MODELS, "replay/replay.txt.gz")).filter((s) => s !== "");

  it("are 3,000 different ones of 10 to 60 characters", () => {
    expect(new Set(sentences.map(bare)).size).toBe(3000);
    expect(sentences.filter(({ length }) => length < 10 || length > 60)).toEqual([]);
  });

  it("hold no probe", () => {
    const probes = all.flatMap(({ samples }) => samples.map(filled));
    const texts = sentences.map(bare);
    expect(probes.filter((probe) => texts.some((text) => text.includes(probe)))).toEqual([]);
  });
});
