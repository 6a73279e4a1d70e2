// From a checked request to an answer of the gateway: limits of texts, prediction ids, headers.
// What the native and the compatible routes have in common.

import { randomUUID } from "node:crypto";
import type { FastifyReply } from "fastify";
import { AppError, characterCount } from "../base/index.ts";
import type { Config } from "../config/index.ts";
import type { FillAnswer } from "../serving/index.ts";
import { abstainBelow, type FillInput } from "../tasks/fill-mask/index.ts";
import {
  CACHE_HEADER,
  MODEL_HEADER,
  PREDICTION_ID_HEADER,
  USER_KEY_HEADER,
  VERSION_HEADER,
} from "../wire/index.ts";
import type { ServerOptions } from "./context.ts";
import { traced } from "./tracing.ts";

/** What is read of a header. */
const HEADER_CHARACTERS = 256;

export interface Prediction extends FillAnswer {
  /** One for each output. */
  readonly predictionIds: readonly string[];
}

export interface FillOrder {
  readonly model: string | undefined;
  readonly inputs: readonly FillInput[];
  /** Blanks whose best candidate scores less are left open, 0..1; none when absent. */
  readonly minConfidence?: number | undefined;
  readonly userKey?: string | undefined;
  /** The model is to be asked again; the request header cache-control: no-cache says so, too. */
  readonly skipCache?: boolean | undefined;
}

type FillContext = Pick<ServerOptions, "gateway" | "config" | "feedback" | "tracer">;

/**
 * Asks the gateway, and says in the headers of `reply` who answered. The answer can be judged from
 * then on. A caller that goes away cancels.
 *
 * @throws AppError `invalid_input`, `no_blank`, `text_too_long`, `bad_encoding`, or what the
 *   gateway throws.
 */
export async function predict(
  { gateway, config, feedback, tracer }: FillContext,
  order: FillOrder,
  reply: FastifyReply,
): Promise<Prediction> {
  const { inputs, minConfidence = 0 } = order;
  requireTexts(inputs, config);
  const model = pinned(order.model ?? gateway.defaultModel, reply);
  const userKey = order.userKey ?? headerOf(reply, USER_KEY_HEADER);
  const { deadlineMs } = config.fill;
  const signal = signalOf(reply);
  const skipCache = order.skipCache ?? wantsNoCache(reply);
  const call = { model, inputs, userKey, deadlineMs, signal, skipCache };
  const part = { name: "fill", attributes: { "whetstone.texts": inputs.length } };
  const { request } = reply;
  const answer = await traced({ request, tracer }, part, (follow) =>
    gateway.answer({ ...call, follow }),
  );
  // The gateway has counted how sure the model was; what is offered is what can be judged.
  const outputs = inputs.map((input, i) =>
    abstainBelow(minConfidence, input, answer.outputs[i] ?? { blanks: [] }),
  );
  const predictionIds = outputs.map(() => randomUUID());
  for (const [i, { blanks }] of outputs.entries()) {
    const input = inputs[i];
    const id = predictionIds[i];
    if (input === undefined || id === undefined) continue;
    feedback.record({
      id,
      model: answer.model,
      version: answer.version,
      text: input.text,
      blanks: blanks.map(({ candidates }) => candidates),
      hasTargets: input.targets !== undefined,
      userKey,
    });
  }
  reply.header(MODEL_HEADER, answer.model);
  reply.header(VERSION_HEADER, answer.version);
  reply.header(PREDICTION_ID_HEADER, predictionIds.join(", "));
  if (gateway.cache.isOn) reply.header(CACHE_HEADER, cacheWord(answer));
  return { ...answer, outputs, predictionIds };
}

function wantsNoCache({ request }: FastifyReply): boolean {
  return /\bno-(cache|store)\b/i.test(request.headers["cache-control"] ?? "");
}

function cacheWord({ hitCount, outputs }: FillAnswer): "hit" | "partial" | "miss" {
  if (hitCount === 0) return "miss";
  return hitCount === outputs.length ? "hit" : "partial";
}

/** The model as it was named, with the version that a header asks for. */
function pinned(model: string, reply: FastifyReply): string {
  const version = headerOf(reply, VERSION_HEADER);
  if (version === undefined) return model;
  if (!model.includes("@")) return `${model}@${version}`;
  throw new AppError(
    "invalid_input",
    `The request names ${JSON.stringify(model)} and has the header ${VERSION_HEADER}; ` +
      "expected a version in one of them.",
  );
}

function headerOf({ request }: FastifyReply, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value.slice(0, HEADER_CHARACTERS) : undefined;
}

/** Aborted when the connection closes before the answer has been written. */
function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // It may have gone while its body was read.
  if (reply.raw.destroyed) controller.abort();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

function requireTexts(inputs: readonly FillInput[], { server }: Config): void {
  if (inputs.length > server.maxBatchTexts) {
    throw new AppError(
      "invalid_input",
      `There are ${inputs.length} texts; at most ${server.maxBatchTexts} are taken in a request.`,
      { details: { limitTexts: server.maxBatchTexts } },
    );
  }
  for (const [index, { text }] of inputs.entries()) {
    const name = inputs.length === 1 ? "The text" : `Text ${index}`;
    const details = inputs.length === 1 ? {} : { index };
    if (text.trim() === "") {
      const message = `${name} is empty; expected one with a blank, such as "画龙点[MASK]".`;
      throw new AppError("no_blank", message, { details });
    }
    const length = characterCount(text);
    if (length > server.maxTextCharacters) {
      throw new AppError(
        "text_too_long",
        `${name} has ${length} characters; at most ${server.maxTextCharacters} are taken.`,
        { details: { ...details, limitCharacters: server.maxTextCharacters } },
      );
    }
    if (/\p{Surrogate}/u.test(text)) {
      const message = `${name} has half of a surrogate pair, which is no character.`;
      throw new AppError("bad_encoding", message, { details });
    }
  }
}
