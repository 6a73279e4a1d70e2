// Whether the server works, for people, for what restarts it, and for what sends requests to it.

import { HealthResponse } from "../../wire/index.ts";
import type { HttpServer, RouteContext } from "../context.ts";

export function addHealthRoutes(app: HttpServer, { gateway }: RouteContext): void {
  const routes = [
    {
      url: "/healthz",
      summary: "200 once fills are answered; 503 before, and when that fails",
      // Whoever restarts on this is not to end a server that is ending anyway.
      goodStates: ["ok", "stopping"],
    },
    {
      url: "/readyz",
      summary: "200 while new requests are welcome; 503 while starting, stopping and failed",
      goodStates: ["ok"],
    },
  ];
  for (const { url, summary, goodStates } of routes) {
    const schema = { summary, response: { 200: HealthResponse, 503: HealthResponse } };
    app.get(url, { schema }, async (_request, reply): Promise<HealthResponse> => {
      const { state, model, message, live } = gateway.status();
      reply.code(goodStates.includes(state) ? 200 : 503).header("cache-control", "no-store");
      return {
        status: state,
        model,
        ...(message === undefined ? {} : { message }),
        live: live.map(({ memoryBytes: _memoryBytes, ...shown }) => shown),
      };
    });
  }
}
