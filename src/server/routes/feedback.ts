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
  UserDeletionRequest,
  UserDeletionResponse,
  WaitingQuery,
  WaitingResponse,
  type SampleSummary,
} from "../../wire/index.ts";
import { doerOf, noteTarget } from "../access.ts";
import type { HttpServer, RouteContext } from "../context.ts";
import { wholeNumber } from "../query.ts";

const LIMIT = 50;
const QUESTION_COUNT = 5;
const OFFSET_MAX = 10_000_000;

export function addFeedbackRoutes(app: HttpServer, context: RouteContext): void {
  const { feedback } = context;
  addLookRoutes(app, context);
  addDeletionRoutes(app, context);
  app.post(
    "/api/feedback",
    {
      schema: {
        summary: "Say that a candidate is right or wrong, and which word is right instead",
        body: FeedbackRequest,
        response: { 200: FeedbackResponse, default: ErrorResponse },
      },
    },
    async ({ body }, { request }): Promise<FeedbackResponse> => {
      const { key: client } = doerOf(request);
      const { id, state, hold } = await feedback.submit({ ...body, client });
      return { predictionId: body.predictionId, sampleId: id, state, hold };
    },
  );
  addListRoute(app, context);
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
}

function addListRoute(app: HttpServer, { feedback, registry }: RouteContext): void {
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
      const { state, search, hold, source, domain, answered, order } = query;
      const model = query.model === undefined ? undefined : await idOf(registry, query.model);
      const limit = wholeNumber("limit", query.limit, [1, SAMPLES_MAX]) ?? LIMIT;
      const offset = wholeNumber("offset", query.offset, [0, OFFSET_MAX]) ?? 0;
      const states = state === undefined ? undefined : [state];
      const isAnswered = answered === undefined ? undefined : answered === "yes";
      const filter = { model, search, hold, source, domain };
      const counts = await feedback.store.count(filter);
      const unanswered = await feedback.store.countUnanswered(filter);
      const page = { order, limit, offset };
      const samples = await feedback.store.list({ ...filter, states, isAnswered, ...page });
      return { counts, unanswered, samples: samples.map(summaryOf) };
    },
  );
}

function addDeletionRoutes(app: HttpServer, { feedback, training }: RouteContext): void {
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
      const { samples, learnedBy, runs } = await feedback.store.deleteSamples([params.id]);
      const left = await training.withoutDeleted(runs);
      return { samples, learnedBy: [...learnedBy], runs: left };
    },
  );
  app.post(
    "/api/feedback/delete-user",
    {
      schema: {
        summary: "Delete all that a user said and asked",
        body: UserDeletionRequest,
        response: { 200: UserDeletionResponse, default: ErrorResponse },
      },
    },
    async ({ body }, reply): Promise<UserDeletionResponse> => {
      // Not whose: the row stays when the user is gone.
      noteTarget(reply, "a user");
      const { learnedBy, runs, ...counts } = await feedback.deleteUser(body.userKey);
      const left = await training.withoutDeleted(runs);
      return { ...counts, learnedBy: [...learnedBy], runs: left };
    },
  );
}

/** What a person could best help with, and what became of a help. */
function addLookRoutes(app: HttpServer, context: RouteContext): void {
  const { feedback, gateway, registry, config } = context;
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
      const model = await idOf(registry, query.model ?? gateway.defaultModel);
      const asked = await feedback.questions(model, count);
      const questions = asked.map(({ candidates, ...question }) => {
        return { ...question, candidates: [...candidates] };
      });
      return { questions };
    },
  );
  app.get(
    "/api/feedback/waiting",
    {
      schema: {
        summary: "How much waits to be learned, and how much of it the next training run takes",
        querystring: WaitingQuery,
        response: { 200: WaitingResponse, default: ErrorResponse },
      },
    },
    async ({ query }): Promise<WaitingResponse> => {
      const model = await idOf(registry, query.model ?? gateway.defaultModel);
      const { samplesPerUser } = config.feedback;
      const waiting = await feedback.waiting(model, samplesPerUser);
      return { model, ...waiting, samplesPerUser };
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

/** The model that is meant, an alias looked up. Throws `unknown_model`, `unknown_version`. */
async function idOf(registry: RouteContext["registry"], reference: string): Promise<string> {
  return (await registry.resolve(reference)).id;
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

function summaryOf(all: FeedbackSample): SampleSummary {
  const { domain, run, doubt, answers, rejected, isReviewed: _isReviewed, ...sample } = all;
  return {
    ...sample,
    answers: [...answers],
    rejected: [...rejected],
    ...(domain === undefined ? {} : { domain }),
    ...(run === undefined ? {} : { run }),
    ...(doubt === undefined ? {} : { doubt }),
  };
}
