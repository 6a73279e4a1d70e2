import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gateLimitsOf } from "../../src/configured.ts";
import { parseConfig } from "../../src/config/index.ts";
import { programAt, recordTraining } from "../../src/loop/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-record-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("the commit of a program", () => {
  const packageAt = (name: string): string => {
    write(`${name}/package.json`, '{"version":"1.2.3"}');
    return path.join(folder, name);
  };

  it("is what HEAD names, directly or by a branch, loose or packed", () => {
    const expected = { version: "1.2.3", commit: COMMIT };
    const detached = packageAt("detached");
    write("detached/.git/HEAD", `${COMMIT}\n`);
    expect(programAt(detached)).toEqual(expected);
    const loose = packageAt("loose");
    write("loose/.git/HEAD", "ref: refs/heads/main\n");
    write("loose/.git/refs/heads/main", `${COMMIT}\n`);
    expect(programAt(loose)).toEqual(expected);
    const packed = packageAt("packed");
    write("packed/.git/HEAD", "ref: refs/heads/main\n");
    write("packed/.git/packed-refs", `# pack-refs\n${COMMIT} refs/heads/main\n`);
    expect(programAt(packed)).toEqual(expected);
  });

  it("is unknown in a published package", () => {
    expect(programAt(packageAt("published"))).toEqual({ version: "1.2.3", commit: null });
  });
});

it("the record of a run has hashes and counts, and no text", async () => {
  write("package.json", '{"version":"1.2.3"}');
  const samples = '{"text":"订单没___","answer":"生效"}';
  const replay = "春天来了\n\n秋天走了\n";
  const record = await recordTraining(
    {
      kind: "train",
      recipe: "incremental",
      modelDirectory: "/m",
      runDirectory: "/r",
      samplesFile: write("samples.jsonl", samples),
      seed: 7,
      threads: 2,
      limits: gateLimitsOf(parseConfig({})),
      suites: [{ name: "idiom", kind: "probe", file: write("idiom.jsonl", samples) }],
      tuning: {
        baseDirectory: "/m",
        base: { key: "k", sha256: "s" },
        cacheDirectory: "/c",
        cacheBytesMax: 0,
        replayFile: write("replay.txt", replay),
      },
    },
    folder,
  );
  expect(record).toMatchObject({
    recipe: "incremental",
    seed: 7,
    epochs: null,
    threads: 2,
    program: { version: "1.2.3", commit: null },
    engine: expect.stringMatching(/^\d+\.\d+/) as string,
    samples: { sha256: sha256(samples) },
    replay: { sha256: sha256(replay), rows: 2 },
    probes: [{ suite: "idiom", sha256: sha256(samples), rows: 1 }],
  });
  expect(record.processor).not.toEqual([]);
  expect(JSON.stringify(record)).not.toMatch(/[订春生]/);
});
