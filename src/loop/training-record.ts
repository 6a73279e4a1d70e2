// What a training run depended on, so that somebody can run it again and see whether they get the
// same: program, engine, processor, threads, and hashes of what was read. Never the texts.

import { existsSync, readFileSync } from "node:fs";
import { arch, platform } from "node:os";
import path from "node:path";
import type { TrainingOrder } from "../training/index.ts";
import type { LoraSettings } from "../wire/index.ts";

/** Goes into the metrics of a version as `record`. */
export interface TrainingRecord {
  readonly recipe: string;
  /** Null: another recipe. */
  readonly lora: LoraSettings | null;
  readonly seed: number;
  /** Null: the recipe's own number. */
  readonly epochs: number | null;
  readonly threads: number;
  readonly program: {
    readonly version: string;
    /** Null outside of a git checkout. */
    readonly commit: string | null;
  };
  /** ONNX Runtime's version. */
  readonly engine: string;
  readonly node: string;
  /** "linux-x64" */
  readonly platform: string;
  readonly processor: readonly string[];
  readonly samples: { readonly sha256: string };
  /** What earlier versions had learned and this one repeated; absent in older records. */
  readonly earlier?: HashedFile | null;
  /** Sentences that shall stay as they are. */
  readonly replay: HashedFile | null;
  /** Every suite that it is measured on. */
  readonly probes: readonly (HashedFile & { readonly suite: string })[];
}

interface HashedFile {
  readonly sha256: string;
  /** Lines that are not empty. */
  readonly rows: number;
}

/**
 * The record of a run that is about to begin, since its files may change later; `packageRoot` is
 * where package.json is. Errors as `sha256OfFile`.
 */
export async function recordTraining(
  order: TrainingOrder,
  packageRoot: string,
): Promise<TrainingRecord> {
  // The server reads archives and never trains: only here is the engine loaded.
  const { engineVersion, processorFeatures } = await import("../runtime/index.ts");
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const { recipe, seed, epochs = null, threads, samplesFile, earlierFile, suites } = order;
  const { replayFile, lora = null } = "tuning" in order ? order.tuning : {};
  return {
    recipe,
    lora,
    seed,
    epochs,
    threads,
    program: programAt(packageRoot),
    engine: engineVersion(),
    node: process.versions.node,
    platform: `${platform()}-${arch()}`,
    processor: processorFeatures(),
    samples: { sha256: await sha256OfFile(samplesFile) },
    earlier: earlierFile === undefined ? null : await hashed(earlierFile),
    replay: replayFile === undefined ? null : await hashed(replayFile),
    probes: await Promise.all(
      suites.map(async ({ name, file }) => ({ suite: name, ...(await hashed(file)) })),
    ),
  };
}

async function hashed(file: string): Promise<HashedFile> {
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const { readLines } = await import("../tasks/fill-mask/index.ts");
  const rows = readLines(file).filter((line) => line.trim() !== "").length;
  return { sha256: await sha256OfFile(file), rows };
}

/** Version and commit of the program whose package is at `root`. */
export function programAt(root: string): TrainingRecord["program"] {
  const manifest = readFileSync(path.join(root, "package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { readonly version: string };
  return { version, commit: commitAt(path.join(root, ".git")) };
}

/** What HEAD stands for, read as git writes it: https://git-scm.com/docs/gitrepository-layout */
function commitAt(git: string): string | null {
  const read = (name: string): string => {
    const file = path.join(git, name);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  // A worktree has a file `.git`, which `existsSync` finds nothing below.
  const head = read("HEAD").trim();
  const branch = /^ref: (.+)$/.exec(head)?.[1];
  if (branch === undefined) return commitIn(head);
  const packed = read("packed-refs")
    .split("\n")
    .find((line) => line.endsWith(` ${branch}`));
  return commitIn(read(branch)) ?? commitIn(packed ?? "");
}

function commitIn(text: string): string | null {
  return /^[0-9a-f]{40,64}\b/.exec(text)?.[0] ?? null;
}
