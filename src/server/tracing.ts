// The trace of every request: its id stands in the log, and where a collector is configured, spans
// of the request and of the model's part in it go there.

import type { FastifyRequest } from "fastify";
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

/** Runs a part of a request, with a span of it. */
export async function traced<T>(
  { request, tracer }: { readonly request: FastifyRequest; readonly tracer?: Tracer | undefined },
  { name, attributes }: Pick<Span, "name" | "attributes">,
  task: () => Promise<T>,
): Promise<T> {
  const context = contexts.get(request);
  if (tracer === undefined || context?.isSampled !== true) return task();
  const startMs = Date.now();
  const start = performance.now();
  let isError = true;
  try {
    const result = await task();
    isError = false;
    return result;
  } finally {
    tracer.add({
      context: childOf(context),
      name,
      kind: "internal",
      startMs,
      endMs: startMs + performance.now() - start,
      attributes,
      isError,
    });
  }
}

function textOf(header: unknown): string | undefined {
  return typeof header === "string" ? header : undefined;
}
