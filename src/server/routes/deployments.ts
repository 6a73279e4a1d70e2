// Which version of each model answers; begin, promote, pause and undo releases.

import { Type } from "typebox";
import type { ReleaseCommand } from "../../serving/index.ts";
import {
  Deployment,
  DeploymentRequest,
  DeploymentsResponse,
  ErrorResponse,
  ForecastQuery,
  PromoteQuery,
  ReleaseForecast,
} from "../../wire/index.ts";
import { doerOf, noteTarget } from "../access.ts";
import type { HttpServer, RouteContext } from "../context.ts";
import { deploymentOf, forecastOf, listDeployments } from "../deployments.ts";

const Params = Type.Object({ model: Type.String() });

export function addDeploymentRoutes(app: HttpServer, context: RouteContext): void {
  addReading(app, context);
  addMoves(app, context);
}

function addReading(app: HttpServer, context: RouteContext): void {
  const { releases, registry } = context;
  app.get(
    "/api/deployments",
    {
      schema: {
        summary: "Which version of each model answers, and the release that is under way",
        response: { 200: DeploymentsResponse, default: ErrorResponse },
      },
    },
    async (): Promise<DeploymentsResponse> => ({ deployments: await listDeployments(context) }),
  );
  app.get(
    "/api/deployments/:model/forecast",
    {
      schema: {
        summary: "How long a release that begins now would take at the present traffic",
        params: Params,
        querystring: ForecastQuery,
        response: { 200: ReleaseForecast, default: ErrorResponse },
      },
    },
    async ({ params, query }): Promise<ReleaseForecast> => {
      const { id } = await registry.showModel(params.model);
      const steps = query.steps?.split(",").map(Number);
      return forecastOf(id, releases.forecast(id, steps));
    },
  );
}

function addMoves(app: HttpServer, context: RouteContext): void {
  const { releases, registry } = context;
  const show = async (model: string): Promise<Deployment> =>
    deploymentOf(await registry.showModel(model), context);

  app.post(
    "/api/deployments",
    {
      schema: {
        summary: "Begin the release of a version",
        body: DeploymentRequest,
        response: { 202: Deployment, default: ErrorResponse },
      },
    },
    async ({ body }, reply): Promise<Deployment> => {
      const { model, version, steps, intervalSeconds, shadow, force } = body;
      noteTarget(reply, `${model}@${version}${force === true ? " (forced)" : ""}`);
      const intervalMs = intervalSeconds === undefined ? undefined : intervalSeconds * 1000;
      const wish = { model, version, steps, intervalMs, isShadow: shadow, force };
      await releases.deploy(wish, doerOf(reply.request));
      reply.status(202);
      return show(model);
    },
  );
  const schema = { params: Params, response: { 200: Deployment, default: ErrorResponse } };
  const summaries: Readonly<Record<Exclude<ReleaseCommand["kind"], "promote">, string>> = {
    pause: "Keep a release at its share",
    resume: "Let a paused release go on",
    rollback: "Switch back: the stable version takes all requests",
  };
  for (const [kind, summary] of Object.entries(summaries)) {
    app.post(
      `/api/deployments/:model/${kind}`,
      { schema: { ...schema, summary } },
      async ({ params: { model } }, { request }): Promise<Deployment> => {
        await releases.move(model, { kind } as ReleaseCommand, doerOf(request));
        return show(model);
      },
    );
  }
  app.post(
    "/api/deployments/:model/promote",
    {
      schema: {
        ...schema,
        summary: "Make the canary the stable version, or give it another share",
        querystring: PromoteQuery,
      },
    },
    async ({ params: { model }, query }, { request }): Promise<Deployment> => {
      const share = query.share === undefined ? undefined : Number(query.share) / 100;
      await releases.move(model, { kind: "promote", share }, doerOf(request));
      return show(model);
    },
  );
}
