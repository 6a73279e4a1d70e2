// A tiny run of bench/goods.ts, and what its sentences promise.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { flipped, GOODS_SETS, goodsLines, type GoodsSetName } from "../../bench/harness/goods.ts";
import { documentOf, resultOf } from "../helpers/run-cli.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const hasStarter = existsSync(path.join(ROOT, "models/starter-cloze/model.safetensors"));
const need = hasStarter ? "" : " [needs the starter: commit models/starter-cloze]";
const SETS = Object.keys(GOODS_SETS) as GoodsSetName[];

describe("the sentences about goods", () => {
  it.each(SETS)("of the set %s ask nothing that they teach", (set) => {
    const { train, same, other } = goodsLines(set);
    expect(train).toHaveLength(120);
    const taught = new Set(train.map(({ text }) => text));
    for (const { text } of [...same, ...other]) expect(taught).not.toContain(text);
  });

  it.each(SETS)("of the set %s do not name what is asked as never mentioned", (set) => {
    const { kinds } = GOODS_SETS[set];
    const taught = goodsLines(set).train.map(({ text }) => text);
    for (const thing of kinds.flatMap(({ others }) => others)) {
      expect(taught.filter((text) => text.includes(thing))).toEqual([]);
    }
  });

  it("are flipped in the rows that are named, and in no others", () => {
    const { train } = goodsLines("goods");
    const { lines, rows } = flipped(train, 0.2);
    const changed = lines.flatMap(({ answer }, i) => (answer === train[i]?.answer ? [] : [i + 1]));
    expect(changed).toHaveLength(24);
    expect(rows.toSorted((a, b) => a - b)).toEqual(changed);
  });
});

describe.skipIf(!hasStarter)(`a tiny run over goods${need}`, () => {
  it("gives its JSON line", async () => {
    const program = path.join(ROOT, "bench/goods.ts");
    const args = ["--import", "tsx", program, "--tiny", "--runs", "flipped"];
    const result = await resultOf(spawn(process.execPath, args, { cwd: ROOT }));
    expect(result.code, result.stderr).toBe(0);
    expect(documentOf(result)).toMatchObject({
      same: null,
      maskedOther: null,
      flippedSame: expect.any(Number) as number,
      flippedFound: expect.any(Number) as number,
    });
  }, 900_000);
});
