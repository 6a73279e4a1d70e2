// Which weights an incremental training changes, and how fast. Knows names, not values.

import { required } from "../../base/index.ts";
import { elementCountOf } from "../../checkpoint/index.ts";
import type { MaskedLanguageModel } from "../../models/index.ts";
import { parameterPlaces, type ParameterPlace } from "../../models/index.ts";
import type { LoraTarget } from "../../wire/index.ts";

export interface TuningPlan {
  /** Layers below it stay as they are, and so do their activations. */
  readonly cut: number;
  /** The weights that learn → their share of the learning rate, 0..1. */
  readonly rateShares: ReadonlyMap<string, number>;
  /** Weights of the layers below the cut. */
  readonly frozenCount: number;
}

/** Middle layers hold more of what every text needs. */
const MIDDLE_SHARE = 0.3;
/** So do feed-forward parts, which know words by heart (Geva et al. 2021, arXiv 2012.14913). */
const FEED_FORWARD_SHARE = 0.6;
/** The head is the same for every text: what it learns of some, all others feel. */
const HEAD_SHARE = 0.05;

/**
 * Of L layers, the top max(1, L/12) learn fully, the max(1, L/6) below them and the head slowly;
 * the rest is frozen, and so are the embeddings with the decoder tied to them: they hold most
 * weights, and moving them would move every text. A model too small for all three keeps one layer
 * frozen.
 */
export function tuningPlan(model: MaskedLanguageModel): TuningPlan {
  const { layerCount, decoderName } = model;
  const top = Math.max(1, Math.round(layerCount / 12));
  const middle = Math.max(1, Math.round(layerCount / 6));
  const cut = Math.max(Math.min(1, layerCount - 1), layerCount - top - middle);
  const rateShares = new Map<string, number>();
  let frozenCount = 0;
  for (const [name, place] of parameterPlaces(model)) {
    if (place === "embeddings" || name === decoderName) continue;
    if (place === "head") rateShares.set(name, HEAD_SHARE);
    else if (place.layer >= cut) {
      const share = place.layer >= layerCount - top ? 1 : MIDDLE_SHARE;
      rateShares.set(name, share * (isAttention(name) ? 1 : FEED_FORWARD_SHARE));
    } else frozenCount += elementCountOf(required(model.parameters.get(name), name));
  }
  return { cut, rateShares, frozenCount };
}

/** A narrow model is shown more sentences and asked more probes: rows × weights. */
const ROW_WORK = 1.2e10;

/** How many rows a model of this size can be shown in the time that a training has. */
export function rowWork(model: MaskedLanguageModel): number {
  const { frozenCount, rateShares } = tuningPlan(model);
  const counts = [...rateShares.keys()].map((name) => {
    return elementCountOf(required(model.parameters.get(name), name));
  });
  const learning = counts.reduce((sum, count) => sum + count, 0);
  return Math.floor(ROW_WORK / Math.max(frozenCount, learning));
}

/** The matrices of a plan that get low-rank factors beside them. */
export function loraWeights(
  model: MaskedLanguageModel,
  rateShares: TuningPlan["rateShares"],
  targets: readonly LoraTarget[],
): string[] {
  const places = parameterPlaces(model);
  return [...rateShares.keys()].filter((name) => {
    const isMatrix = model.parameters.get(name)?.length === 2;
    return isMatrix && targets.includes(targetOf(name, places.get(name)));
  });
}

function targetOf(name: string, place: ParameterPlace | undefined): LoraTarget {
  if (typeof place !== "object") return "head";
  return isAttention(name) ? "attention" : "mlp";
}

/** BERT says "attention", ModernBERT "attn"; a layer has nothing else but its feed-forward part. */
function isAttention(name: string): boolean {
  return /\.(attention|attn)\./.test(name);
}
