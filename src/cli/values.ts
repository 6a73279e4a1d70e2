// Option values as commander leaves them (text) → what commands need.

import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import type { Readable } from "node:stream";
import { AppError, messageOf } from "../base/index.ts";

/** A whole number in [low, high]; `fallback` where the option was not given. */
export function wholeOption(
  value: unknown,
  {
    name,
    range: [low, high],
    fallback,
  }: {
    readonly name: string;
    readonly range: readonly [number, number];
    readonly fallback: number;
  },
): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (Number.isInteger(number) && number >= low && number <= high) return number;
  throw new AppError("usage", `${name} is ${JSON.stringify(value)}; expected ${low} to ${high}`);
}

/** The text of an option, or undefined. */
export function textOption(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Bytes as UTF-8, which they must be. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError("bad_encoding", `${what} is not UTF-8; save it as UTF-8`, { cause });
  }
}

/** The largest text file that is read, unpacked: 256 MiB. */
const FILE_BYTES_MAX = 1 << 28;

/** The lines of a text file, unpacked when its name ends in .gz. */
export async function readLines(file: string): Promise<string[]> {
  try {
    const bytes = file.endsWith(".gz") ? await unpack(file) : await readFile(file);
    return decodeUtf8(bytes, file).split("\n");
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("not_found", `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

function unpack(file: string): Promise<Uint8Array> {
  const packed = createReadStream(file);
  const unpacked = createGunzip();
  packed.on("error", (error) => unpacked.destroy(error));
  return readAll(packed.pipe(unpacked), file);
}

/** All bytes of a stream, up to a limit. */
export async function readAll(stream: Readable, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > FILE_BYTES_MAX) {
      throw new AppError("invalid_input", `${what} has more than ${FILE_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
