// POST /api/fill.

import { AppError } from "../../base/index.ts";
import type { FillOutput } from "../../tasks/fill-mask/index.ts";
import {
  asBlank,
  ErrorResponse,
  FillRequest,
  FillResponse,
  type FillPrediction,
} from "../../wire/index.ts";
import type { HttpServer, RouteContext } from "../context.ts";
import { predict, type Prediction } from "../filling.ts";

export function addFillRoute(app: HttpServer, context: RouteContext): void {
  const { config } = context;
  app.post(
    "/api/fill",
    {
      schema: {
        summary: "Fill the blanks of a text, or of several texts",
        body: FillRequest,
        response: { 200: FillResponse, default: ErrorResponse },
      },
    },
    async ({ body }, reply): Promise<FillResponse> => {
      const { topK = config.fill.topK, length, targets, words } = body;
      const { minConfidence, model, userKey } = body;
      const inputs = textsOf(body).map((text) => ({ text, topK, length, targets, words }));
      const answer = await predict(context, { model, inputs, minConfidence, userKey }, reply);
      const predictions = answer.outputs.map((output, i) => toPrediction(answer, output, i));
      const [first] = predictions;
      return body.texts === undefined && first !== undefined ? first : { predictions };
    },
  );
}

function textsOf({ text, texts }: FillRequest): readonly string[] {
  if (text !== undefined && texts === undefined) return [text];
  if (texts !== undefined && text === undefined) return texts;
  throw new AppError(
    "invalid_input",
    text === undefined
      ? 'There is no text; expected {"text": "…"} or {"texts": ["…"]}.'
      : 'There is both "text" and "texts"; expected one of them.',
  );
}

function toPrediction(answer: Prediction, output: FillOutput, index: number): FillPrediction {
  const blanks = output.blanks.map(asBlank);
  return {
    predictionId: answer.predictionIds[index] ?? "",
    model: answer.model,
    version: answer.version,
    ...(blanks[0] ?? { candidates: [] }),
    ...(blanks.length > 1 ? { blanks } : {}),
  };
}
