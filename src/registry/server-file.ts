// server.json in the data directory: how commands find the server that uses it. Written by the
// server, removed when it ends; one left behind by a killed server is recognised by the mark of its
// process. Only its owner can read it, since it holds what lets commands in.

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError, messageOf } from "../base/index.ts";
import { isAlive, isMarkAlive, ownMark } from "../jobs/index.ts";

const NAME = "server.json";
const OWNER_ONLY = 0o600;

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** "http://127.0.0.1:8080" */
  readonly url: string;
  /** Versions with live replicas, as "id@V". */
  readonly serving: readonly string[];
  /** What commands send as a key. */
  readonly token: string;
}

/** What stands in the file. */
interface Announcement {
  readonly server: RunningServer;
  /** Of its process; an older program wrote none. */
  readonly mark: string | undefined;
}

/** The server that uses this data directory, undefined when none runs. */
export async function findServer(dataDirectory: string): Promise<RunningServer | undefined> {
  const text = await readFile(path.join(dataDirectory, NAME), "utf8").catch(() => undefined);
  const announced = text === undefined ? undefined : parseServer(text);
  if (announced === undefined) return undefined;
  const { server, mark } = announced;
  const isThere = isAlive(server.pid) && (mark === undefined || isMarkAlive(mark));
  return isThere ? server : undefined;
}

/** Announces this process as the server of the data directory, or what it serves now. */
export async function announceServer(dataDirectory: string, server: RunningServer): Promise<void> {
  const file = path.join(dataDirectory, NAME);
  const temporary = `${file}.${server.pid}.tmp`;
  try {
    await mkdir(dataDirectory, { recursive: true });
    const text = JSON.stringify({ ...server, mark: ownMark() });
    await writeFile(temporary, `${text}\n`, { mode: OWNER_ONLY });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new AppError("io_failed", `Writing ${file} failed: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

/** Takes the announcement back, unless another server has made its own meanwhile. */
export async function withdrawServer(dataDirectory: string, pid: number): Promise<void> {
  const announced = await findServer(dataDirectory);
  if (announced?.pid === pid) await rm(path.join(dataDirectory, NAME), { force: true });
}

function parseServer(text: string): Announcement | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<RunningServer> & { readonly mark?: unknown };
    const { pid, port, url, serving, token, mark } = parsed;
    const isWhole = Number.isInteger(pid) && Number.isInteger(port) && typeof url === "string";
    if (!isWhole || !Array.isArray(serving) || typeof token !== "string") return undefined;
    const names = serving.map(String);
    return {
      server: { pid: Number(pid), port: Number(port), url, serving: names, token },
      mark: typeof mark === "string" ? mark : undefined,
    };
  } catch {
    return undefined;
  }
}
