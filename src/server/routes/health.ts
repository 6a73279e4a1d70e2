// Whether the server works, for people and for what restarts it.

import { HealthResponse } from "../../wire/index.ts";
import type { HttpServer, RouteContext } from "../context.ts";

export function addHealthRoutes(app: HttpServer, { gateway }: RouteContext): void {
  const routes = {
    "/healthz": "200 once fills are answered, 503 before and when that fails",
    "/readyz": "200 while new requests are welcome, 503 while starting and stopping",
  };
  for (const [url, summary] of Object.entries(routes)) {
    const schema = { summary, response: { 200: HealthResponse, 503: HealthResponse } };
    app.get(url, { schema }, async (_request, reply): Promise<HealthResponse> => {
      const { state, model, message, live } = gateway.status();
      reply.code(state === "ok" ? 200 : 503).header("cache-control", "no-store");
      return {
        status: state,
        model,
        ...(message === undefined ? {} : { message }),
        live: live.map(({ memoryBytes: _memoryBytes, ...shown }) => shown),
      };
    });
  }
}
