// Where everything lies in a data directory:
//   whetstone.db               models and versions, feedback, keys, the audit log
//   versions/<key>/            the files of a version, named by their content
//   staged/<key>/              the same in the form that opens fastest; made again where missing
//   suites/<id>/               questions that people added to a model; see loop/suites.ts
//   learned/<id>/              what versions learned from files and requests; see learned-store.ts
//   training/                  runs of a server and their samples, and what commands train; see
//                              loop/run-files.ts and loop/command-runs.ts
//   runs/<run>/                where a training can be gone on with; see training/run-directory.ts
//   downloads/                 models on their way here
//   cache/activations/<key>/   of base models, kept for the next training
//   server.json                the running server, if any; see server-file.ts
// Nothing in it names another place, so a data directory can be moved or copied.

import path from "node:path";

/** The store's file. */
export const STORE = "whetstone.db";

/** The folders that are backed up, inside a data directory. */
export const FOLDERS = {
  versions: "versions",
  suites: "suites",
  learned: "learned",
  training: "training",
} as const;

/** Where versions lie, under their keys. */
export function versionsIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), FOLDERS.versions);
}

/** Where versions lie, under their keys, in the form that opens fastest. */
export function stagedIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "staged");
}

/** Where the suites that people added lie, under the ids of their models. */
export function suitesIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), FOLDERS.suites);
}

/** Where what versions learned from is kept, under the ids of their models. */
export function learnedIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), FOLDERS.learned);
}

/** Where training runs are written down, with their samples. */
export function trainingIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), FOLDERS.training);
}

/** Where trainings keep what need not be done twice, until they end. */
export function runsIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "runs");
}

/** Where models lie on their way here: fetched from a hub, or unpacked from an archive. */
export function downloadsIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "downloads");
}

/** Where activations of base models are kept, under their keys. */
export function activationsIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "cache", "activations");
}
