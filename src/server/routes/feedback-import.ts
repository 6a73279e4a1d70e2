// POST /api/feedback/import: samples, term tables and style pairs from the text of a file.

import { AppError } from "../../base/index.ts";
import { parseImport } from "../../feedback/index.ts";
import {
  ErrorResponse,
  IMPORT_SAMPLES_MAX,
  ImportRequest,
  ImportResponse,
} from "../../wire/index.ts";
import { noteTarget } from "../access.ts";
import type { HttpServer, RouteContext } from "../context.ts";

/** Where the name is only wanted for messages. */
const UNNAMED = "the file";

export function addFeedbackImportRoute(app: HttpServer, context: RouteContext): void {
  const { feedback, registry, gateway } = context;
  app.post(
    "/api/feedback/import",
    {
      schema: {
        summary: "Add samples, a term table or style pairs to what is to be learned",
        description:
          "Nothing is stored when a row is bad; the answer names it. Personal data is replaced " +
          "before anything is stored.",
        body: ImportRequest,
        response: { 200: ImportResponse, default: ErrorResponse },
      },
    },
    async ({ body }, reply): Promise<ImportResponse> => {
      const { name = UNNAMED, text, userKey } = body;
      const { id: model } = await registry.resolve(body.model ?? gateway.defaultModel);
      noteTarget(reply, model);
      const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
      // What is far too long is not even read.
      requireFew(lines.filter((line) => line.trim() !== "").length);
      const { kind, source, samples: rows } = parseImport({ name, lines }, body.kind);
      requireFew(rows.length);
      const result = await feedback.add(rows, { model, source, userKey });
      const { samples, added, blocked, replaced } = result;
      noteTarget(reply, `${samples.length} samples for ${model}`);
      return {
        model,
        kind,
        read: rows.length,
        added,
        merged: samples.length - added,
        held: samples.filter(({ state }) => state === "held").length,
        blocked: [...blocked],
        replaced,
      };
    },
  );
}

function requireFew(count: number): void {
  if (count <= IMPORT_SAMPLES_MAX) return;
  throw new AppError(
    "invalid_input",
    `The file comes to ${count} samples; at most ${IMPORT_SAMPLES_MAX} are taken in a request. ` +
      "Split it, or use `whetstone feedback import`.",
    { details: { count, limit: IMPORT_SAMPLES_MAX } },
  );
}
