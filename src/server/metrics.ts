// GET /metrics: what Prometheus may know. Counts and times, never texts.

import type { FastifyReply, FastifyRequest } from "fastify";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { HttpServer, RouteContext } from "./context.ts";
import { observeFeedback } from "./feedback-metrics.ts";
import { addReadCounter, countsBy } from "./read-counter.ts";
import type { Tracer } from "./tracer.ts";
import { VersionSeries } from "./version-series.ts";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SHARES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];
const TEXTS = [1, 2, 4, 8, 16, 32, 64, 128];
/** Values of the labels of answers. */
const ARMS = ["", "stable", "canary"];
const OUTCOMES = ["ok", "error"];

export function addMetrics(app: HttpServer, { gateway, feedback, tracer }: RouteContext): void {
  const register = new Registry();
  observeRequests(app, register);
  observeServing(gateway, register);
  observeFeedback(feedback, register);
  if (tracer !== undefined) observeTracer(tracer, register);
  app.get("/metrics", { schema: { summary: "Prometheus metrics" } }, async (_request, reply) =>
    reply.type(register.contentType).send(await register.metrics()),
  );
}

function observeRequests(app: HttpServer, register: Registry): void {
  const labelNames = ["method", "route", "status"] as const;
  const requests = new Counter({
    name: "whetstone_http_requests_total",
    help: "Requests answered.",
    labelNames,
    registers: [register],
  });
  const seconds = new Histogram({
    name: "whetstone_http_request_duration_seconds",
    help: "Time from the first byte of a request to the last of its answer.",
    labelNames,
    buckets: SECONDS,
    registers: [register],
  });
  app.addHook("onResponse", async (request: FastifyRequest, reply: FastifyReply) => {
    const route = request.routeOptions.url ?? "none";
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    requests.inc(labels);
    seconds.observe(labels, reply.elapsedTime / 1000);
  });
}

function observeServing(gateway: RouteContext["gateway"], register: Registry): void {
  const { answers, ...others } = servingMetrics(register);
  const { answerSeconds, confidences, batchTexts, batchSeconds, restarts } = others;
  const series = new VersionSeries(
    () => gateway.status().live,
    (labels) => {
      for (const metric of Object.values(others)) metric.remove(labels);
      for (const arm of ARMS) {
        for (const outcome of OUTCOMES) answers.remove({ ...labels, arm, outcome });
      }
    },
  );
  gateway.observe({
    onAnswer: ({ model, version, arm = "", isError, ms, confidence }) => {
      series.hear({ model, version });
      answers.inc({ model, version, arm, outcome: isError ? "error" : "ok" });
      answerSeconds.observe({ model, version }, ms / 1000);
      if (confidence !== undefined) confidences.observe({ model, version }, confidence);
    },
    onBatch: ({ texts, ms, ...labels }) => {
      series.hear(labels);
      batchTexts.observe(labels, texts);
      batchSeconds.observe(labels, ms / 1000);
    },
    onRestart: (labels) => {
      series.hear(labels);
      restarts.inc(labels);
    },
  });
  addGauges(gateway, register);
  addCacheMetrics(gateway, register);
}

/** What is counted as it happens, by version. */
function servingMetrics(register: Registry) {
  const labelNames = ["model", "version"] as const;
  const registers = [register];
  return {
    batchTexts: new Histogram({
      name: "whetstone_batch_texts",
      help: "Texts that went through the model together.",
      labelNames,
      buckets: TEXTS,
      registers,
    }),
    batchSeconds: new Histogram({
      name: "whetstone_batch_duration_seconds",
      help: "Time that a batch took in its replica.",
      labelNames,
      buckets: SECONDS,
      registers,
    }),
    restarts: new Counter({
      name: "whetstone_replica_restarts_total",
      help: "Replica processes that ended and were started again.",
      labelNames,
      registers,
    }),
    answers: new Counter({
      name: "whetstone_answers_total",
      help: "Requests that a version answered or failed; the arm is empty outside of a release.",
      labelNames: [...labelNames, "arm", "outcome"] as const,
      registers,
    }),
    answerSeconds: new Histogram({
      name: "whetstone_answer_duration_seconds",
      help: "Time that a version took for a request, with its queue.",
      labelNames,
      buckets: SECONDS,
      registers,
    }),
    confidences: new Histogram({
      name: "whetstone_answer_confidence",
      help: "How sure a version was of its first candidate, 0 to 1.",
      labelNames,
      buckets: SHARES,
      registers,
    }),
  };
}

/** Only where a collector is configured. */
function observeTracer(tracer: Tracer, register: Registry): void {
  addReadCounter(register, {
    name: "whetstone_spans_dropped_total",
    help: "Spans that the collector did not take, or that were too many to wait for it.",
    values: () => [{ labels: {}, count: tracer.droppedCount }],
  });
}

function addCacheMetrics({ cache }: RouteContext["gateway"], register: Registry): void {
  addReadCounter(register, {
    name: "whetstone_cache_texts_total",
    help: "Texts that were looked for among earlier answers.",
    labels: ["outcome"],
    values: () => {
      const { hits: hit, misses: miss } = cache.statistics();
      return countsBy("outcome", { hit, miss });
    },
  });
  const bytes: Gauge = new Gauge({
    name: "whetstone_cache_bytes",
    help: "Memory of answers that are kept, about.",
    registers: [register],
    collect: () => bytes.set(cache.statistics().bytes),
  });
}

/** Read when they are asked for. */
function addGauges(gateway: RouteContext["gateway"], register: Registry): void {
  const labelNames = ["model", "version"] as const;
  const gauges = {
    waiting: ["whetstone_queue_texts", "Texts that wait for a replica."],
    busy: ["whetstone_replicas_busy", "Replica processes that are in a batch."],
    replicas: ["whetstone_replicas_ready", "Replica processes that can answer."],
    memoryBytes: ["whetstone_replica_memory_bytes", "Resident memory of the replica processes."],
  } as const;
  for (const [field, [name, help]] of Object.entries(gauges)) {
    const gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [register],
      collect: () => {
        gauge.reset();
        for (const { model, version, ...values } of gateway.status().live) {
          gauge.set({ model, version }, values[field as keyof typeof gauges]);
        }
      },
    });
  }
  const memory: Gauge = new Gauge({
    name: "whetstone_gateway_memory_bytes",
    help: "Resident memory of the gateway process.",
    registers: [register],
    collect: () => memory.set(process.memoryUsage.rss()),
  });
}
