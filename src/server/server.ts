// The HTTP server: every route, and what holds for all of them. It listens to nothing by itself.

import { randomUUID } from "node:crypto";
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { type HTTPMethods } from "fastify";
import { AppError } from "../base/index.ts";
import { MODEL_HEADER, VERSION_HEADER } from "../wire/index.ts";
import { addAccess, callerOf } from "./access.ts";
import { addJsonParser } from "./body.ts";
import { addConsole } from "./console-files.ts";
import type { ErrorHandler, HttpServer, RouteContext, ServerOptions } from "./context.ts";
import { createDoor, SECURITY_HEADERS } from "./door.ts";
import { createErrorHandler, errorCodeOf, huggingFaceShape, nativeShape } from "./errors.ts";
import {
  answerBrokenRequest,
  CHECK_INTERVAL_MS,
  CONNECTIONS_MAX,
  HEADER_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  PARAMETER_CHARACTERS_MAX,
  REQUEST_TIMEOUT_MS,
} from "./limits.ts";
import { addMetrics } from "./metrics.ts";
import { addAuditRoute } from "./routes/audit.ts";
import { addDeploymentRoutes } from "./routes/deployments.ts";
import { addEventsRoute } from "./routes/events.ts";
import { addFeedbackImportRoute } from "./routes/feedback-import.ts";
import { addFeedbackRoutes } from "./routes/feedback.ts";
import { addFillRoute } from "./routes/fill.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { addHuggingFaceRoutes } from "./routes/hugging-face.ts";
import { addModelsRoute } from "./routes/models.ts";
import { addProbeRoutes } from "./routes/probes.ts";
import { addScheduleRoute } from "./routes/schedule.ts";
import { addSuiteRoutes } from "./routes/suites.ts";
import { addTrainingRoutes } from "./routes/training.ts";
import { addVersionRoutes } from "./routes/versions.ts";
import { addTracing, traceOf } from "./tracing.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
const METHODS: readonly HTTPMethods[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** A server with all its routes, ready to listen or to be asked in a test (`inject`). */
export async function createServer(options: ServerOptions): Promise<HttpServer> {
  const { config, logger } = options;
  const handlerFor = createErrorHandler(logger, { bodyBytes: config.server.bodyLimitBytes });
  const nativeErrors = handlerFor(nativeShape);
  const app = createFramework(options, nativeErrors);
  const context: RouteContext = { ...options, huggingFaceErrors: handlerFor(huggingFaceShape) };
  const addresses = collectAddresses(app);

  addJsonParser(app);
  app.setErrorHandler(nativeErrors);
  app.setNotFoundHandler(({ method, url }) => {
    const address = new URL(url, "http://localhost").pathname;
    throw new AppError(
      "not_found",
      `Nothing answers ${method} ${address}; /openapi.json lists what there is.`,
    );
  });
  addTracing(app, options.tracer);
  addRequestLog(app, options);
  app.addHook("onRequest", createDoor(config.server).check);
  addAccess(app, context);

  await addOpenApi(app);
  addHealthRoutes(app, context);
  addMetrics(app, context);
  addFillRoute(app, context);
  addFeedbackRoutes(app, context);
  addFeedbackImportRoute(app, context);
  addModelsRoute(app, context);
  addTrainingRoutes(app, context);
  addDeploymentRoutes(app, context);
  addEventsRoute(app, context);
  addVersionRoutes(app, context);
  addProbeRoutes(app, context);
  addSuiteRoutes(app, context);
  addScheduleRoute(app, context);
  addAuditRoute(app, context);
  addHuggingFaceRoutes(app, context);
  await addConsole(app, context);
  refuseOtherMethods(app, addresses);
  await app.ready();
  return app;
}

function createFramework(
  { config }: ServerOptions,
  errors: ReturnType<ReturnType<typeof createErrorHandler>>,
): HttpServer {
  const app = Fastify({
    bodyLimit: config.server.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
    genReqId: ({ headers }) => requestIdOf(headers["x-request-id"]),
    clientErrorHandler: answerBrokenRequest,
    // An address that cannot be decoded never reaches a hook.
    frameworkErrors: (error, request, reply) => {
      reply.headers(SECURITY_HEADERS);
      errors(error, request, reply);
    },
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        allErrors: false,
        verbose: true,
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = CONNECTIONS_MAX;
  // Schemas of answers are documentation; what is sent is built by typed code.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  return app;
}

/** The caller's own where it can stand in a header and a log, else a new one. */
function requestIdOf(given: string | string[] | undefined): string {
  const isFine = typeof given === "string" && REQUEST_ID.test(given);
  return isFine ? given : randomUUID();
}

/** One line a request; its id is in the answer too, its text nowhere. */
function addRequestLog(app: HttpServer, { logger }: ServerOptions): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    const facts = {
      requestId: request.id,
      traceId: traceOf(request)?.traceId,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      code: errorCodeOf(request),
      caller: callerOf(request)?.name,
      ms: Math.round(reply.elapsedTime * 100) / 100,
      model: reply.getHeader(MODEL_HEADER),
      version: reply.getHeader(VERSION_HEADER),
    };
    if (reply.statusCode >= 500) logger.error(facts, "request failed");
    else logger.info(facts, "request");
  });
}

async function addOpenApi(app: HttpServer): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Whetstone",
        description: "Small language models that get sharper while they serve.",
        version: "1",
      },
    },
  });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}

/** What an address has. */
interface Address {
  readonly methods: Set<string>;
  /** Where it answers errors in a shape of its own. */
  errorHandler?: ErrorHandler | undefined;
}

/** Every address, filled as routes are added. */
function collectAddresses(app: HttpServer): ReadonlyMap<string, Address> {
  const addresses = new Map<string, Address>();
  app.addHook("onRoute", ({ url, method, errorHandler }) => {
    const known: Address = addresses.get(url) ?? { methods: new Set() };
    for (const each of [method].flat()) known.methods.add(each);
    known.errorHandler ??= errorHandler as ErrorHandler | undefined;
    addresses.set(url, known);
  });
  return addresses;
}

/** 405 for the methods that an address does not have, in the shape of those that it has. */
function refuseOtherMethods(app: HttpServer, addresses: ReadonlyMap<string, Address>): void {
  const own = [...addresses].filter(([url]) => url !== "/*");
  for (const [url, { methods, errorHandler }] of own) {
    const allow = [...methods].join(", ");
    app.route({
      url,
      method: METHODS.filter((method) => !methods.has(method)),
      schema: { hide: true },
      ...(errorHandler === undefined ? {} : { errorHandler }),
      // Before a body is looked at, which the right method may not even have.
      onRequest: async (request, reply) => {
        reply.header("allow", allow);
        throw new AppError(
          "method_not_allowed",
          `${request.method} does not work here; this address takes ${allow}.`,
        );
      },
      handler: () => undefined,
    });
  }
}
