// Pages of other origins that may ask this server, as the setting server.corsOrigins names them.
// Keys travel in a header and never in a cookie, so no page can use somebody else's.
// https://fetch.spec.whatwg.org/#http-cors-protocol

import type { FastifyReply, FastifyRequest } from "fastify";
import {
  CACHE_HEADER,
  MODEL_HEADER,
  PREDICTION_ID_HEADER,
  USER_KEY_HEADER,
  VERSION_HEADER,
} from "../wire/index.ts";

const METHODS = "GET, POST, DELETE";
const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "traceparent",
  "x-request-id",
  USER_KEY_HEADER,
  VERSION_HEADER,
].join(", ");
const RESPONSE_HEADERS = [
  MODEL_HEADER,
  VERSION_HEADER,
  PREDICTION_ID_HEADER,
  CACHE_HEADER,
  "x-request-id",
  "retry-after",
].join(", ");
const PREFLIGHT_SECONDS = 600;

export interface Cors {
  /** Whether pages of this origin may ask. */
  readonly allows: (origin: string | undefined) => boolean;
  /** Lets the browser hand the answer to the page. */
  readonly mark: (request: FastifyRequest, reply: FastifyReply) => void;
  /** Whether the browser only asks if the page may ask. */
  readonly isPreflight: (request: FastifyRequest) => boolean;
}

export function createCors(origins: readonly string[]): Cors {
  const allows = (origin: string | undefined): boolean =>
    origin !== undefined && origins.includes(origin);
  const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
    method === "OPTIONS" &&
    headers["access-control-request-method"] !== undefined &&
    allows(headers.origin);
  return {
    allows,
    isPreflight,
    mark: (request, reply) => {
      if (origins.length > 0) reply.header("vary", "Origin");
      const { origin } = request.headers;
      if (!allows(origin)) return;
      reply.header("access-control-allow-origin", origin);
      reply.header("access-control-expose-headers", RESPONSE_HEADERS);
      if (!isPreflight(request)) return;
      reply.header("access-control-allow-methods", METHODS);
      reply.header("access-control-allow-headers", REQUEST_HEADERS);
      reply.header("access-control-max-age", PREFLIGHT_SECONDS);
    },
  };
}
