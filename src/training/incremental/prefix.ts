// Fills the activation cache: rows through the layers below the cut. Holds the whole model, so it
// runs in a process of its own (prefix.main.ts).

import { DEFAULT_OPSETS, encodeModel } from "../../onnx/index.ts";
import { openHuggingFaceDirectory, type Weights } from "../../checkpoint/index.ts";
import {
  CUT_IO,
  IO,
  maskedLanguageModel,
  prefixGraph,
  weightsAsConstants,
  weightOf,
  type MaskedLanguageModel,
} from "../../models/index.ts";
import {
  createSession,
  floatTensor,
  intTensor,
  type EngineTensor,
  type Session,
} from "../../runtime/index.ts";
import { ActivationCache, type Activations, type CachedRow } from "./activation-cache.ts";

export interface PrefixSource {
  /** The base model: below the cut, every version of it is the same. */
  readonly modelDirectory: string;
  readonly cut: number;
  readonly cacheDirectory: string;
  readonly threads: number;
}

/** Tokens of one pass; more gain nothing and cost memory. */
const TOKENS_MAX = 2048;

/** The frozen layers of one base model over one cache. */
export class Prefix implements Disposable {
  readonly #model: MaskedLanguageModel;
  readonly #weights: Weights;
  readonly #source: PrefixSource;
  readonly #cache: ActivationCache;
  /** Opened when first needed: that with features goes through all layers. */
  readonly #sessions = new Map<boolean, Session>();

  /** Throws `not_found`, `damaged_file` or `unsupported_model` for what is wrong with the model. */
  constructor(source: PrefixSource) {
    using directory = openHuggingFaceDirectory(source.modelDirectory);
    this.#model = maskedLanguageModel(directory.config);
    this.#weights = directory.readWeights();
    this.#source = source;
    this.#cache = new ActivationCache(source.cacheDirectory, this.#model.hiddenSize);
  }

  /**
   * Puts into the cache what is missing of `rows`. How rows are batched is a function of all of
   * them, not of what is missing, so that a run that was killed half-way gets the same bits.
   *
   * @param onDone told how many rows are there
   */
  async fill(rows: readonly CachedRow[], onDone: (count: number) => void): Promise<void> {
    let done = 0;
    for (const batch of batchesOf(rows)) {
      const missing = batch.map((row) => !this.#cache.has(row));
      if (missing.includes(true)) {
        for (const [i, activations] of (await this.#run(batch)).entries()) {
          if (missing[i] === true) this.#cache.write(batch[i] as CachedRow, activations);
        }
      }
      done += batch.length;
      onDone(done);
    }
  }

  [Symbol.dispose](): void {
    for (const session of this.#sessions.values()) session[Symbol.dispose]();
  }

  async #run(rows: readonly CachedRow[]): Promise<Activations[]> {
    const { hiddenSize } = this.#model;
    const hasFeatures = rows[0]?.columns !== undefined;
    const length = rows.reduce((longest, { ids }) => Math.max(longest, ids.length), 1);
    const shape = [rows.length, length];
    const inputIds = new BigInt64Array(rows.length * length);
    const attentionMask = new BigInt64Array(rows.length * length);
    const positions: bigint[] = [];
    for (const [i, { ids, columns }] of rows.entries()) {
      for (const [k, id] of ids.entries()) inputIds[i * length + k] = BigInt(id);
      attentionMask.fill(1n, i * length, i * length + ids.length);
      for (const column of columns ?? []) positions.push(BigInt(i * length + column));
    }
    const feeds: Record<string, EngineTensor> = {
      [IO.inputIds]: intTensor(inputIds, shape),
      [IO.attentionMask]: intTensor(attentionMask, shape),
    };
    const hidden = new Float32Array(rows.length * length * hiddenSize);
    const features = new Float32Array(positions.length * hiddenSize);
    const fetches: Record<string, EngineTensor> = {
      [CUT_IO.hidden]: floatTensor(hidden, [...shape, hiddenSize]),
    };
    if (hasFeatures) {
      feeds[IO.positions] = intTensor(BigInt64Array.from(positions), [positions.length]);
      fetches[CUT_IO.features] = floatTensor(features, [positions.length, hiddenSize]);
    }
    const session = await this.#session(hasFeatures);
    await session.run(feeds, fetches);
    let at = 0;
    return rows.map(({ ids, columns }, i) => {
      const start = i * length * hiddenSize;
      const own = (columns?.length ?? 0) * hiddenSize;
      at += own;
      return {
        hidden: hidden.subarray(start, start + ids.length * hiddenSize),
        features: features.subarray(at - own, at),
      };
    });
  }

  async #session(features: boolean): Promise<Session> {
    const known = this.#sessions.get(features);
    if (known !== undefined) return known;
    const weights = weightsAsConstants((name) => weightOf(this.#model, this.#weights, name).data);
    const graph = prefixGraph(this.#model, weights, { cut: this.#source.cut, features });
    const bytes = encodeModel({ graph, opsets: DEFAULT_OPSETS, producer: "whetstone" });
    const session = await createSession(bytes, { threads: this.#source.threads });
    this.#sessions.set(features, session);
    return session;
  }
}

/** Rows with features apart from those without, of like length together. */
function batchesOf(rows: readonly CachedRow[]): CachedRow[][] {
  const batches: CachedRow[][] = [];
  for (const features of [false, true]) {
    let batch: CachedRow[] = [];
    const own = rows.filter(({ columns }) => (columns !== undefined) === features);
    for (const row of own.sort((a, b) => a.ids.length - b.ids.length)) {
      if (batch.length > 0 && (batch.length + 1) * row.ids.length > TOKENS_MAX) {
        batches.push(batch);
        batch = [];
      }
      batch.push(row);
    }
    if (batch.length > 0) batches.push(batch);
  }
  return batches;
}
