// A model directory out of an archive that a stranger may have made: files and directories inside
// the target and nothing else, up to a limit; all of them or none.

import { open, mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { AppError, messageOf } from "../../base/index.ts";
import { resolveInside } from "../limits/paths.ts";
import type { ArchiveEntry, ReadArchive } from "./entry.ts";
import { readTar } from "./tar.ts";
import { readZip } from "./zip.ts";

export interface UnpackOptions {
  /** Where the files go, which must not exist; removed again when unpacking fails. */
  readonly directory: string;
  /** Of all files together, unpacked. */
  readonly bytesMax: number;
  readonly filesMax: number;
  /** Of one file. */
  readonly onProgress?: ((file: string, doneBytes: number, totalBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const READERS: readonly (readonly [RegExp, ReadArchive])[] = [
  [/\.(tar|tar\.gz|tgz)$/i, readTar],
  [/\.zip$/i, readZip],
];
/** How an archive names the directory that it was made of. */
const ITSELF = /^\.?\/*$/;
/** What is looked at and then left: hidden files, and what macOS adds to an archive. */
const PASSED_OVER = /(^|\/)(\.[^/]+|__MACOSX)(\/|$)/;

/** Whether a name is that of an archive that {@link unpackArchive} reads. */
export function isArchiveName(name: string): boolean {
  return READERS.some(([pattern]) => pattern.test(name));
}

/**
 * Unpacks an archive and gives the directory of the model in it: the target, or its only folder.
 *
 * @throws AppError `not_found` without the file; `invalid_input` for entries outside the target,
 *   links, devices, and more than the limits; `damaged_file`, `io_failed`; what the signal says.
 */
export async function unpackArchive(file: string, options: UnpackOptions): Promise<string> {
  const read = READERS.find(([pattern]) => pattern.test(file))?.[1] ?? readTar;
  const unpacking = new Unpacking(file, options);
  try {
    await mkdir(options.directory, { recursive: true });
    await read(file, (entry) => unpacking.take(entry));
    return await withoutLoneFolder(options.directory);
  } catch (error) {
    await rm(options.directory, { recursive: true, force: true });
    throw asUnpackError(error, file);
  }
}

class Unpacking {
  readonly #file: string;
  readonly #options: UnpackOptions;
  #doneBytes = 0;
  #fileCount = 0;

  constructor(file: string, options: UnpackOptions) {
    this.#file = file;
    this.#options = options;
  }

  async take(entry: ArchiveEntry): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const { name, kind, sizeBytes } = entry;
    if (kind === "directory" && ITSELF.test(name)) return;
    const target = resolveInside(this.#options.directory, name.replace(/\/+$/, ""));
    if (kind === "link" || kind === "device") throw this.#refused(kind, name);
    if (kind === "directory" || PASSED_OVER.test(name.replaceAll("\\", "/"))) return;
    this.#fileCount++;
    if (this.#fileCount > this.#options.filesMax) throw this.#tooMany();
    // Told before it fills the disk, where the archive is honest.
    this.#requireRoom(sizeBytes);
    await this.#write(target, entry);
  }

  async #write(target: string, { name, sizeBytes, content }: ArchiveEntry): Promise<void> {
    const { signal, onProgress } = this.#options;
    await mkdir(path.dirname(target), { recursive: true });
    const copy = await open(target, "wx");
    let done = 0;
    try {
      for await (const chunk of content()) {
        signal?.throwIfAborted();
        this.#requireRoom(chunk.length);
        await copy.writeFile(chunk);
        done += chunk.length;
        this.#doneBytes += chunk.length;
        onProgress?.(name, done, sizeBytes);
      }
    } finally {
      await copy.close();
    }
  }

  #requireRoom(bytes: number): void {
    const { bytesMax } = this.#options;
    if (this.#doneBytes + bytes <= bytesMax) return;
    throw new AppError(
      "invalid_input",
      `${this.#file} unpacks to more than ${bytesMax} bytes, the most that is taken for one ` +
        "model; raise models.maxDownloadBytes if you trust it.",
      { details: { limitBytes: bytesMax } },
    );
  }

  #tooMany(): AppError {
    const { filesMax } = this.#options;
    return new AppError(
      "invalid_input",
      `${this.#file} has more than ${filesMax} files; expected the directory of one model. ` +
        "Raise models.maxArchiveFiles if it is one.",
      { details: { limit: filesMax } },
    );
  }

  #refused(kind: "link" | "device", name: string): AppError {
    return new AppError(
      "invalid_input",
      `${this.#file} holds a ${kind}, ${JSON.stringify(name.slice(0, 200))}; expected files and ` +
        "directories only. Pack the files that links stand for (`tar --dereference`).",
    );
  }
}

/** Archives are made of a directory as often as of what is in it. */
async function withoutLoneFolder(directory: string): Promise<string> {
  const [first, ...others] = await readdir(directory, { withFileTypes: true });
  if (first?.isDirectory() !== true || others.length > 0) return directory;
  return path.join(directory, first.name);
}

function asUnpackError(error: unknown, file: string): unknown {
  if (error instanceof AppError) return error;
  const cause = { cause: error };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "EISDIR") {
    return new AppError("not_found", `${file} is not a file; expected an archive.`, cause);
  }
  if (["EEXIST", "ENOTDIR"].includes(code)) {
    return new AppError("invalid_input", `${file} names two things alike; pack it again.`, cause);
  }
  if (error instanceof Error && "syscall" in error) {
    const what = `Unpacking ${file} failed: ${messageOf(error)}. Check free space and permissions.`;
    return new AppError("io_failed", what, cause);
  }
  return new AppError(
    "damaged_file",
    `${file} cannot be unpacked (${messageOf(error)}). It is damaged, cut short or of another ` +
      "format; fetch or pack it again.",
    cause,
  );
}
