// Versions of a model: the list, the health archive, a person's note, and which one is stable.

import { Type } from "typebox";
import { AppError, messageOf } from "../../base/index.ts";
import {
  archiveMarkdown,
  archiveOf,
  readArchive,
  requireVersion,
  withoutKeys,
} from "../../loop/index.ts";
import type { Doer } from "../../registry/index.ts";
import { isUnderWay } from "../../serving/index.ts";
import {
  ArchiveQuery,
  ErrorResponse,
  NoteRequest,
  StableRequest,
  VersionArchive,
  VersionsQuery,
  VersionsResponse,
} from "../../wire/index.ts";
import { doerOf, isOperator } from "../access.ts";
import type { HttpServer, RouteContext } from "../context.ts";

const Params = Type.Object({ id: Type.String({ description: 'As "starter-cloze@2".' }) });

const ARCHIVE_FORMS = {
  description: "The archive.",
  content: {
    "application/json": { schema: VersionArchive },
    "text/markdown": { schema: Type.String() },
  },
};

export function addVersionRoutes(app: HttpServer, context: RouteContext): void {
  const { gateway, registry } = context;
  const one = { params: Params, response: { 200: VersionArchive, default: ErrorResponse } };
  app.get(
    "/api/versions",
    {
      schema: {
        summary: "Versions of a model with what was measured",
        querystring: VersionsQuery,
        response: { 200: VersionsResponse, default: ErrorResponse },
      },
    },
    async ({ query }): Promise<VersionsResponse> => {
      const model = query.model ?? gateway.defaultModel;
      const found = await registry.showModel(model);
      // What people did to a version stands in its archive, not in the list.
      const archives = found.versions.map((version) => archiveOf(found, version, []));
      return { model, versions: archives.map(listed).toReversed() };
    },
  );
  app.get(
    "/api/versions/:id/archive",
    {
      schema: {
        summary: "The health archive of a version, as JSON or Markdown",
        description: "Markdown for `?format=markdown`, or where Accept prefers text/markdown.",
        params: Params,
        querystring: ArchiveQuery,
        response: { 200: ARCHIVE_FORMS, default: ErrorResponse },
      },
    },
    async ({ params, query, headers }, reply) => {
      const whole = await readArchive(registry, params.id);
      const archive = isOperator(reply.request) ? whole : withoutKeys(whole);
      reply.header("vary", "accept");
      const format = query.format ?? preferredFormat(headers.accept);
      if (format === "json") return archive;
      return reply.type("text/markdown; charset=utf-8").send(archiveMarkdown(archive));
    },
  );
  app.post(
    "/api/versions/:id/note",
    { schema: { ...one, summary: "Write what a version is weak in", body: NoteRequest } },
    async ({ params, body }): Promise<VersionArchive> => {
      await registry.writeNote(requireVersion(params.id), body.text, "http");
      return readArchive(registry, params.id);
    },
  );
  app.post(
    "/api/versions/:id/stable",
    {
      schema: {
        ...one,
        summary: "Make a version the one that answers when none is named",
        description: "It is loaded first, so that no request waits for it.",
        body: StableRequest,
      },
    },
    async ({ params, body }, reply): Promise<VersionArchive> => {
      const wish = { force: body.force ?? false, doer: doerOf(reply.request) };
      await switchTo(requireVersion(params.id), wish, context);
      return readArchive(registry, params.id);
    },
  );
}

/** The new version is loaded before the switch, and the old one answers what is in after it. */
async function switchTo(
  reference: string,
  { force, doer }: { readonly force: boolean; readonly doer: Doer },
  { gateway, registry, releases, logger }: RouteContext,
): Promise<void> {
  const { id, version } = await registry.resolve(reference);
  const release = releases.find(id)?.release;
  if (release !== undefined && isUnderWay(release)) {
    throw new AppError(
      "conflict",
      `A release of ${id}@${release.canary.version} is under way. Promote it or switch it back ` +
        "before another version is made stable.",
      { details: { model: id, canary: release.canary.version } },
    );
  }
  await gateway.warm(reference);
  const { from } = await registry.makeStable(reference, doer, { force });
  if (from === version) return;
  logger.info({ model: id, from, to: version }, "another version is stable");
  // Nobody waits for its end, and nothing depends on it.
  void gateway.retire(`${id}@${from}`).catch((error: unknown) => {
    logger.error({ model: id, version: from, error: messageOf(error) }, "a version did not end");
  });
}

function listed(archive: VersionArchive): VersionsResponse["versions"][number] {
  const { version, state, isStable, origin, createdAt, parent, ...rest } = archive;
  const { sizeBytes, metrics, drift, gate } = rest;
  return {
    version,
    state,
    isStable,
    origin,
    createdAt,
    parent,
    sizeBytes,
    metrics,
    drift,
    gate,
  };
}

/** Of an Accept header (RFC 9110, 12.5.1); JSON unless Markdown is asked for by its name. */
function preferredFormat(accept = ""): "json" | "markdown" {
  const qualities = new Map(
    accept.split(",").map((range) => {
      const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      return [type, Number(quality ?? 1)] as const;
    }),
  );
  const markdown = qualities.get("text/markdown") ?? 0;
  return markdown > (qualities.get("application/json") ?? 0) ? "markdown" : "json";
}
