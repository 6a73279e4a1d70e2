// Entries of a tar archive, plain or in gzip, streamed. Knows nothing of where they go.

import { once } from "node:events";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Parser, ReadEntry } from "tar";
import { AppError } from "../../base/index.ts";
import type { ArchiveEntry, ReadArchive } from "./entry.ts";

const GZIP_MAGIC = 0x8b1f;
const READ_BYTES = 1 << 18;
const FILES = ["File", "OldFile", "ContiguousFile"];
const LINKS = ["Link", "SymbolicLink"];

/** Throws what is wrong with the archive as the errors of zlib and of the reader. */
export const readTar: ReadArchive = async (file, visit) => {
  // Only who unpacks something loads it.
  const tar = await import("tar");
  // Strict: a header whose checksum is wrong is an error, and not passed over.
  const parser = new tar.Parser({ strict: true });
  const stop = new AbortController();
  const { signal } = stop;
  const fail = (error: unknown): void => stop.abort(error);
  let visits = Promise.resolve();
  let hasEnd = false;
  const takeNext = async (before: Promise<void>, entry: ReadEntry): Promise<void> => {
    await before;
    signal.throwIfAborted();
    await visit(entryOf(entry, signal));
    entry.resume();
  };
  parser.on("error", fail);
  parser.on("eof", () => (hasEnd = true));
  parser.on("entry", (entry: ReadEntry) => {
    visits = takeNext(visits, entry);
    visits.catch(fail);
  });
  const isZipped = await isGzip(file);
  const source = createReadStream(file, { highWaterMark: READ_BYTES });
  const feeding = (chunks: AsyncIterable<Uint8Array>): Promise<void> =>
    feed(parser, chunks, signal);
  const all = isZipped
    ? pipeline(source, createGunzip(), feeding, { signal })
    : pipeline(source, feeding, { signal });
  await all.catch(fail);
  await visits.catch(fail);
  signal.throwIfAborted();
  if (!hasEnd) throw new AppError("damaged_file", `${file} was cut short; fetch it again.`);
};

/** Ends when the parser has seen all, and all entries have been visited. */
async function feed(
  parser: Parser,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    if (!parser.write(chunk)) await once(parser, "drain", { signal });
  }
  const ended = once(parser, "end", { signal });
  parser.end();
  await ended;
}

function entryOf(entry: ReadEntry, signal: AbortSignal): ArchiveEntry {
  return {
    name: entry.path,
    kind: kindOf(entry.type),
    sizeBytes: entry.size,
    content: () => contentOf(entry, signal),
  };
}

/** The reader's own iterator waits for ever where the archive breaks off. */
async function* contentOf(entry: ReadEntry, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = entry[Symbol.asyncIterator]();
  let wake: (reason: unknown) => void = () => {};
  signal.addEventListener("abort", () => wake(signal.reason), { once: true });
  for (;;) {
    signal.throwIfAborted();
    // Not a race with one promise for all chunks, which would hold on to every one of them.
    const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      wake = reject;
      chunks.next().then(resolve, reject);
    });
    if (next.done === true) return;
    yield next.value;
  }
}

function kindOf(type: string): ArchiveEntry["kind"] {
  if (FILES.includes(type)) return "file";
  if (type === "Directory") return "directory";
  return LINKS.includes(type) ? "link" : "device";
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const magic = Buffer.alloc(2);
    const { bytesRead } = await handle.read(magic, 0, 2, 0);
    return bytesRead === 2 && magic.readUInt16LE() === GZIP_MAGIC;
  } finally {
    await handle.close();
  }
}
