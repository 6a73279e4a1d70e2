// Whoever takes spans, and says how many were dropped.

import type { SpanExporter } from "./span-exporter.ts";

export type Tracer = Pick<SpanExporter, "add" | "droppedCount">;
