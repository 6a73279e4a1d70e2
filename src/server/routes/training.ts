// Training runs: start, watch, stop, resume.

import { Type } from "typebox";
import { AppError } from "../../base/index.ts";
import { parseImport, scrubbedContent } from "../../feedback/index.ts";
import { cleanRows, type RunWish } from "../../loop/index.ts";
import {
  ErrorResponse,
  TrainingRun,
  TrainingRunRequest,
  TrainingRunsResponse,
} from "../../wire/index.ts";
import { noteTarget } from "../access.ts";
import type { HttpServer, RouteContext } from "../context.ts";

/** Runs in one answer; older ones are found by their id. */
const LISTED_MAX = 50;

const Params = Type.Object({ id: Type.String() });

export function addTrainingRoutes(app: HttpServer, context: RouteContext): void {
  const { training } = context;
  const one = { 200: TrainingRun, default: ErrorResponse };
  app.post(
    "/api/training-runs",
    {
      schema: {
        summary: "Train a model on what waits in feedback, or on given samples",
        body: TrainingRunRequest,
        response: { 202: TrainingRun, default: ErrorResponse },
      },
    },
    async ({ body }, reply): Promise<TrainingRun> => {
      const { samples, ...wish } = body;
      const upload = samples === undefined ? undefined : await uploadOf(samples, context);
      const run = await training.start({ ...wish, ...upload });
      noteTarget(reply, `${run.model} ${run.id}`);
      reply.status(202);
      return run;
    },
  );
  app.get(
    "/api/training-runs",
    {
      schema: {
        summary: "Training runs, the newest first",
        response: { 200: TrainingRunsResponse, default: ErrorResponse },
      },
    },
    (): TrainingRunsResponse => ({ runs: training.list().slice(0, LISTED_MAX) }),
  );
  app.get(
    "/api/training-runs/:id",
    { schema: { summary: "One training run", params: Params, response: one } },
    ({ params }): TrainingRun => training.show(params.id),
  );
  app.post(
    "/api/training-runs/:id/stop",
    { schema: { summary: "Stop a run with a checkpoint", params: Params, response: one } },
    ({ params }): TrainingRun => training.stop(params.id),
  );
  app.post(
    "/api/training-runs/:id/resume",
    { schema: { summary: "Go on where a run was stopped", params: Params, response: one } },
    ({ params }): Promise<TrainingRun> => training.resume(params.id),
  );
}

/**
 * Lines of a sample file without personal data; a sample that cannot be freed of it is left out.
 * Throws `bad_row`, `invalid_input`, and `scrub_failed` when none is left.
 */
async function uploadOf(
  samples: NonNullable<TrainingRunRequest["samples"]>,
  { feedback }: RouteContext,
): Promise<Required<Pick<RunWish, "lines" | "blocked" | "replaced">>> {
  const given = samples.map((sample) => JSON.stringify(sample));
  const parsed = parseImport({ name: "samples", lines: given }, "samples").samples;
  const scrubber = feedback.countingScrubber();
  const { cleaned, blocked } = await cleanRows(parsed, (sample) =>
    JSON.stringify(scrubbedContent(sample, scrubber)),
  );
  const isUsable = parsed.some(({ answers }, i) => answers.length > 0 && cleaned[i]?.line);
  if (!isUsable) {
    throw new AppError(
      "invalid_input",
      `None of the ${parsed.length} samples has a right word that can be stored, and wrong ones ` +
        'are learned beside right ones; expected at least one with "answer" or "answers".',
    );
  }
  const lines = cleaned.flatMap(({ line }) => line ?? []);
  return { lines, blocked, replaced: scrubber.statistics().replaced };
}
