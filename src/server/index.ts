// The HTTP interface.

export type { FeedbackOffice, HttpServer, ServerOptions, SuiteOffice } from "./context.ts";
export { isWildcard, requireLoopback } from "./door.ts";
export { createServer } from "./server.ts";
export { SpanExporter } from "./span-exporter.ts";
