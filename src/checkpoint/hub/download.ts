// One file of a hub to disk: resumable, checked against the hub's hash where it tells one, there
// only when it is whole.

import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../base/index.ts";
import { sha256OfFile } from "../files.ts";
import { request, unreachable, type HubAccess } from "./request.ts";

export interface Download {
  readonly url: URL;
  readonly access: HubAccess;
  /** Where the file goes; beside it lie PART and its note until it is whole. */
  readonly target: string;
  readonly limitBytes: number;
  readonly onProgress: (doneBytes: number, totalBytes: number | undefined) => void;
}

export interface DownloadedFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What is known of a file that is not whole yet. */
interface PartNote {
  /** Entity tag of the response that the bytes are from. */
  readonly etag: string;
}

const ATTEMPTS = 4;
/** A connection that gives nothing for so long is given up. */
const STALL_MS = 30_000;

/**
 * Fetches a file, or the rest of it; undefined when the hub has none of this name.
 *
 * @throws AppError `unavailable` when the network or the hub fails, `forbidden` for a file that is
 *   not public, `damaged_file` when it is larger than allowed or not what the hub promised.
 */
export async function download(job: Download): Promise<DownloadedFile | undefined> {
  if (existsSync(job.target)) return describe(job.target);
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchRest(job);
    } catch (error) {
      const isFinal = !(error instanceof AppError) || error.code !== "unavailable";
      // Only a connection that broke in the middle is worth another try.
      if (isFinal || attempt === ATTEMPTS || partSize(job.target) === 0) throw error;
    }
  }
}

async function fetchRest(job: Download): Promise<DownloadedFile | undefined> {
  const { url, access, target, limitBytes } = job;
  const note = readNote(target);
  const from = note === undefined ? 0 : partSize(target);
  const headers = note && from > 0 ? { range: `bytes=${from}-`, "if-range": note.etag } : undefined;
  using watch = new StallWatch();
  const { signal } = watch;
  const { response, sha256 } = await request(url, access, { headers: headers ?? {}, signal });
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (response.status === 416) {
    // What is here is not a beginning of what the hub has now.
    discardPart(target);
    throw new AppError("unavailable", `${url.href} has changed while it was fetched; try again.`);
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw refused(url, response.status);
  }
  const start = response.status === 206 ? from : 0;
  const total = totalOf(response.headers, start);
  if ((total ?? 0) > limitBytes) {
    await response.body.cancel();
    throw tooLarge(url, limitBytes);
  }
  writeNote(target, response.headers.get("etag"));
  await append(job, { body: response.body, start, total, watch });
  if (total !== undefined && partSize(target) < total) {
    throw unreachable(access.mirror, new AppError("unavailable", "the connection ended early"));
  }
  return await complete(job, sha256);
}

async function append(
  { url, target, limitBytes, onProgress, access }: Download,
  {
    body,
    start,
    total,
    watch,
  }: {
    readonly body: ReadableStream<Uint8Array>;
    readonly start: number;
    readonly total: number | undefined;
    readonly watch: StallWatch;
  },
): Promise<void> {
  const file = await open(partOf(target), start === 0 ? "w" : "a");
  let done = start;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      watch.saw();
      done += chunk.length;
      if (done > limitBytes) throw tooLarge(url, limitBytes);
      await file.write(chunk);
      onProgress(done, total);
    }
    await file.sync();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "damaged_file") {
      throw unreachable(access.mirror, error);
    }
    discardPart(target);
    throw error;
  } finally {
    await file.close();
  }
}

async function complete(
  { url, target }: Download,
  expected: string | undefined,
): Promise<DownloadedFile> {
  const { sha256, sizeBytes } = await describe(partOf(target));
  if (expected !== undefined && sha256 !== expected) {
    discardPart(target);
    throw new AppError(
      "damaged_file",
      `${url.href} has SHA-256 ${sha256}, but the hub says ${expected}; fetch it again.`,
    );
  }
  renameSync(partOf(target), target);
  rmSync(noteOf(target), { force: true });
  return { sha256, sizeBytes };
}

async function describe(file: string): Promise<DownloadedFile> {
  return { sha256: await sha256OfFile(file), sizeBytes: statSync(file).size };
}

/** Aborts a request that has stalled. */
class StallWatch implements Disposable {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.saw();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something has arrived. */
  saw(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort(new AppError("unavailable", `no answer for ${STALL_MS / 1000} s`));
    }, STALL_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

function partOf(target: string): string {
  return `${target}.part`;
}

function noteOf(target: string): string {
  return `${target}.part.json`;
}

function partSize(target: string): number {
  return statSync(partOf(target), { throwIfNoEntry: false })?.size ?? 0;
}

function discardPart(target: string): void {
  rmSync(partOf(target), { force: true });
  rmSync(noteOf(target), { force: true });
}

function readNote(target: string): PartNote | undefined {
  try {
    const { etag } = JSON.parse(readFileSync(noteOf(target), "utf8")) as Partial<PartNote>;
    return typeof etag === "string" ? { etag } : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes are continued only under an entity tag that promises the same bytes. */
function writeNote(target: string, etag: string | null): void {
  if (etag === null || etag.startsWith("W/")) rmSync(noteOf(target), { force: true });
  else writeFileSync(noteOf(target), JSON.stringify({ etag }));
}

function totalOf(headers: Headers, start: number): number | undefined {
  const length = Number(headers.get("content-length") ?? NaN);
  const isPlain = (headers.get("content-encoding") ?? "identity") === "identity";
  return isPlain && Number.isSafeInteger(length) ? start + length : undefined;
}

function refused(url: URL, status: number): AppError {
  if (status === 401 || status === 403) {
    return new AppError(
      "forbidden",
      `${url.host} refuses ${path.posix.basename(url.pathname)} (status ${status}): ` +
        `the model does ` +
        "not exist, is private, or asks for its terms to be accepted. Fetch it yourself and add " +
        "its directory with file:DIR.",
    );
  }
  return new AppError("unavailable", `${url.href} answers with status ${status}; try again later.`);
}

function tooLarge(url: URL, limitBytes: number): AppError {
  return new AppError(
    "damaged_file",
    `${url.href} is larger than ${limitBytes} bytes, the most that is fetched of such a file.`,
    { details: { limitBytes } },
  );
}
