// Whoever takes spans.

import type { SpanExporter } from "./span-exporter.ts";

export type Tracer = Pick<SpanExporter, "add">;
