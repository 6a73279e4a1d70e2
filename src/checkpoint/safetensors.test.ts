import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";

import { appErrorOf } from "../../test/helpers/app-error.ts";
import { AppError } from "../base/index.ts";
import { DTYPE_BYTES, bytesOf, type DType } from "./dtype.ts";
import { sha256OfFile } from "./files.ts";
import {
  openSafetensorsFile,
  tensorToWrite,
  writeSafetensors,
  type TensorToWrite,
} from "./safetensors.ts";

const directory = mkdtempSync(path.join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(directory, { recursive: true }));

const file = path.join(directory, "t.safetensors");

/** Writes a file from header text and tensor bytes, with a truthful header length unless told. */
function writeRaw(header: unknown, dataBytes = 0, claimedBytes?: number | bigint): string {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const length = bytesOf(BigUint64Array.of(BigInt(claimedBytes ?? text.length)));
  writeFileSync(file, Buffer.concat([length, text, new Uint8Array(dataBytes)]));
  return file;
}

const openError = (filePath: string): AppError =>
  appErrorOf(() => openSafetensorsFile(filePath).close());

const entry = (begin: number, end: number, dtype = "U8", shape = [end - begin]): unknown => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("round trip", () => {
  const anyTensor = fc
    .tuple(
      fc.string({ maxLength: 8, unit: "grapheme" }).filter((name) => name !== "__metadata__"),
      fc.constantFrom(...(Object.keys(DTYPE_BYTES) as DType[])),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      fc.integer(),
    )
    .map(([name, dtype, shape, seed]): TensorToWrite & { data: Uint8Array } => {
      const sizeBytes = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]);
      return { name, dtype, shape, data: new Uint8Array(sizeBytes).map((_, i) => seed + 31 * i) };
    });
  const anyTensors = fc.uniqueArray(anyTensor, { selector: (t) => t.name, maxLength: 8 });

  it("returns the bytes, shapes and metadata of every dtype, zero-size tensors included", () => {
    fc.assert(
      fc.property(anyTensors, fc.dictionary(fc.string(), fc.string()), (tensors, pairs) => {
        const metadata = new Map(Object.entries(pairs));
        writeSafetensors(file, tensors, metadata);
        using reader = openSafetensorsFile(file);
        expect(reader.tensors.size).toBe(tensors.length);
        expect(new Map(reader.metadata)).toEqual(metadata);
        for (const { name, dtype, shape, data } of tensors) {
          expect(reader.tensors.get(name)).toMatchObject({ name, dtype, shape });
          expect(reader.read(name)).toEqual(data);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("writes the same bytes whatever the order of the tensors", async () => {
    const scalar = tensorToWrite("b", { shape: [], data: Float32Array.of(7) }, "F32");
    const row = tensorToWrite("a", { shape: [3], data: Float32Array.of(1, 2, 3) }, "F16");
    writeSafetensors(file, [scalar, row]);
    const first = await sha256OfFile(file);
    writeSafetensors(file, [row, scalar]);
    expect(await sha256OfFile(file)).toBe(first);
  });

  it("aligns the data and every tensor to its element", () => {
    const tensors = (["I8", "F16", "F64", "BF16", "F32"] as const).map((dtype): TensorToWrite => ({
      name: dtype.toLowerCase(),
      dtype,
      shape: [3],
      data: new Uint8Array(3 * DTYPE_BYTES[dtype]),
    }));
    writeSafetensors(file, tensors, new Map([["k", "é"]]));
    const bytes = readFileSync(file);
    const headerBytes = Number(bytes.readBigUInt64LE());
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as Record<
      string,
      { dtype: DType; data_offsets?: [number, number] }
    >;
    for (const { dtype, data_offsets: offsets } of Object.values(header)) {
      if (offsets) expect(offsets[0] % DTYPE_BYTES[dtype]).toBe(0);
    }
  });

  it("keeps NaN payloads and infinities through float32, float16 and bfloat16", () => {
    const words = Uint32Array.of(0x7fc00000, 0xffe10000, 0x7f800000, 0xff800000, 0x80000000);
    const tensor = { shape: [5], data: new Float32Array(words.buffer) };
    for (const dtype of ["F32", "F16", "BF16"] as const) {
      writeSafetensors(file, [tensorToWrite("x", tensor, dtype)]);
      using reader = openSafetensorsFile(file);
      expect(new Uint32Array(reader.readFloat32("x").buffer)).toEqual(words);
    }
  });

  it("converts tensors longer than one chunk", () => {
    const data = Float32Array.from({ length: (1 << 20) + 5 }, (_, i) => i % 1000);
    writeSafetensors(file, [tensorToWrite("x", { shape: [data.length], data }, "F16")]);
    using reader = openSafetensorsFile(file);
    expect(Buffer.compare(bytesOf(reader.readFloat32("x")), bytesOf(data))).toBe(0);
  });
});

describe("reading", () => {
  it("reads a part of a tensor into the middle of a buffer", () => {
    writeSafetensors(file, [
      { name: "x", dtype: "U8", shape: [4], data: Uint8Array.of(1, 2, 3, 4) },
    ]);
    using reader = openSafetensorsFile(file);
    const target = new Uint8Array(4);
    reader.readInto("x", target.subarray(1, 3), 2);
    expect([...target]).toEqual([0, 3, 4, 0]);
    expect(() => reader.readInto("x", target, 1)).toThrow(/bytes 1..5 of x, which has 4/);
  });

  it("says which tensor is missing", () => {
    writeSafetensors(file, []);
    using reader = openSafetensorsFile(file);
    expect(() => reader.read("x")).toThrow(/no tensor "x" among its 0/);
  });

  it("refuses to read after closing, and closes twice without harm", () => {
    writeSafetensors(file, [{ name: "x", dtype: "U8", shape: [0], data: new Uint8Array() }]);
    const reader = openSafetensorsFile(file);
    reader.close();
    reader.close();
    expect(() => reader.read("x")).toThrow(/after it had been closed/);
  });

  it("accepts a header padded with spaces and tensors in any order", () => {
    using reader = openSafetensorsFile(
      writeRaw(`${JSON.stringify({ b: entry(2, 3), z: entry(2, 2), a: entry(0, 2) })}    `, 3),
    );
    expect([...reader.tensors.keys()]).toEqual(["a", "z", "b"]);
  });

  it("reports a file that shrinks while open", () => {
    writeRaw({ x: entry(0, 8) }, 8);
    using reader = openSafetensorsFile(file);
    writeRaw({ x: entry(0, 8) }, 4);
    expect(() => reader.read("x")).toThrow(/truncated or was changed/);
  });
});

describe("a damaged file", () => {
  const damages: [string, () => string, RegExp][] = [
    ["an empty file", () => (writeFileSync(file, ""), file), /truncated/],
    ["a file of 7 bytes", () => (writeFileSync(file, "1234567"), file), /truncated/],
    ["a header longer than the file", () => writeRaw({}, 0, 1000), /has 10 bytes in all/],
    ["a header above 100 MB", () => writeRaw({}, 0, 100_000_001), /limit is 100000000/],
    ["a header length of 2^64-1", () => writeRaw({}, 0, 2n ** 64n - 1n), /limit is 100000000/],
    ["a header shorter than its text", () => writeRaw({ x: entry(0, 1) }, 1, 9), /valid JSON/],
    ["a header that is no JSON", () => writeRaw("{hello}"), /not valid JSON/],
    ["a header that is an array", () => writeRaw("[1, 2]"), /does not start with "\{"/],
    ["a header that is not UTF-8", () => writeRaw('{"\ud800":1}'.replace("1", "")), /valid JSON/],
    ["truncated data", () => writeRaw({ x: entry(0, 9) }, 8), /describes 9; it is truncated/],
    ["data after the tensors", () => writeRaw({ x: entry(0, 7) }, 8), /foreign data/],
    ["a hole", () => writeRaw({ x: entry(0, 2), y: entry(3, 8) }, 8), /"y".* leaves a hole/],
    ["a hole at the start", () => writeRaw({ x: entry(1, 8) }, 8), /leaves a hole, expected 0/],
    ["an overlap", () => writeRaw({ x: entry(0, 5), y: entry(4, 8) }, 8), /"y".* overlaps/],
    ["a range backwards", () => writeRaw({ x: entry(3, 2, "U8", [1]) }, 8), /data_offsets \[3,2\]/],
    ["negative offsets", () => writeRaw({ x: entry(-1, 2) }, 8), /data_offsets \[-1,2\]/],
    ["fractional offsets", () => writeRaw({ x: entry(0, 1.5, "U8", [1]) }, 8), /data_offsets/],
    [
      "a shape too large",
      () => writeRaw({ x: entry(0, 8, "F32", [3]) }, 8),
      /8 bytes, expected 12/,
    ],
    [
      "an overflowing shape",
      () => writeRaw({ x: entry(0, 8, "U8", [2 ** 40, 2 ** 40]) }, 8),
      /shape/,
    ],
    ["a negative axis", () => writeRaw({ x: entry(0, 8, "U8", [-2, -4]) }, 8), /shape \[-2,-4\]/],
    ["a missing shape", () => writeRaw({ x: { dtype: "U8", data_offsets: [0, 8] } }, 8), /shape/],
    ["an entry that is text", () => writeRaw({ x: "y" }), /is described by "y"/],
    ["metadata of numbers", () => writeRaw({ __metadata__: { a: 1 } }), /object of strings/],
    ["metadata of text", () => writeRaw({ __metadata__: "a" }), /object of strings/],
  ];

  it.each(damages)("is refused: %s", (_, make, message) => {
    const error = openError(make());
    expect(error.code).toBe("damaged_file");
    expect(error.message).toMatch(message);
  });

  it("is refused: bytes that are not UTF-8", () => {
    const header = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    writeFileSync(file, Buffer.concat([bytesOf(BigUint64Array.of(7n)), header]));
    expect(openError(file).message).toMatch(/not valid UTF-8/);
  });

  it("with an unknown dtype is called unsupported", () => {
    const error = openError(writeRaw({ x: entry(0, 8, "C64", [1]) }, 8));
    expect(error.code).toBe("unsupported_model");
    expect(error.message).toMatch(/dtype "C64"; expected one of F64/);
  });

  it("is refused wherever a good file is cut or one header byte changes, or reads in full", () => {
    writeSafetensors(file, [
      tensorToWrite("x", { shape: [2, 3], data: new Float32Array(6) }, "F32"),
      tensorToWrite("y", { shape: [5], data: new Float32Array(5) }, "F16"),
    ]);
    const good = readFileSync(file);
    for (let length = 0; length < good.length; length++) {
      writeFileSync(file, good.subarray(0, length));
      expect(openError(file).code).toBe("damaged_file");
    }
    fc.assert(
      fc.property(fc.nat(good.length - 35), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] as number) ^ flip;
        writeFileSync(file, bad);
        try {
          using reader = openSafetensorsFile(file);
          for (const name of reader.tensors.keys()) reader.read(name);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("that does not exist, or is a directory, is called not found", () => {
    expect(openError(path.join(directory, "none")).code).toBe("not_found");
    expect(openError(directory).code).toBe("not_found");
  });
});

describe("writing", () => {
  it("leaves the old file and no temporary one when it fails", () => {
    writeSafetensors(file, []);
    const before = readFileSync(file);
    const broken: TensorToWrite = {
      name: "x",
      dtype: "U8",
      shape: [4],
      data: () => [new Uint8Array(3)],
    };
    expect(() => writeSafetensors(file, [broken])).toThrow(/x: 3 bytes, expected 4/);
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(directory)).toEqual([path.basename(file)]);
  });

  it("says so when the place cannot be written", () => {
    const nowhere = path.join(directory, "none", "x.safetensors");
    expect(() => writeSafetensors(nowhere, [])).toThrow(/Writing .* failed: ENOENT/);
  });

  it("refuses two tensors of one name", () => {
    const tensor: TensorToWrite = { name: "x", dtype: "U8", shape: [0], data: new Uint8Array() };
    expect(() => writeSafetensors(file, [tensor, tensor])).toThrow(/same name/);
  });
});
