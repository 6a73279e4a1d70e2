// Between what the page means and what POST /api/fill says.

import type { FillCandidate, FillPrediction, FillRequest } from "../../src/wire/index.ts";
import { RequestFailed } from "../api/failure.ts";
import { canonicalText, splitAtBlanks } from "./blanks.ts";
import type { Candidate, Question, Reply } from "./fill-session.ts";

/** The keys 1–9 reach every candidate of a single blank. */
const TOP_K = 9;
/** Several lists stand beside each other; shorter ones can be seen together. */
const TOP_K_OF_SEVERAL = 6;

export function requestOf({ text, length, targets }: Question): FillRequest {
  const blankCount = splitAtBlanks(text).filter((segment) => segment.kind === "blank").length;
  const request = {
    text: canonicalText(text),
    topK: blankCount > 1 ? TOP_K_OF_SEVERAL : TOP_K,
    length,
  };
  return targets.length === 0 ? request : { ...request, targets: [...targets] };
}

/** @throws RequestFailed when the answer is not what this version of the page understands. */
export function replyOf(prediction: FillPrediction): Reply {
  const lists = prediction.blanks?.map((blank) => blank.candidates) ?? [prediction.candidates];
  if (!lists.every((list) => Array.isArray(list))) throw new RequestFailed({ kind: "unknown" });
  const { predictionId, model, version } = prediction;
  const blanks = lists.map((list, index) => ({ index, candidates: list.map(candidateOf) }));
  return { predictionId, model, version, blanks };
}

function candidateOf({ text, score }: FillCandidate): Candidate {
  return { text, score };
}
