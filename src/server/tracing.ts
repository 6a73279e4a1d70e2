// The trace of every request: its id stands in the log, and where a collector is configured, spans
// of the request, of the model's part in it, and of each try's queue and replica go there.

import type { FastifyRequest } from "fastify";
import type { ArmTry } from "../serving/index.ts";
import { MODEL_HEADER, VERSION_HEADER } from "../wire/index.ts";
import type { HttpServer } from "./context.ts";
import { errorCodeOf } from "./errors.ts";
import type { Span } from "./span-exporter.ts";
import { childOf, traceContextOf, type TraceContext } from "./trace-context.ts";
import type { Tracer } from "./tracer.ts";

const contexts = new WeakMap<FastifyRequest, TraceContext>();

/** What a request belongs to; undefined before the first hook. */
export function traceOf(request: FastifyRequest): TraceContext | undefined {
  return contexts.get(request);
}

/** Reads the trace of every request and records a span of it. */
export function addTracing(app: HttpServer, tracer: Tracer | undefined): void {
  app.addHook("onRequest", async (request) => {
    contexts.set(request, traceContextOf(textOf(request.headers["traceparent"])));
  });
  if (tracer === undefined) return;
  app.addHook("onResponse", async (request, reply) => {
    const context = contexts.get(request);
    if (context?.isSampled !== true) return;
    const route = request.routeOptions.url;
    const endMs = Date.now();
    tracer.add({
      context,
      name: route === undefined ? request.method : `${request.method} ${route}`,
      kind: "server",
      startMs: endMs - reply.elapsedTime,
      endMs,
      attributes: {
        "http.request.method": request.method,
        "http.route": route,
        "http.response.status_code": reply.statusCode,
        "error.type": errorCodeOf(request),
        "whetstone.model": textOf(reply.getHeader(MODEL_HEADER)),
        "whetstone.version": textOf(reply.getHeader(VERSION_HEADER)),
        "whetstone.request_id": request.id,
      },
      isError: reply.statusCode >= 500,
    });
  });
}

/**
 * Runs a part of a request, with a span of it and of each try that it is told of; the task is given
 * nothing to tell where nothing is recorded.
 */
export async function traced<T>(
  { request, tracer }: { readonly request: FastifyRequest; readonly tracer?: Tracer | undefined },
  { name, attributes }: Pick<Span, "name" | "attributes">,
  task: (follow: ((seen: ArmTry) => void) | undefined) => Promise<T>,
): Promise<T> {
  const parent = contexts.get(request);
  if (tracer === undefined || parent?.isSampled !== true) return task(undefined);
  const context = childOf(parent);
  const startMs = Date.now();
  const start = performance.now();
  const follow = (seen: ArmTry): void => {
    for (const span of spansOf(seen, startMs - start)) {
      tracer.add({ ...span, context: childOf(context) });
    }
  };
  let isError = true;
  try {
    const result = await task(follow);
    isError = false;
    return result;
  } finally {
    const endMs = startMs + performance.now() - start;
    tracer.add({ context, name, kind: "internal", startMs, endMs, attributes, isError });
  }
}

/** The wait of a try and its batch; `epochMs` is the time at which its clock was 0. */
function spansOf(
  { version, arm, queuedMs, sentMs, endMs, ...seen }: ArmTry,
  epochMs: number,
): readonly Omit<Span, "context">[] {
  const isDropped = sentMs === undefined;
  const attributes = {
    "whetstone.version": version,
    "whetstone.arm": arm,
    "whetstone.attempt": seen.attempt,
    "whetstone.texts": seen.textCount,
  };
  const wait: Omit<Span, "context"> = {
    name: "queue",
    kind: "internal",
    startMs: epochMs + queuedMs,
    endMs: epochMs + (sentMs ?? endMs),
    attributes,
    isError: isDropped,
  };
  if (isDropped) return [wait];
  const batch = {
    name: "replica",
    startMs: epochMs + sentMs,
    endMs: epochMs + endMs,
    attributes: { ...attributes, "whetstone.batch_texts": seen.batchTextCount },
    isError: seen.isError,
  };
  return [wait, { ...wait, ...batch }];
}

function textOf(header: unknown): string | undefined {
  return typeof header === "string" ? header : undefined;
}
