// The fill-mask endpoints of the Hugging Face inference API. One token a blank, always; the
// sequence of a text with several masks keeps the other masks, as the Python pipeline does.

import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import { AppError } from "../../base/index.ts";
import type { Candidate, FillOutput } from "../../tasks/fill-mask/index.ts";
import {
  HuggingFaceError,
  HuggingFaceRequest,
  HuggingFaceResponse,
  type HuggingFaceAnswer,
  type HuggingFaceCandidate,
} from "../../wire/index.ts";
import type { HttpServer, RouteContext } from "../context.ts";
import { predict } from "../filling.ts";

const MASK = "[MASK]";
const TOP_K = 5;

export function addHuggingFaceRoutes(app: HttpServer, context: RouteContext): void {
  const schema = {
    summary: "Fill masks, as the Hugging Face inference API does",
    body: HuggingFaceRequest,
    response: { 200: HuggingFaceResponse, default: HuggingFaceError },
  };
  const errorHandler = context.huggingFaceErrors;
  app.post("/", { schema, errorHandler }, ({ body }, reply) => answer(context, { body, reply }));
  const params = Type.Object({ id: Type.String() });
  for (const url of ["/models/:id", "/models/:id/pipeline/fill-mask"]) {
    app.post(
      url,
      { schema: { ...schema, params }, errorHandler },
      ({ body, params: { id } }, reply) => answer(context, { body, reply, model: id }),
    );
  }
}

interface Call {
  readonly body: HuggingFaceRequest;
  readonly reply: FastifyReply;
  readonly model?: string;
}

async function answer(context: RouteContext, call: Call): Promise<HuggingFaceResponse> {
  const { inputs, parameters, options: hints } = call.body;
  const texts = typeof inputs === "string" ? [inputs] : inputs;
  for (const text of texts) requireMask(text);
  const options = { topK: parameters?.top_k ?? TOP_K, length: 1 as const };
  const order = texts.map((text) => ({ text, ...options, targets: parameters?.targets }));
  const skipCache = hints?.use_cache === false ? true : undefined;
  const fill = { model: call.model, inputs: order, skipCache };
  const { outputs } = await predict(context, fill, call.reply).catch((error: unknown) => {
    throw withoutLength(error);
  });
  const answers = outputs.map((output, i) => toAnswer(texts[i] ?? "", output, options.topK));
  return typeof inputs === "string" ? (answers[0] ?? []) : answers;
}

function requireMask(text: string): void {
  if (text.includes(MASK)) return;
  throw new AppError("no_blank", `Mask token (${MASK}) not found in text.`);
}

/** A target of several tokens needs another length, which there is only in the native API. */
function withoutLength(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const target = error.details?.["target"];
  if (typeof target !== "string") return error;
  const message =
    `The target "${target}" has ${String(error.details?.["tokens"])} tokens, but ${MASK} holds ` +
    "one; expected targets of one token. POST /api/fill takes longer words.";
  return new AppError(error.code, message, { cause: error });
}

function toAnswer(text: string, { blanks }: FillOutput, topK: number): HuggingFaceAnswer {
  const pieces = text.split(MASK);
  // Other notations of a blank in the text: the sequences with all blanks filled stay.
  const isPlain = pieces.length - 1 === blanks.length;
  const lists = blanks.map(({ candidates }, blank) =>
    // Here tokens are counted, also those that read alike.
    candidates.slice(0, topK).flatMap((candidate): HuggingFaceCandidate[] => {
      const { tokenId, token = candidate.text, score } = candidate;
      if (tokenId === undefined) return [];
      const sequence = isPlain ? fillOne(pieces, blank, candidate) : candidate.sequence;
      return [{ score, token: tokenId, token_str: token, sequence }];
    }),
  );
  return lists.length === 1 ? (lists[0] ?? []) : lists;
}

function fillOne(pieces: readonly string[], blank: number, { text, token }: Candidate): string {
  const [first = "", ...others] = pieces;
  return others.reduce((sequence, piece, i) => {
    if (i !== blank) return sequence + MASK + piece;
    // What continues a word joins it, whatever was typed between them.
    return (token?.startsWith("##") === true ? sequence.trimEnd() : sequence) + text + piece;
  }, first);
}
