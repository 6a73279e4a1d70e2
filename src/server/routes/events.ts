// GET /api/events: what happens, as server-sent events.

import { Readable } from "node:stream";
import { DEPLOYMENT_EVENT, TRAINING_RUN_EVENT } from "../../wire/index.ts";
import { isStillAllowed } from "../access.ts";
import type { HttpServer, RouteContext } from "../context.ts";
import { deploymentOf } from "../deployments.ts";

/** Something has to pass now and then, or proxies take the stream for dead. */
const HEARTBEAT_MS = 15_000;

/** One who reads too slowly is let go, and comes back as EventSource does. */
const WAITING_BYTES_MAX = 1 << 20;

type Send = (event: string, data: unknown) => void;

export function addEventsRoute(app: HttpServer, context: RouteContext): void {
  const streams = new Set<Readable>();
  const send: Send = (event, data) => {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const stream of streams) {
      if (stream.readableLength > WAITING_BYTES_MAX) stream.destroy();
      else stream.push(text);
    }
  };
  const end = (stream: Readable): void => {
    streams.delete(stream);
    stream.push(null);
  };
  let forget: (() => void) | undefined;
  // A stream that stays open would keep a server that is asked to end.
  app.addHook("preClose", async () => {
    for (const stream of streams) end(stream);
  });
  app.get(
    "/api/events",
    {
      schema: {
        summary: "What happens, as server-sent events",
        description:
          `Events "${TRAINING_RUN_EVENT}" carry a training run as JSON, events ` +
          `"${DEPLOYMENT_EVENT}" a deployment: at every step of a release, and every second ` +
          "while one is under way. The stream ends for who reads too slowly, and within a " +
          "quarter of a minute for who may not read it any more.",
      },
    },
    (_request, reply) => {
      const { request } = reply;
      const stream = new Readable({ read: () => {} });
      streams.add(stream);
      // However many listen, what happens is put together once; for nobody it is not.
      forget ??= follow(context, send);
      const beat = async (): Promise<void> => {
        const isAllowed = await isStillAllowed(request, context).catch(() => false);
        if (!streams.has(stream)) return;
        if (isAllowed) stream.push(": \n\n");
        // Of one that is not read the end would never be seen.
        else if (stream.readableLength > 0) stream.destroy();
        else end(stream);
      };
      const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS);
      stream.once("close", () => {
        clearInterval(heartbeat);
        streams.delete(stream);
        if (streams.size > 0) return;
        forget?.();
        forget = undefined;
      });
      stream.push(": \n\n");
      return reply.type("text/event-stream").header("cache-control", "no-store").send(stream);
    },
  );
}

/** Sends everything that happens until the result is called. */
function follow(context: RouteContext, send: Send): () => void {
  const { training, releases, registry, logger } = context;
  const sendDeployment = (model: string): void => {
    registry
      .showModel(model)
      .then((found) => send(DEPLOYMENT_EVENT, deploymentOf(found, context)))
      .catch((error: unknown) => logger.warn({ model, error: String(error) }, "event not sent"));
  };
  const ends = [
    training.subscribe((run) => send(TRAINING_RUN_EVENT, run)),
    releases.onMove(({ model }) => sendDeployment(model)),
    releases.onLook(() => {
      for (const { release, isHeld } of releases.list()) if (isHeld) sendDeployment(release.model);
    }),
  ];
  return () => ends.forEach((end) => end());
}
