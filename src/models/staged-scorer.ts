// A scorer staged on disk, so that opening one costs no conversion: the serving graph with its
// weights in a file that can be mapped, and beside it the same re-ordered for the kernels of this
// machine.

import { mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { AppError } from "../base/index.ts";
import {
  readJsonFile,
  writeDirectoryAtomically,
  writeFileAtomically,
  writeOnnxModel,
  type Weights,
} from "../checkpoint/index.ts";
import {
  createSession,
  engineVersion,
  int8Limit,
  processorFeatures,
  savePrepacked,
  type Loading,
} from "../runtime/index.ts";
import { maskedLanguageModel } from "./architectures.ts";
import type { RawConfig } from "./config-reader.ts";
import { buildInferenceModel, type Precision } from "./inference.ts";
import { scorerOver, type Scorer } from "./scorer.ts";

const MODEL = "scorer.onnx";
const WEIGHTS = "scorer.bin";
const FACTS = "scorer.json";
const PREPACKED = "prepacked";
const FACTS_BYTES_MAX = 10_000;

/** What scorer.json says. */
interface Facts {
  readonly vocabularySize: number;
  readonly sequenceMax: number;
  readonly precision: Precision;
  /** The largest 8-bit weight in it. */
  readonly int8Limit: number;
}

/** What a prepacked form is good for. */
interface Stamp {
  readonly engine: string;
  readonly processor: readonly string[];
}

/**
 * Writes the serving graph of a model to `directory`, which appears whole or replaces an older one.
 *
 * @throws AppError `unsupported_model` when config and weights do not fit, `io_failed` when the
 *   disk refuses.
 */
export function stageScorer(
  directory: string,
  source: {
    readonly config: RawConfig;
    readonly weights: Weights;
    readonly precision: Precision;
  },
): void {
  const { config, weights, precision } = source;
  const model = maskedLanguageModel(config);
  const limit = int8Limit();
  const graph = buildInferenceModel(model, weights, { precision, int8Limit: limit });
  const { vocabularySize, sequenceMax } = model;
  const facts: Facts = { vocabularySize, sequenceMax, precision, int8Limit: limit };
  writeDirectoryAtomically(directory, (temporary) => {
    writeOnnxModel(path.join(temporary, MODEL), graph, WEIGHTS);
    writeJson(path.join(temporary, FACTS), facts);
  });
}

/**
 * Opens a staged scorer. Loading `prepacked` uses the form that {@link prepackScorer} left for this
 * engine and processor, and makes it first where it is missing.
 *
 * @throws AppError `not_found` or `damaged_file` for what is missing or broken, `conflict` when its
 *   8-bit weights would overflow on this processor.
 */
export async function openStagedScorer(
  directory: string,
  { threads, loading }: { readonly threads: number; readonly loading: Loading },
): Promise<Scorer> {
  const facts = readJsonFile(path.join(directory, FACTS), FACTS_BYTES_MAX) as unknown as Facts;
  if (facts.precision === "int8" && facts.int8Limit > int8Limit()) {
    throw new AppError(
      "conflict",
      `${directory} was staged for a processor with 8-bit dot products, which this one lacks; ` +
        "stage it again on this machine",
    );
  }
  const prepacked = loading === "prepacked";
  if (prepacked && !isPrepackedHere(directory)) await prepackScorer(directory, threads);
  const file = path.join(directory, prepacked ? PREPACKED : "", MODEL);
  return scorerOver(await createSession(file, { threads, loading }), facts);
}

/**
 * Re-orders a staged scorer's weights for this machine's kernels, into a folder of their own.
 *
 * @throws AppError `damaged_file` when the engine refuses the staged model.
 */
export async function prepackScorer(directory: string, threads: number): Promise<void> {
  const work = path.join(directory, `.${PREPACKED}-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const target = path.join(work, MODEL);
    await savePrepacked(path.join(directory, MODEL), { target, dataFile: WEIGHTS, threads });
    writeDirectoryAtomically(path.join(directory, PREPACKED), (temporary) => {
      for (const file of [MODEL, WEIGHTS]) {
        renameSync(path.join(work, file), path.join(temporary, file));
      }
      writeJson(path.join(temporary, FACTS), stampOfHere());
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function isPrepackedHere(directory: string): boolean {
  try {
    const stamp = readJsonFile(path.join(directory, PREPACKED, FACTS), FACTS_BYTES_MAX);
    return JSON.stringify(stamp) === JSON.stringify(stampOfHere());
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") return false;
    throw error;
  }
}

function stampOfHere(): Stamp {
  return { engine: engineVersion(), processor: processorFeatures() };
}

function writeJson(file: string, value: Facts | Stamp): void {
  writeFileAtomically(file, (append) => append(new TextEncoder().encode(JSON.stringify(value))));
}
