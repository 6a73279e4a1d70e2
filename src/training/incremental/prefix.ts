// Fills the activation cache: rows through the layers below the cut. Holds the whole model, so it
// runs in a process of its own (prefix.main.ts).

import { modelOf, type Graph } from "../../onnx/index.ts";
import { openHuggingFaceDirectory } from "../../checkpoint/index.ts";
import {
  CUT_IO,
  IO,
  maskedLanguageModel,
  prefixGraph,
  weightsAsConstants,
} from "../../models/index.ts";
import { createSession, floatTensor, intTensor, type Session } from "../../runtime/index.ts";
import { ActivationCache, type CachedRow } from "./activation-cache.ts";
import { batchesOfOneLength } from "./tuning-batches.ts";

export interface PrefixSource {
  /** The base model: below the cut, every version of it is the same. */
  readonly modelDirectory: string;
  readonly cut: number;
  readonly cacheDirectory: string;
  readonly threads: number;
}

/** The frozen layers of one base model over one cache. */
export class Prefix implements Disposable {
  readonly #hiddenSize: number;
  readonly #session: Session;
  readonly #cache: ActivationCache;

  private constructor(hiddenSize: number, session: Session, cache: ActivationCache) {
    this.#hiddenSize = hiddenSize;
    this.#session = session;
    this.#cache = cache;
  }

  /** Throws `not_found`, `damaged_file` or `unsupported_model` for what is wrong with the model. */
  static async open(source: PrefixSource): Promise<Prefix> {
    const { hiddenSize, graph } = readPrefix(source);
    const session = await createSession(modelOf(graph), { threads: source.threads });
    return new Prefix(hiddenSize, session, new ActivationCache(source.cacheDirectory, hiddenSize));
  }

  /**
   * Puts rows into the cache.
   *
   * @param onDone told how many rows are there
   */
  async fill(rows: readonly CachedRow[], onDone: (count: number) => void): Promise<void> {
    let done = 0;
    for (const batch of batchesOfOneLength(rows)) {
      for (const [i, hidden] of (await this.#run(batch)).entries()) {
        this.#cache.write(batch[i] as CachedRow, hidden);
      }
      done += batch.length;
      onDone(done);
    }
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
  }

  /** float32 [S, H] of each row; all are S tokens long. */
  async #run(rows: readonly CachedRow[]): Promise<Float32Array[]> {
    const length = rows[0]?.ids.length ?? 0;
    const shape = [rows.length, length];
    const inputIds = BigInt64Array.from(rows.flatMap(({ ids }) => ids.map(BigInt)));
    const attentionMask = new BigInt64Array(rows.length * length).fill(1n);
    const width = length * this.#hiddenSize;
    const hidden = new Float32Array(rows.length * width);
    await this.#session.run(
      {
        [IO.inputIds]: intTensor(inputIds, shape),
        [IO.attentionMask]: intTensor(attentionMask, shape),
      },
      { [CUT_IO.hidden]: floatTensor(hidden, [...shape, this.#hiddenSize]) },
    );
    return rows.map((_, i) => hidden.subarray(i * width, (i + 1) * width));
  }
}

/** The graph with its weights; nothing else of the model is read. */
function readPrefix({ modelDirectory, cut }: PrefixSource): {
  hiddenSize: number;
  graph: Graph;
} {
  using directory = openHuggingFaceDirectory(modelDirectory);
  const model = maskedLanguageModel(directory.config);
  const source = weightsAsConstants((name) => directory.readTensor(name).data);
  const graph = prefixGraph(model, source, cut);
  return { hiddenSize: model.hiddenSize, graph };
}
