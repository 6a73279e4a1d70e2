// Entries of a zip archive, as its central directory lists them. Knows nothing of where they go.

import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { AppError } from "../../base/index.ts";
import type { ArchiveEntry, ReadArchive } from "./entry.ts";

/** In the upper half of the attributes that Unix programs write: the type of a file. */
const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;
const SYMBOLIC_LINK = 0o120000;

/** Throws what is wrong with the archive as plain errors. */
export const readZip: ReadArchive = async (file, visit) => {
  // Only who unpacks something loads it.
  const { getFileNameLowLevel, openPromise } = await import("yauzl");
  // Names are judged by who unpacks, like those of all archives.
  const options = { lazyEntries: true, autoClose: false, decodeStrings: false };
  const zip = await openPromise(file, options);
  try {
    for await (const entry of zip.eachEntry()) {
      const { generalPurposeBitFlag: flag, fileNameRaw, extraFields } = entry;
      const name = getFileNameLowLevel(flag, fileNameRaw, extraFields, true);
      await visit(entryOf(zip, entry, name));
    }
  } finally {
    zip.close();
  }
};

function entryOf(zip: ZipFile, entry: Entry, name: string): ArchiveEntry {
  const { uncompressedSize: sizeBytes } = entry;
  return { name, kind: kindOf(entry, name), sizeBytes, content: () => contentOf(zip, entry, name) };
}

function kindOf({ externalFileAttributes }: Entry, name: string): ArchiveEntry["kind"] {
  const type = (externalFileAttributes >>> 16) & TYPE_MASK;
  if (type === SYMBOLIC_LINK) return "link";
  if (type !== 0 && type !== REGULAR && type !== DIRECTORY) return "device";
  return name.endsWith("/") ? "directory" : "file";
}

/** The reader checks sizes; that the bytes are those that were packed is checked here. */
async function* contentOf(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Uint8Array> {
  const stream = await zip.openReadStreamPromise(entry);
  let sum = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum === entry.crc32) return;
  throw new AppError(
    "damaged_file",
    `In the archive, ${JSON.stringify(name)} has the CRC-32 ${sum}; expected ${entry.crc32}. ` +
      "Fetch or pack it again.",
  );
}
