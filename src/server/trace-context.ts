// The trace that a request belongs to, as W3C Trace Context names it: taken over from the caller,
// or begun here. https://www.w3.org/TR/trace-context/#traceparent-header

import { randomBytes } from "node:crypto";

export interface TraceContext {
  /** 32 hexadecimal digits, the same for all that comes of one request. */
  readonly traceId: string;
  /** 16 hexadecimal digits: of the span here. */
  readonly spanId: string;
  /** The caller's span; undefined where the trace begins here. */
  readonly parentId: string | undefined;
  /** Whether whoever began the trace wants it recorded. */
  readonly isSampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/** What a request with this header belongs to; a header that cannot be read begins a new trace. */
export function traceContextOf(header: string | undefined): TraceContext {
  const [, version, traceId = "", parentId = "", flags = "00", rest] =
    TRACEPARENT.exec(header ?? "") ?? [];
  const isKnown = version !== undefined && version !== "ff" && !/^0+$/.test(traceId);
  const isPlain = version !== "00" || rest === undefined;
  if (!isKnown || !isPlain || /^0+$/.test(parentId)) {
    return { traceId: newId(16), spanId: newId(8), parentId: undefined, isSampled: true };
  }
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED;
  return { traceId, spanId: newId(8), parentId, isSampled };
}

/** A span within that of `context`. */
export function childOf({ traceId, spanId, isSampled }: TraceContext): TraceContext {
  return { traceId, spanId: newId(8), parentId: spanId, isSampled };
}

function newId(byteCount: number): string {
  return randomBytes(byteCount).toString("hex");
}
