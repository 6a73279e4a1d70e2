// GET /api/models, GET /api/disk.

import type { Model } from "../../registry/index.ts";
import {
  DiskResponse,
  ErrorResponse,
  ModelsResponse,
  type ModelSummary,
} from "../../wire/index.ts";
import type { HttpServer, RouteContext } from "../context.ts";

export function addModelsRoute(app: HttpServer, { registry }: RouteContext): void {
  app.get(
    "/api/models",
    {
      schema: {
        summary: "All models with their versions",
        response: { 200: ModelsResponse, default: ErrorResponse },
      },
    },
    async (): Promise<ModelsResponse> => ({
      models: (await registry.listModels()).map(toSummary),
    }),
  );
  app.get(
    "/api/disk",
    {
      schema: {
        summary: "What the data directory takes of the disk",
        response: { 200: DiskResponse, default: ErrorResponse },
      },
    },
    async (): Promise<DiskResponse> => registry.diskUse(),
  );
}

function toSummary({ id, kind, createdAt, stable, aliases, versions }: Model): ModelSummary {
  return {
    id,
    kind,
    createdAt,
    stable,
    aliases: [...aliases],
    versions: versions.map(({ model: _model, key: _key, ...shown }) => shown),
  };
}
