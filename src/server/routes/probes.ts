// Measurements of versions on suites: their history, and a way to start one.

import {
  CurrentProbe,
  ErrorResponse,
  PROBE_RUNS_MAX,
  ProbeRunRequest,
  ProbeRunsQuery,
  ProbeRunsResponse,
} from "../../wire/index.ts";
import type { HttpServer, RouteContext } from "../context.ts";
import { wholeNumber } from "../query.ts";

const LIMIT = 100;

export function addProbeRoutes(app: HttpServer, { probes, gateway }: RouteContext): void {
  app.get(
    "/api/probe-runs",
    {
      schema: {
        summary: "What versions of a model made of its suites, the newest measurement first",
        querystring: ProbeRunsQuery,
        response: { 200: ProbeRunsResponse, default: ErrorResponse },
      },
    },
    async ({ query }): Promise<ProbeRunsResponse> => {
      const limit = wholeNumber("limit", query.limit, [1, PROBE_RUNS_MAX]) ?? LIMIT;
      const runs = await probes.list(query.model ?? gateway.defaultModel, limit);
      return {
        ...probes.status(),
        runs: runs.map((run) => ({ ...run, results: [...run.results] })),
      };
    },
  );
  app.post(
    "/api/probe-runs",
    {
      schema: {
        summary: "Measure a version on all suites of its model",
        body: ProbeRunRequest,
        response: { 202: CurrentProbe, default: ErrorResponse },
      },
    },
    async ({ body }, reply): Promise<CurrentProbe> => {
      const { current } = await probes.start(body.model ?? gateway.defaultModel, "http");
      reply.status(202);
      return current;
    },
  );
}
