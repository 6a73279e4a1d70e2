// What a configuration means to the parts, for the server and for the commands alike: where models
// come from, how they are opened, what ships with the package, what the gate asks for.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { pino, destination, type DestinationStream } from "pino";
import type { Logger } from "./base/index.ts";
import { isPatch, readPatchBase } from "./checkpoint/index.ts";
import type { Config } from "./config/index.ts";
import { openFeedbackDesk, type DeskOptions, type FeedbackDesk } from "./feedback/index.ts";
import {
  openVersion,
  recordTraining,
  SuiteQuestions,
  type ShippedMaterial,
  type TrainingRecord,
} from "./loop/index.ts";
import { openRegistry, stagedIn, type Registry, type RegistryOptions } from "./registry/index.ts";
import type { FillerOptions } from "./tasks/fill-mask/index.ts";
import type { GateLimits, TrainingOrder } from "./training/index.ts";

/** The model that answers when none is named. */
export const DEFAULT_MODEL = "starter-cloze";
/** Where the package's files are, from the sources and from the build alike. */
const PACKAGE_ROOT = new URL("..", import.meta.url);

/** The data directory of `config`, with the models that ship; errors as `openRegistry`. */
export async function openDataDirectory(
  config: Config,
  {
    starters = pathInPackage("models"),
    hasThread,
  }: Pick<RegistryOptions, "starters" | "hasThread"> = {},
): Promise<Registry> {
  return openRegistry(config.data.directory, {
    starters,
    hasThread,
    baseOf: (directory) => (isPatch(directory) ? readPatchBase(directory).key : undefined),
    convert: async (directory, target) => {
      const { convertOnnxDirectory } = await import("./models/index.ts");
      return convertOnnxDirectory(directory, target, fillerOptionsOf(config));
    },
    validate: (directory, parent) => {
      return openVersion(directory, { options: fillerOptionsOf(config), parent });
    },
  });
}

/** Feedback over a data directory, under `config`. */
export function openDesk(
  registry: Registry,
  { feedback }: Config,
  {
    suites = new SuiteQuestions(registry, shippedMaterial()),
    logger,
  }: Pick<DeskOptions, "suites" | "logger"> = {},
): Promise<FeedbackDesk> {
  const { feedback: store } = registry;
  const { scrubTerms: terms, maxPredictions: predictionsMax } = feedback;
  return openFeedbackDesk({ store, terms, predictionsMax, suites, logger });
}

/** What ships for incremental training: suites that tell what is forgotten, sentences to keep. */
export function shippedMaterial(): ShippedMaterial {
  const suites = ["idiom", "poem", "science", "everyday"];
  return {
    probeFiles: suites.map((name) => pathInPackage(`models/probes/${name}.jsonl.gz`)),
    goldenFile: pathInPackage("models/probes/golden.jsonl.gz"),
    replayFile: pathInPackage("models/replay/replay.txt.gz"),
  };
}

/** What a new version must not lose, under `config`. */
export function gateLimitsOf({ gate }: Config): GateLimits {
  const { top1Loss, top3Loss, eceRise, probeLoss, guardLoss } = gate;
  const share = (perMille: number): number => perMille / 1000;
  return {
    top1Loss: share(top1Loss),
    top3Loss: share(top3Loss),
    eceRise: share(eceRise),
    probeLoss: share(probeLoss),
    guardLoss: share(guardLoss),
  };
}

/** What a training by this program depends on; errors as `recordTraining`. */
export async function trainingRecordOf(order: TrainingOrder): Promise<TrainingRecord> {
  return recordTraining(order, pathInPackage("."));
}

/** How models are opened under `config`, in this process or in a replica. */
export function fillerOptionsOf({ replica, data }: Config): FillerOptions {
  const allButOne = Math.max(1, availableParallelism() - 1);
  const threads = replica.threads === 0 ? allButOne : replica.threads;
  // Waiting threads may keep their cores where every replica has its own.
  const spin = replica.count * threads <= availableParallelism();
  const stagedDirectory = stagedIn(data.directory);
  const { precision, minAgreement } = replica;
  return { threads, spin, precision, agreementMin: minAgreement / 100, stagedDirectory };
}

/** JSON lines on stderr, or on `stream`. */
export function createLogger(level: Config["log"]["level"], stream?: DestinationStream): Logger {
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    stream ?? destination({ fd: 2, sync: true }),
  );
}

/** Of a file that ships with the package. */
export function pathInPackage(relative: string): string {
  return fileURLToPath(new URL(relative, PACKAGE_ROOT));
}
