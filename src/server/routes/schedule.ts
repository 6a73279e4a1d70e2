// GET /api/schedule.

import { ErrorResponse, ScheduleResponse } from "../../wire/index.ts";
import type { HttpServer, RouteContext } from "../context.ts";

export function addScheduleRoute(app: HttpServer, { schedule, config }: RouteContext): void {
  app.get(
    "/api/schedule",
    {
      schema: {
        summary: "What is done regularly, when next, and what came of it last",
        response: { 200: ScheduleResponse, default: ErrorResponse },
      },
    },
    async (): Promise<ScheduleResponse> => ({
      tasks: (await schedule.status()).map(({ rhythm, ...task }) => ({ ...task, ...rhythm })),
      minSamples: config.training.minSamples,
    }),
  );
}
