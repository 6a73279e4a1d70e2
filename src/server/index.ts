// The HTTP interface.

export type { HttpServer, ServerOptions } from "./context.ts";
export { requireLoopback } from "./door.ts";
export { createServer } from "./server.ts";
