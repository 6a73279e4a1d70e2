// A loaded masked language model that scores tokens at masked positions: unpadded rows of ids in,
// logits out. Knows nothing of text. It lives in models because everything above (tasks, serving,
// training's evaluation) needs the same one, and it needs only the graph and the engine.

import { AppError, invariant } from "../base/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import { createSession, floatTensor, int8Limit, intTensor } from "../runtime/index.ts";
import type { Session } from "../runtime/index.ts";
import { maskedLanguageModel } from "./architectures.ts";
import type { RawConfig } from "./config-reader.ts";
import { buildInferenceModel, type Precision } from "./inference.ts";
import { IO } from "./objective.ts";

/** Scores of every token at masked positions. Not re-entrant: one call at a time. */
export interface Scorer extends Disposable {
  readonly vocabularySize: number;
  /** The longest row in tokens. */
  readonly sequenceMax: number;
  /**
   * Raw logits, float32 [M, V] row-major, in order of rows, then positions.
   *
   * @param rows token ids of each text incl. special tokens, unpadded
   * @param positions the columns to score in each row
   * @param reused where scores go if they fit, so that the result is its beginning
   * @throws AppError `text_too_long` for a row beyond `sequenceMax` (details.row)
   */
  score(
    rows: readonly (readonly number[])[],
    positions: readonly (readonly number[])[],
    reused?: Float32Array,
  ): Promise<Float32Array>;
}

/** A scorer of a model as it is served. */
export interface ServingScorer extends Scorer {
  readonly precision: Precision;
  /** Of its int8 form with float32, where the two were compared. */
  readonly agreement?: Agreement | undefined;
}

/** How near the answers of an int8 form are to those of float32. */
export interface Agreement {
  /** Masked tokens that both were asked for. */
  readonly questions: number;
  /** Share of them with the same first token, 0..1. */
  readonly sameTop1: number;
  /** Between the log-probabilities of float32's first tokens, in nats; null: no finite number. */
  readonly meanDifference: number | null;
  readonly maxDifference: number | null;
}

export interface ScorerOptions {
  /** Threads inside an operator; 1 and more. */
  readonly threads: number;
  readonly precision: Precision;
  /** See `SessionOptions`. */
  readonly spin?: boolean | undefined;
}

/**
 * A scorer for the model that config.json describes.
 *
 * @throws AppError `unsupported_model` when config or weights do not fit.
 */
export async function createScorer(
  config: RawConfig,
  weights: Weights,
  { threads, precision, spin = false }: ScorerOptions,
): Promise<ServingScorer> {
  const model = maskedLanguageModel(config);
  const options = { precision, int8Limit: int8Limit() } as const;
  const session = await createSession(buildInferenceModel(model, weights, options), {
    threads,
    spin,
  });
  return { ...scorerOver(session, model), precision };
}

/** A scorer over a session of a serving graph, which it takes over. */
export function scorerOver(
  session: Session,
  { vocabularySize, sequenceMax }: Pick<Scorer, "vocabularySize" | "sequenceMax">,
): Scorer {
  return {
    vocabularySize,
    sequenceMax,
    async score(rows, positions, reused) {
      invariant(rows.length === positions.length, () => "each row needs its list of positions");
      const long = rows.findIndex((row) => row.length > sequenceMax);
      if (long >= 0) {
        const length = rows[long]?.length;
        throw new AppError(
          "text_too_long",
          `text ${long + 1} has ${length} tokens; the model takes ${sequenceMax}: shorten it`,
          { details: { row: long, limitTokens: sequenceMax } },
        );
      }
      const masked = positions.reduce((sum, columns) => sum + columns.length, 0);
      const size = masked * vocabularySize;
      const fits = reused !== undefined && reused.length >= size;
      const logits = fits ? reused.subarray(0, size) : new Float32Array(size);
      if (masked === 0) return logits;
      const fetches = { [IO.logits]: floatTensor(logits, [masked, vocabularySize]) };
      await session.run(padded(rows, positions, masked), fetches);
      return logits;
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

/** One padded batch; positions become flat (row·S + column). */
function padded(
  rows: readonly (readonly number[])[],
  positions: readonly (readonly number[])[],
  masked: number,
) {
  const length = rows.reduce((longest, row) => Math.max(longest, row.length), 1);
  const shape = [rows.length, length];
  const ids = new BigInt64Array(rows.length * length);
  const mask = new BigInt64Array(rows.length * length);
  const flat = new BigInt64Array(masked);
  let next = 0;
  for (const [i, row] of rows.entries()) {
    const start = i * length;
    for (const [column, id] of row.entries()) ids[start + column] = BigInt(id);
    mask.fill(1n, start, start + row.length);
    for (const column of positions[i] ?? []) flat[next++] = BigInt(start + column);
  }
  return {
    [IO.inputIds]: intTensor(ids, shape),
    [IO.attentionMask]: intTensor(mask, shape),
    [IO.positions]: intTensor(flat, [masked]),
  };
}
