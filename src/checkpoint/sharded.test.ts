import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { tensorToWrite, writeSafetensors } from "./safetensors.ts";
import { openSafetensors } from "./sharded.ts";

const directory = mkdtempSync(path.join(tmpdir(), "sharded-"));
afterAll(() => rmSync(directory, { recursive: true }));

const indexPath = path.join(directory, "model.safetensors.index.json");

function writeIndex(weightMap: unknown): void {
  writeFileSync(indexPath, JSON.stringify({ metadata: {}, weight_map: weightMap }));
}

describe("openSafetensors on an index", () => {
  beforeAll(() => {
    ["a", "b"].forEach((name, i) => {
      const tensor = { shape: [1], data: Float32Array.of(i) };
      const file = path.join(directory, `shard-${i}.safetensors`);
      writeSafetensors(file, [tensorToWrite(name, tensor, "F32")], new Map([["format", "pt"]]));
    });
  });

  it("reads tensors from the shard that holds them", () => {
    writeIndex({ a: "shard-0.safetensors", b: "shard-1.safetensors" });
    using reader = openSafetensors(indexPath);
    expect([...reader.tensors.keys()]).toEqual(["a", "b"]);
    expect([...reader.readFloat32("a"), ...reader.readFloat32("b")]).toEqual([0, 1]);
    expect(reader.metadata.get("format")).toBe("pt");
    expect(() => reader.read("c")).toThrow(/no tensor "c"/);
  });

  it("refuses a shard that lacks its tensor", () => {
    writeIndex({ a: "shard-1.safetensors" });
    expect(() => openSafetensors(indexPath)).toThrow(/shard-1.safetensors has no tensor "a"/);
  });

  it("refuses a missing shard", () => {
    writeIndex({ a: "shard-0.safetensors", b: "shard-7.safetensors" });
    expect(() => openSafetensors(indexPath)).toThrow(/shard-7.safetensors does not exist/);
  });

  it.each(["../shard-0.safetensors", "/etc/passwd", "x/../../y"])("refuses shard %s", (name) => {
    writeIndex({ a: name });
    expect(() => openSafetensors(indexPath)).toThrow(/expected a relative path/);
  });

  it.each([undefined, {}, { a: 1 }, ["a"]])("refuses the weight map %j", (weightMap) => {
    writeIndex(weightMap);
    expect(() => openSafetensors(indexPath)).toThrow(/no "weight_map"/);
  });

  it("refuses more shards than file handles allow", () => {
    writeIndex(Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`t${i}`, `s${i}`])));
    expect(() => openSafetensors(indexPath)).toThrow(/lists 501 shards, the limit is 500/);
  });
});
