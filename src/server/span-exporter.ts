// Spans on their way to an OpenTelemetry collector, as OTLP over HTTP in JSON
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp). They wait in memory and leave in batches; no
// request ever waits for them, and what a collector does not take is dropped and counted.

import { messageOf, type Logger } from "../base/index.ts";
import type { Timer } from "../serving/index.ts";
import type { TraceContext } from "./trace-context.ts";

type AttributeValue = string | number | undefined;

/** Something that took time. */
export interface Span {
  readonly context: TraceContext;
  readonly name: string;
  /** server: a request that came in · internal: a part of it. */
  readonly kind: "server" | "internal";
  /** Milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly isError: boolean;
}

export interface SpanExporterOptions {
  /** "http://127.0.0.1:4318"; the path /v1/traces is added. */
  readonly endpoint: string;
  readonly timer: Timer;
  readonly logger: Logger;
  /** `fetch` unless a test says otherwise. */
  readonly send?: (url: string, init: RequestInit) => Promise<{ readonly ok: boolean }>;
}

const WAITING_MAX = 4096;
const BATCH_MAX = 512;
const BATCH_DELAY_MS = 2000;
const SEND_TIMEOUT_MS = 10_000;
const SPAN_KINDS = { internal: 1, server: 2 } as const;
const STATUS_ERROR = 2;

export class SpanExporter {
  readonly #options: SpanExporterOptions;
  readonly #url: string;
  readonly #waiting: Span[] = [];
  #droppedCount = 0;
  #cancel: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();
  #isSending = false;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
    this.#url = `${options.endpoint.replace(/\/+$/, "")}/v1/traces`;
  }

  /** Spans that nobody will see. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  add(span: Span): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#droppedCount += 1;
      return;
    }
    this.#waiting.push(span);
    this.#cancel ??= this.#options.timer.after(BATCH_DELAY_MS, () => this.#sendBatch());
    if (this.#waiting.length >= BATCH_MAX) this.#sendBatch();
  }

  /** Sends what waits. */
  async close(): Promise<void> {
    await this.#sending;
    this.#sendBatch();
    await this.#sending;
    this.#cancel?.();
  }

  #sendBatch(): void {
    if (this.#isSending || this.#waiting.length === 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    const batch = this.#waiting.splice(0, BATCH_MAX);
    this.#isSending = true;
    this.#sending = this.#send(batch).finally(() => {
      this.#isSending = false;
      if (this.#waiting.length === 0) return;
      this.#cancel ??= this.#options.timer.after(BATCH_DELAY_MS, () => this.#sendBatch());
    });
  }

  async #send(batch: readonly Span[]): Promise<void> {
    const { send = fetch, logger } = this.#options;
    try {
      const { ok } = await send(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(exportOf(batch)),
        redirect: "error",
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      if (ok) return;
      this.#droppedCount += batch.length;
      logger.warn({ spans: batch.length }, "the collector refuses spans; they are dropped");
    } catch (error) {
      this.#droppedCount += batch.length;
      const facts = { spans: batch.length, error: messageOf(error) };
      logger.warn(facts, "the collector cannot be reached; spans are dropped");
    }
  }
}

function exportOf(spans: readonly Span[]): object {
  const resource = { attributes: attributesOf({ "service.name": "whetstone" }) };
  const scopeSpans = [{ scope: { name: "whetstone" }, spans: spans.map(spanOf) }];
  return { resourceSpans: [{ resource, scopeSpans }] };
}

function spanOf({ context, name, kind, startMs, endMs, attributes, isError }: Span): object {
  const { traceId, spanId, parentId } = context;
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    name,
    kind: SPAN_KINDS[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    status: isError ? { code: STATUS_ERROR } : {},
  };
}

function attributesOf(attributes: Span["attributes"]): object[] {
  return Object.entries(attributes).flatMap(([key, value]): object[] => {
    if (value === undefined) return [];
    if (typeof value === "string") return [{ key, value: { stringValue: value } }];
    return [{ key, value: { intValue: String(Math.round(value)) } }];
  });
}

/** As a text, since the number is beyond what JSON readers keep exact. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}
