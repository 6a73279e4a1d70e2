// The only door to ONNX Runtime. A session is an exclusively owned native object: whoever creates
// it disposes of it (`using`), and nothing here keeps it alive behind the owner's back.

import { env, InferenceSession } from "onnxruntime-node";
import { AppError, messageOf } from "../base/index.ts";
import { encodeModel, moveToMemory, type Model } from "../onnx/index.ts";
import { refuseTelemetry } from "./no-telemetry.ts";
import type { EngineTensor } from "./tensor.ts";

/**
 * How weights get into memory (measured figures in docs/experiments.md):
 * - `packed`: read and re-ordered for the matrix kernels; slow to create, fastest to run.
 * - `mapped`: external data mapped from the file as it lies; near-instant, shared, slower to run.
 * - `prepacked`: a file written by {@link savePrepacked}, mapped; both quick and shared.
 */
export type Loading = "packed" | "mapped" | "prepacked";

export interface SessionOptions {
  /** Threads inside an operator; 1 and more. */
  readonly threads: number;
  readonly loading?: Loading;
  /**
   * Whether a thread that waits for the others of an operator keeps its core: a third faster where
   * the cores are there, a loss where something else needs them. Default false.
   */
  readonly spin?: boolean;
  /** "none" keeps the graph as it is, for graphs compared node by node. */
  readonly optimization?: "none" | "basic" | "all";
  /**
   * Whether what a run needed is kept for the next one, as much as the largest ever needed. Without
   * it runs of a few ms take 3 % longer. Default true.
   */
  readonly keepsMemory?: boolean;
  /** Engine profile written to this prefix, for bench/. */
  readonly profilePrefix?: string;
}

export type Feeds = Readonly<Record<string, EngineTensor>>;

export interface Session extends Disposable {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph; blocks this process's event loop until it is done.
   *
   * @param fetches tensors to be written in place, by output name; read your own buffers
   *   afterwards. Without it, all outputs are returned in fresh memory.
   * @throws AppError `replica_failed` when the engine refuses or fails.
   */
  run(feeds: Feeds, fetches?: Feeds): Promise<Readonly<Record<string, EngineTensor>>>;
  /** Ends profiling, which writes the profile. */
  endProfiling(): void;
}

/**
 * A session over a model, its bytes, or a file when its external data lies beside it. The large
 * tensors of a model are read where they lie: within its bytes they would be copied first.
 */
export async function createSession(
  model: Model | Uint8Array | string,
  options: SessionOptions,
): Promise<Session> {
  const native = await create(...withTensors(model, engineOptions(options)));
  return {
    inputNames: native.inputNames,
    outputNames: native.outputNames,
    async run(feeds, fetches) {
      try {
        return await (fetches === undefined ? native.run(feeds) : native.run(feeds, fetches));
      } catch (cause) {
        throw new AppError("replica_failed", `the engine failed: ${messageOf(cause)}`, { cause });
      }
    },
    endProfiling: () => native.endProfiling(),
    [Symbol.dispose]: () => void native.release(),
  };
}

/**
 * Writes a model whose weights lie re-ordered for this machine's kernels in `dataFile` beside it,
 * to be loaded with loading `prepacked`. Valid for one engine version and processor type.
 *
 * @param model path of a model; @param target path of the model to write
 */
export async function savePrepacked(
  model: string,
  { target, dataFile, threads }: { target: string; dataFile: string; threads: number },
): Promise<void> {
  const session = await create(model, {
    ...engineOptions({ threads }),
    optimizedModelFilePath: target,
    extra: {
      session: {
        save_external_prepacked_constant_initializers: "1",
        optimized_model_external_initializers_file_name: dataFile,
        optimized_model_external_initializers_min_size_in_bytes: "1024",
      },
    },
  });
  await session.release();
}

/** The version of ONNX Runtime, which saved pre-packed weights depend on. */
export function engineVersion(): string {
  return env.versions.node ?? env.versions.common;
}

function engineOptions(options: SessionOptions): InferenceSession.SessionOptions {
  const { optimization = "all", loading = "packed", keepsMemory = true } = options;
  const session: Record<string, string> = {
    "intra_op.allow_spinning": options.spin === true ? "1" : "0",
  };
  if (loading === "mapped") session["disable_prepacking"] = "1";
  return {
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionProviders: ["cpu"],
    enableCpuMemArena: keepsMemory,
    enableMemPattern: keepsMemory,
    // A prepacked file has been optimised before it was saved.
    graphOptimizationLevel:
      loading === "prepacked" || optimization === "none" ? "disabled" : optimization,
    logSeverityLevel: 3,
    extra: { session },
    ...(options.profilePrefix === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
  };
}

function withTensors(
  model: Model | Uint8Array | string,
  options: InferenceSession.SessionOptions,
): [Uint8Array | string, InferenceSession.SessionOptions] {
  if (typeof model === "string" || model instanceof Uint8Array) return [model, options];
  const { graph, tensors } = moveToMemory(model.graph);
  const externalData = tensors.map(({ location, bytes }) => ({ path: location, data: bytes }));
  return [encodeModel({ ...model, graph }), { ...options, externalData }];
}

async function create(
  model: Uint8Array | string,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  refuseTelemetry();
  try {
    return typeof model === "string"
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options);
  } catch (cause) {
    const what = typeof model === "string" ? model : `a model of ${model.length} bytes`;
    throw new AppError(
      "damaged_file",
      `ONNX Runtime cannot load ${what}: ${messageOf(cause)}; build or fetch the model again`,
      { cause },
    );
  }
}
