// POST /api/feedback, and the samples that came of it: list, review, deletion.

import { Type } from "typebox";
import { AppError } from "../../base/index.ts";
import type { FeedbackSample } from "../../registry/index.ts";
import {
  DeletionResponse,
  ErrorResponse,
  FeedbackRequest,
  FeedbackResponse,
  QUESTIONS_MAX,
  QuestionsQuery,
  QuestionsResponse,
  ReviewRequest,
  ReviewResponse,
  SampleDetails,
  SAMPLES_MAX,
  SamplesQuery,
  SamplesResponse,
  type SampleSummary,
} from "../../wire/index.ts";
import { noteTarget } from "../access.ts";
import type { HttpServer, RouteContext } from "../context.ts";
import { wholeNumber } from "../query.ts";

const LIMIT = 50;
const QUESTION_COUNT = 5;
const OFFSET_MAX = 10_000_000;

export function addFeedbackRoutes(app: HttpServer, context: RouteContext): void {
  const { feedback } = context;
  addLookRoutes(app, context);
  app.post(
    "/api/feedback",
    {
      schema: {
        summary: "Say that a candidate is right or wrong, and which word is right instead",
        body: FeedbackRequest,
        response: { 200: FeedbackResponse, default: ErrorResponse },
      },
    },
    async ({ body }): Promise<FeedbackResponse> => {
      const { id, state, hold } = await feedback.submit(body);
      return { predictionId: body.predictionId, sampleId: id, state, hold };
    },
  );
  app.get(
    "/api/feedback",
    {
      schema: {
        summary: "Samples that feedback and imports came to, with counts per state",
        querystring: SamplesQuery,
        response: { 200: SamplesResponse, default: ErrorResponse },
      },
    },
    async ({ query }): Promise<SamplesResponse> => {
      const { state, model, search } = query;
      const limit = wholeNumber("limit", query.limit, [1, SAMPLES_MAX]) ?? LIMIT;
      const offset = wholeNumber("offset", query.offset, [0, OFFSET_MAX]) ?? 0;
      const states = state === undefined ? undefined : [state];
      const filter = { model, search };
      const counts = await feedback.store.count(filter);
      const samples = await feedback.store.list({ ...filter, states, limit, offset });
      return { counts, samples: samples.map(summaryOf) };
    },
  );
  app.post(
    "/api/feedback/review",
    {
      schema: {
        summary: "A reviewer accepts, rejects or edits samples",
        body: ReviewRequest,
        response: { 200: ReviewResponse, default: ErrorResponse },
      },
    },
    async ({ body }, reply): Promise<ReviewResponse> => {
      const { ids, action } = body;
      noteTarget(reply, `${action} ${ids.length === 1 ? ids[0] : `${ids.length} samples`}`);
      return { samples: await review(feedback, body) };
    },
  );
  app.delete(
    "/api/feedback/:id",
    {
      schema: {
        summary: "Delete a sample with all that was said about it",
        params: Type.Object({ id: Type.String() }),
        response: { 200: DeletionResponse, default: ErrorResponse },
      },
    },
    async ({ params }): Promise<DeletionResponse> => {
      const { samples, learnedBy } = await feedback.store.deleteSamples([params.id]);
      return { samples, learnedBy: [...learnedBy] };
    },
  );
}

/** What a person could best help with, and what became of a help. */
function addLookRoutes(app: HttpServer, { feedback, gateway }: RouteContext): void {
  app.get(
    "/api/feedback/questions",
    {
      schema: {
        summary: "Answers of the last day that a person could best help with",
        description:
          "Blanks whose two best words were closest and that nobody has judged. " +
          "POST /api/feedback takes the answer.",
        querystring: QuestionsQuery,
        response: { 200: QuestionsResponse, default: ErrorResponse },
      },
    },
    async ({ query }): Promise<QuestionsResponse> => {
      const count = wholeNumber("limit", query.limit, [1, QUESTIONS_MAX]) ?? QUESTION_COUNT;
      const asked = await feedback.questions(query.model ?? gateway.defaultModel, count);
      const questions = asked.map(({ candidates, ...question }) => {
        return { ...question, candidates: [...candidates] };
      });
      return { questions };
    },
  );
  app.get(
    "/api/feedback/:id",
    {
      schema: {
        summary: "A sample with its life and the versions that learned from it",
        params: Type.Object({ id: Type.String() }),
        response: { 200: SampleDetails, default: ErrorResponse },
      },
    },
    async ({ params }): Promise<SampleDetails> => {
      const { sample, events, learnedBy } = await feedback.store.show(params.id);
      const life = events.map(({ run, ...event }) => ({ ...event, ...(run && { run }) }));
      return { sample: summaryOf(sample), events: life, learnedBy: [...learnedBy] };
    },
  );
}

async function review(
  feedback: RouteContext["feedback"],
  { ids, action, ...edit }: ReviewRequest,
): Promise<ReviewResponse["samples"]> {
  const fields = Object.keys(edit);
  if (action !== "edit") {
    if (fields.length === 0) return (await feedback[action](ids)).map(summaryOf);
    throw new AppError(
      "invalid_input",
      `The action "${action}" takes no ${fields.join(", ")}; expected only ids, or "edit".`,
    );
  }
  const [id = ""] = ids;
  if (ids.length > 1) {
    throw new AppError("invalid_input", `There are ${ids.length} ids; "edit" takes one.`);
  }
  if (fields.length === 0) {
    throw new AppError(
      "invalid_input",
      'There is nothing to edit; expected "text", "answers", "rejected" or "domain".',
    );
  }
  return [summaryOf(await feedback.edit(id, edit))];
}

function summaryOf({ domain, run, answers, rejected, ...sample }: FeedbackSample): SampleSummary {
  return {
    ...sample,
    answers: [...answers],
    rejected: [...rejected],
    ...(domain === undefined ? {} : { domain }),
    ...(run === undefined ? {} : { run }),
  };
}
