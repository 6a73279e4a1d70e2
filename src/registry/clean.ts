// What nothing needs any more, found: what killed processes and broken fetches have left behind,
// and what was kept for versions that are gone.

import { existsSync } from "node:fs";
import { readdir, readFile, rename, stat } from "node:fs/promises";
import path from "node:path";
import { isAlive, isMarkAlive } from "../jobs/index.ts";
import {
  activationsIn,
  downloadsIn,
  learnedIn,
  runsIn,
  stagedIn,
  suitesIn,
  trainingIn,
  versionsIn,
} from "./data-directory.ts";
import { isDirectory, temporaryIn } from "./files.ts";

/** What is not known may be one that is being added, or fetched from a hub. */
const ORPHAN_AGE_MS = 24 * 3_600_000;
const KEY = /^[0-9a-f]{32}$/;
/** As `temporaryIn` names them: the process, and something random. */
const TEMPORARY = /^\.(\d+)-[0-9a-f]+\.tmp$/;

export type LeftoverPlace =
  "versions" | "staged" | "downloads" | "activations" | "runs" | "learned" | "suites";

/** Something that can go. */
export interface Leftover {
  readonly place: LeftoverPlace;
  /** Inside the place. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * Gives directories names by which nobody looks for them, those that are there; the result is to be
 * deleted, and is left over when this process ends before that.
 */
export async function moveAside(places: readonly string[]): Promise<readonly string[]> {
  const aside: string[] = [];
  for (const place of places) {
    if (!(await isDirectory(place))) continue;
    const target = temporaryIn(path.dirname(place));
    await rename(place, target);
    aside.push(target);
  }
  return aside;
}

/** What is known of a data directory. */
interface Known {
  /** The keys of its versions. */
  readonly known: ReadonlySet<string>;
  /** The ids of its models. */
  readonly ids: ReadonlySet<string>;
  readonly nowMs: number;
}

/** All that is left over in a data directory. */
export async function leftoversIn(
  dataDirectory: string,
  { known, ids, nowMs }: Known,
): Promise<readonly Leftover[]> {
  const isOld = async (place: string): Promise<boolean> =>
    (await ageMs(place, nowMs)) > ORPHAN_AGE_MS;
  const isUnknownAndOld = async (root: string, name: string): Promise<boolean> =>
    KEY.test(name) && !known.has(name) && (await isOld(path.join(root, name)));
  const [versions, staged] = [versionsIn(dataDirectory), stagedIn(dataDirectory)];
  const [downloads, activations] = [downloadsIn(dataDirectory), activationsIn(dataDirectory)];
  const found: Leftover[] = [];
  const look = async (
    place: LeftoverPlace,
    { root, inside = "" }: { readonly root: string; readonly inside?: string },
    canGo: (name: string) => boolean | Promise<boolean>,
  ): Promise<void> => {
    for (const each of await namesIn(path.join(root, inside))) {
      const name = path.join(inside, each);
      if (isLeftByKilled(each) || (!TEMPORARY.test(each) && (await canGo(each)))) {
        found.push({ place, name, path: path.join(root, name) });
      }
    }
  };
  await look("versions", { root: versions }, (name) => isUnknownAndOld(versions, name));
  await look("staged", { root: staged }, async (name) => {
    return !KEY.test(name) || (await isUnknownAndOld(staged, name));
  });
  for (const key of known) await look("staged", { root: staged, inside: key }, () => false);
  // A fetch that broke off is continued by the next one of the same model, if that comes.
  await look("downloads", { root: downloads }, (name) => isOld(path.join(downloads, name)));
  await look("activations", { root: activations }, (name) => isUnknownAndOld(activations, name));
  const runs = runsIn(dataDirectory);
  await look("runs", { root: runs }, async (name) => {
    const place = path.join(runs, name);
    return (await isOld(place)) && !(await isRunHeld(place)) && !isRunKept(dataDirectory, name);
  });
  // A removal that was killed leaves what lies under the id of its model.
  const ofModels = [
    ["learned", learnedIn(dataDirectory)],
    ["suites", suitesIn(dataDirectory)],
  ] as const;
  for (const [place, root] of ofModels) {
    await look(place, { root }, async (id) => {
      const directory = path.join(root, id);
      return !ids.has(id) && (await isDirectory(directory)) && (await isOld(directory));
    });
  }
  return found;
}

/** Whether a process is at a run, whose lock says which. */
async function isRunHeld(runDirectory: string): Promise<boolean> {
  return isMarkAlive(await readFile(path.join(runDirectory, "pid"), "utf8").catch(() => ""));
}

/** Whether a server's run can be gone on with: its samples are there as long as it can. */
function isRunKept(dataDirectory: string, id: string): boolean {
  return existsSync(path.join(trainingIn(dataDirectory), `${id}.jsonl`));
}

function isLeftByKilled(name: string): boolean {
  const pid = TEMPORARY.exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

async function ageMs(place: string, nowMs: number): Promise<number> {
  const facts = await stat(place).catch(() => undefined);
  return facts === undefined ? 0 : nowMs - facts.mtimeMs;
}
