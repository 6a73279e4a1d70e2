// The suites that a model is measured on: list, add, remove.

import { Type } from "typebox";
import { isSuiteName } from "../../loop/index.ts";
import { ErrorResponse, SuiteRequest, SuitesQuery, SuitesResponse } from "../../wire/index.ts";
import { noteTarget } from "../access.ts";
import type { HttpServer, RouteContext } from "../context.ts";

export function addSuiteRoutes(app: HttpServer, { suites, gateway }: RouteContext): void {
  const answers = { 200: SuitesResponse, default: ErrorResponse };
  app.get(
    "/api/suites",
    {
      schema: {
        summary: "All suites of a model, with what they hold in numbers",
        querystring: SuitesQuery,
        response: answers,
      },
    },
    ({ query }): Promise<SuitesResponse> => suites.list(query.model ?? gateway.defaultModel),
  );
  app.post(
    "/api/suites",
    {
      schema: {
        summary: "Add a suite; every version is measured on it from now on",
        body: SuiteRequest,
        response: answers,
      },
    },
    async ({ body }, reply): Promise<SuitesResponse> => {
      const { model = gateway.defaultModel, name, text } = body;
      noteTarget(reply, targetOf(model, name));
      const replaced = await suites.add({ model, name, from: { text } });
      return { ...(await suites.list(model)), replaced };
    },
  );
  app.delete(
    "/api/suites/:name",
    {
      schema: {
        summary: "Remove a suite of one's own; what was measured on it stays",
        params: Type.Object({ name: Type.String() }),
        querystring: SuitesQuery,
        response: answers,
      },
    },
    async ({ params, query }, reply): Promise<SuitesResponse> => {
      const { model = gateway.defaultModel } = query;
      noteTarget(reply, targetOf(model, params.name));
      await suites.remove({ model, name: params.name });
      return suites.list(model);
    },
  );
}

/** What the audit log says; a name that no suite can have may be anything, and is left out. */
function targetOf(model: string, name: string): string {
  return isSuiteName(name) ? `${model}: ${name}` : model;
}
