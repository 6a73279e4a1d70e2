// What a server holds: memory, processes, handles, and files that were meant to go again. Linux only.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { descendants, pssBytes } from "./memory.ts";

/** The memory of a gateway and of its replicas at one moment, as proportional shares (PSS). */
export interface MemorySample {
  readonly gatewayBytes: number;
  readonly replicaBytes: number;
}

export interface Held {
  readonly processes: number;
  /** Of the gateway and its replicas, TCP left out: connections are their clients'. */
  readonly handles: number;
  /** By path: temporary files, and directories of trainings that are over. */
  readonly leftovers: readonly string[];
}

/** The folders that a server writes to. */
export interface HeldFolders {
  readonly data: string;
  /** Where the system's temporary files of this server go. */
  readonly temporary: string;
}

export function memorySample(gateway: number): MemorySample {
  const replicaBytes = replicasOf(gateway).reduce((bytes, pid) => bytes + pssBytes(pid), 0);
  return { gatewayBytes: pssBytes(gateway), replicaBytes };
}

/** To be asked of a server that rests. */
export function heldBy(gateway: number, { data, temporary }: HeldFolders): Held {
  const all = [gateway, ...replicasOf(gateway)];
  const under = (folder: string, isLeft: (file: string) => boolean): string[] =>
    readdirSync(folder, { recursive: true })
      .map(String)
      .filter(isLeft)
      .map((file) => path.join(path.basename(folder), file));
  return {
    processes: 1 + descendants(gateway).length,
    handles: all.reduce((count, pid) => count + handleCount(pid), 0),
    leftovers: [
      ...under(temporary, () => true),
      ...under(data, (file) => file.endsWith(".tmp") || path.dirname(file) === "runs"),
    ],
  };
}

/** Processes of the replicas of a gateway. */
export function replicasOf(gateway: number): number[] {
  return descendants(gateway).filter((pid) => textOf(pid, "cmdline").includes("replica.main"));
}

function handleCount(pid: number): number {
  const connections = new Set(
    ["net/tcp", "net/tcp6"].flatMap((name) =>
      textOf(pid, name)
        .split("\n")
        .map((line) => `socket:[${line.trim().split(/\s+/)[9] ?? ""}]`),
    ),
  );
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => !connections.has(targetOf(pid, fd))).length;
}

function targetOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return "closed by now";
  }
}

function textOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
