// Scorers staged on disk, so that opening one converts, copies and re-orders nothing: the serving
// graph as the engine has optimised it, its weights in a file that is mapped, and beside each
// weight its form for the kernels of this machine. A model that differs from a base in some weights
// keeps only those; the rest is the base's file, mapped by the processes of both. A staged form is
// good for one engine version and processor, which are in its name. Why: docs/decisions/0013.

import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { AppError } from "../base/index.ts";
import {
  readJsonFile,
  shareTensors,
  syncFile,
  writeDirectoryAtomically,
  writeFileAtomically,
  writeOnnxModel,
  type ModelFiles,
  type Weights,
} from "../checkpoint/index.ts";
import { isDerivedWhole, listedHash, writeDerivedIntegrity } from "../integrity/index.ts";
import { withStoredTensors, type Model } from "../onnx/index.ts";
import {
  createSession,
  engineVersion,
  int8Limit,
  processorFeatures,
  savePrepacked,
  type Session,
} from "../runtime/index.ts";
import { maskedLanguageModel } from "./architectures.ts";
import type { RawConfig } from "./config-reader.ts";
import { buildInferenceModel, type Precision } from "./inference.ts";
import {
  scorerOver,
  type Agreement,
  type Scorer,
  type ScorerOptions,
  type ServingScorer,
} from "./scorer.ts";

const MODEL = "scorer.onnx";
const WEIGHTS = "scorer.bin";
const FACTS = "scorer.json";
const FACTS_BYTES_MAX = 10_000;
/** Changes when an older form must not be read any more. */
const FORMAT = 2;
/** Calls after which re-ordered weights are worth their opening. */
const CALLS_UNTIL_PACKED = 8;

/** A model to be staged. */
export interface StagedModel {
  /** Where its forms lie, or will: named by all that the model is made of. */
  readonly directory: string;
  readonly config: RawConfig;
  /** Reads them from files that have been found whole. */
  readonly readWeights: () => Weights | Promise<Weights>;
  /** The model that it shares weights with. */
  readonly base?: StagedModel | undefined;
  /** Compares its int8 form with float32, when that is made; without it nothing is known of it. */
  readonly compare?: ((form: Scorer, float32: Scorer) => Promise<Agreement>) | undefined;
}

export interface StagedScorerOptions extends ScorerOptions {
  /** Share of first tokens that int8 must have in common with float32. Default 0. */
  readonly agreementMin?: number | undefined;
}

/** What scorer.json says; forms that an earlier program made say nothing of an agreement. */
type Facts = Pick<ServingScorer, "vocabularySize" | "sequenceMax" | "agreement">;

/**
 * Opens the staged form of a model, which is made first where it is missing, damaged or of another
 * engine. It answers from mapped weights at once, and somewhat faster from its ninth call on, which
 * takes longer for it. Where int8 is too far from float32, it is the float32 form.
 *
 * @throws AppError `unsupported_model` when config and weights do not fit, `io_failed` when the
 *   disk refuses, and whatever reading the weights throws.
 */
export async function openStagedScorer(
  model: StagedModel,
  options: StagedScorerOptions,
): Promise<ServingScorer> {
  const staged = await stageScorer(model, options);
  const { agreement } = staged.facts;
  if (agreement !== undefined && agreement.sameTop1 < (options.agreementMin ?? 0)) {
    return { ...(await openStagedScorer(model, { ...options, precision: "fp32" })), agreement };
  }
  try {
    return await openForm(staged, options);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "damaged_file") throw error;
    // It has been found as it was written, and yet the engine does not know it.
    rmSync(staged.directory, { recursive: true, force: true });
    return openForm(await stageScorer(model, options), options);
  }
}

/** Makes the staged form of a model unless it is there; errors as {@link openStagedScorer}. */
export async function stageScorer(
  model: StagedModel,
  options: Pick<ScorerOptions, "precision" | "threads">,
): Promise<Form> {
  const { precision } = options;
  const directory = path.join(model.directory, formName(precision));
  const found = await readFacts(directory);
  if (found !== undefined) return { directory, facts: found };
  const base = model.base === undefined ? undefined : await stageScorer(model.base, options);
  const work = path.join(model.directory, `.${process.pid}-${randomBytes(6).toString("hex")}.tmp`);
  mkdirSync(work, { recursive: true });
  try {
    const facts = await build(work, model, { ...options, base });
    writeDirectoryAtomically(directory, (temporary) => {
      for (const name of readdirSync(work)) {
        renameSync(path.join(work, name), path.join(temporary, name));
      }
    });
    removeOutdated(model.directory, precision);
    return { directory, facts };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A staged form that is whole. */
export interface Form {
  readonly directory: string;
  readonly facts: Facts;
}

interface BuildOptions extends Pick<ScorerOptions, "precision" | "threads"> {
  readonly base: Form | undefined;
}

/** Fills `work` with all files of a form. */
async function build(
  work: string,
  { config, readWeights, compare }: StagedModel,
  { precision, threads, base }: BuildOptions,
): Promise<Facts> {
  const model = maskedLanguageModel(config);
  const plain = { model: "plain.onnx", data: "plain.bin" };
  const options = { precision, int8Limit: int8Limit() };
  const weights = await readWeights();
  const graph = buildInferenceModel(model, weights, options);
  writeOnnxModel(path.join(work, plain.model), graph, plain.data);
  const target = path.join(work, MODEL);
  await savePrepacked(path.join(work, plain.model), { target, dataFile: WEIGHTS, threads });
  for (const name of Object.values(plain)) rmSync(path.join(work, name));
  const names = [MODEL, WEIGHTS, FACTS];
  const linked = new Map<string, string>();
  if (base === undefined) {
    const bytes = withStoredTensors(readFileSync(target), new Map());
    writeFileAtomically(target, (append) => append(bytes));
    syncFile(path.join(work, WEIGHTS));
  } else {
    const link = shareTensors(filesOf(work), filesOf(base.directory));
    names.push(link);
    const sha256 = await listedHash(base.directory, WEIGHTS);
    if (sha256 !== undefined) linked.set(link, sha256);
  }
  const { vocabularySize, sequenceMax } = model;
  let facts: Facts = { vocabularySize, sequenceMax };
  if (precision === "int8" && compare !== undefined) {
    const float32 = buildInferenceModel(model, weights, { precision: "fp32" });
    const form = { directory: work, facts };
    facts = { ...facts, agreement: await agreementOf(form, { float32, threads, compare }) };
  }
  writeFileAtomically(path.join(work, FACTS), (append) =>
    append(new TextEncoder().encode(JSON.stringify(facts))),
  );
  await writeDerivedIntegrity(work, names, linked);
  return facts;
}

/** Beside the form, which is whole but for its facts, lie the weights in float32 for a while. */
async function agreementOf(
  form: Form,
  {
    float32,
    threads,
    compare,
  }: {
    readonly float32: Model;
    readonly threads: number;
    readonly compare: NonNullable<StagedModel["compare"]>;
  },
): Promise<Agreement> {
  const [file, data] = [path.join(form.directory, "float32.onnx"), "float32.bin"];
  writeOnnxModel(file, float32, data);
  try {
    const session = await createSession(file, { threads, loading: "mapped" });
    using reference = scorerOver(session, form.facts);
    using scorer = await openForm(form, { threads, precision: "int8" });
    return await compare(scorer, reference);
  } finally {
    for (const name of [file, path.join(form.directory, data)]) rmSync(name);
  }
}

function filesOf(directory: string): ModelFiles {
  return { directory, model: MODEL, data: WEIGHTS };
}

async function openForm(
  { directory, facts }: Form,
  { threads, spin = false, precision }: ScorerOptions,
): Promise<ServingScorer> {
  // What it keeps for itself every process of a version and its base has; the rest they share.
  const fixed = { threads, spin, optimization: "none", keepsMemory: false } as const;
  const open = (loading: "mapped" | "prepacked"): Promise<Session> =>
    createSession(path.join(directory, MODEL), { ...fixed, loading });
  let scorer = scorerOver(await open("mapped"), facts);
  let callCount = 0;
  return {
    ...facts,
    precision,
    async score(rows, positions, reused) {
      if (callCount++ === CALLS_UNTIL_PACKED) {
        const packed = await open("prepacked");
        scorer[Symbol.dispose]();
        scorer = scorerOver(packed, facts);
      }
      return scorer.score(rows, positions, reused);
    },
    [Symbol.dispose]: () => scorer[Symbol.dispose](),
  };
}

/** Of a form for this engine and processor. */
function formName(precision: Precision): string {
  const stamp = JSON.stringify([FORMAT, engineVersion(), processorFeatures()]);
  return `${precision}-${createHash("sha256").update(stamp).digest("hex").slice(0, 16)}`;
}

/** What a form says of itself; undefined when it is not there, or not as it was written. */
async function readFacts(directory: string): Promise<Facts | undefined> {
  if (!(await isDerivedWhole(directory))) return undefined;
  return readJsonFile(path.join(directory, FACTS), FACTS_BYTES_MAX) as unknown as Facts;
}

/** Forms for another engine or processor. */
function removeOutdated(directory: string, precision: Precision): void {
  const current = formName(precision);
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(`${precision}-`) || name === current) continue;
    rmSync(path.join(directory, name), { recursive: true, force: true });
  }
}
