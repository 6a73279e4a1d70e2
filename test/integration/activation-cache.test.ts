import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  ActivationCache,
  trimActivations,
} from "../../src/training/incremental/activation-cache.ts";
import { othersSinceMs } from "../../src/training/run-directory.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), "activations-"))));
afterEach(() => rmSync(root, { recursive: true }));

const HOUR_MS = 3_600_000;
const row = (id: number) => ({ ids: [2, id, 3] });
/** Of a row: three tokens, eight numbers each, and a checksum. */
const ROW_BYTES = 100;

/** A cache of one model with a row for each age in hours. */
function cacheOf(model: string, ages: readonly number[]): ActivationCache {
  const cache = new ActivationCache(path.join(root, "activations", model), 8);
  for (const [id, age] of ages.entries()) {
    const known = readdirSync(cache.directory);
    cache.write(row(id), new Float32Array(24));
    const written = readdirSync(cache.directory).find((name) => !known.includes(name));
    const at = new Date(Date.now() - age * HOUR_MS);
    utimesSync(path.join(cache.directory, written ?? ""), at, at);
  }
  return cache;
}

describe("a row on disk", () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i / 7);

  it("is read as it was written", () => {
    const cache = cacheOf("only", []);
    expect(cache.claim(row(0))).toBe(false);
    cache.write(row(0), values);
    expect(cache.claim(row(0))).toBe(true);
    expect(cache.read(row(0))).toEqual(values);
    expect(readdirSync(cache.directory)).toHaveLength(1);
  });

  it.each([
    ["cut off", (bytes: Buffer) => bytes.subarray(0, 50)],
    ["zeros at its end", (bytes: Buffer) => bytes.fill(0, 60)],
    ["zeros alone", (bytes: Buffer) => bytes.fill(0)],
  ])("counts as missing when a power cut left it %s", (_, damage) => {
    const cache = cacheOf("only", []);
    cache.write(row(0), values);
    const file = path.join(cache.directory, readdirSync(cache.directory)[0]!);
    writeFileSync(file, damage(readFileSync(file)));
    expect(cache.claim(row(0))).toBe(false);
  });
});

describe("trimming the activations", () => {
  const trim = (bytesMax: number, usedSinceMs = Infinity): void =>
    trimActivations(path.join(root, "activations"), { bytesMax, usedSinceMs });
  const kept = (cache: ActivationCache, count: number): boolean[] =>
    Array.from({ length: count }, (_, id) => cache.claim(row(id)));

  it("takes the least recently used first, whichever model's they are", () => {
    const first = cacheOf("first", [5, 1]);
    const second = cacheOf("second", [4, 2]);
    trim(2 * ROW_BYTES);
    expect(kept(first, 2)).toEqual([false, true]);
    expect(kept(second, 2)).toEqual([false, true]);
  });

  it("counts a row that a run asked for as used", () => {
    const cache = cacheOf("only", [5, 4]);
    expect(cache.claim(row(0))).toBe(true);
    trim(ROW_BYTES);
    expect(kept(cache, 2)).toEqual([true, false]);
  });

  it("leaves what a run under way may need, though that is more than the limit", () => {
    const cache = cacheOf("only", [5, 3, 1]);
    trim(0, Date.now() - 4 * HOUR_MS);
    expect(kept(cache, 3)).toEqual([false, true, true]);
  });

  it("leaves everything within the limit, and does without a cache", () => {
    trim(0);
    const cache = cacheOf("only", [5, 3]);
    trim(2 * ROW_BYTES);
    expect(kept(cache, 2)).toEqual([true, true]);
  });
});

describe("the oldest run under way", () => {
  const run = (name: string, pid: number, age: number): string => {
    const directory = path.join(root, "runs", name);
    mkdirSync(directory, { recursive: true });
    const lock = path.join(directory, "pid");
    writeFileSync(lock, String(pid));
    const at = (Date.now() - age * HOUR_MS) / 1000;
    utimesSync(lock, at, at);
    return directory;
  };
  /** No process has it: Linux ends at 4,194,304. */
  const DEAD = 99_999_999;

  it("is told by its lock, unless its process is gone or it is the one that asks", () => {
    const own = run("own", process.pid, 9);
    run("dead", DEAD, 8);
    expect(othersSinceMs(own)).toBe(Infinity);
    run("live", process.pid, 3);
    mkdirSync(path.join(root, "runs/stopped"));
    writeFileSync(path.join(root, "runs/note.txt"), "a file of somebody else");
    expect(othersSinceMs(own)).toBeCloseTo(Date.now() - 3 * HOUR_MS, -4);
  });
});
