import { expect, it } from "vitest";
import type {
  FeedbackRequest,
  Question,
  QuestionsQuery,
  QuestionsResponse,
} from "../../src/wire/index.ts";
import { QUESTIONS_MAX } from "../../src/wire/index.ts";
import { RequestFailed } from "../api/failure.ts";
import { ASKED_MAX, createQuestionSession, type QuestionServer } from "./question-session.ts";

const question = (text: string): Question => ({
  predictionId: `of ${text}`,
  model: "m",
  version: "1",
  text,
  blank: 1,
  candidates: ["甲", "乙", "丙", "丁"].map((word) => ({ text: word, score: 0.2 })),
  margin: 0.01,
});

function serverWith(changes: Partial<QuestionServer> = {}) {
  const told: FeedbackRequest[] = [];
  const session = createQuestionSession({
    ask: async () => ({ questions: ["一", "二"].map(question) }),
    tell: async (request) => told.push(request),
    userKey: () => "me",
    ...changes,
  });
  return { session, told, asked: () => session.state().questions?.map(({ text }) => text) };
}

it("says which word is right, for the blank and the person, and asks the next", async () => {
  const { session, told, asked } = serverWith();
  await session.load();
  await session.answer("乙");
  expect(told).toEqual([
    { predictionId: "of 一", blank: 1, userKey: "me", verdict: "accept", candidate: "乙" },
  ]);
  expect(asked()).toEqual(["二"]);
  expect(session.state()).toMatchObject({ answeredCount: 1, isSending: false });
});

it("says of each offered word that it is wrong when none is right", async () => {
  const { session, told } = serverWith();
  await session.load();
  await session.answer(null);
  expect(told.map(({ verdict, candidate }) => `${verdict} ${candidate}`)).toEqual([
    "reject 甲",
    "reject 乙",
    "reject 丙",
  ]);
});

it("asks for more when all are answered, but not again what was skipped", async () => {
  const { session, asked } = serverWith();
  await session.load();
  session.skip();
  expect(asked()).toEqual(["二"]);
  await session.answer("甲");
  expect(asked()).toEqual(["二"]);
});

it("asks for more than were skipped, about the model that is looked at", async () => {
  const queries: QuestionsQuery[] = [];
  const { session } = serverWith({
    ask: async (query) => {
      queries.push(query);
      return { questions: ["一", "二"].map(question) };
    },
  });
  await session.load();
  session.skip();
  session.skip();
  await session.load("mine");
  expect(queries[0]).toEqual({ limit: "10" });
  expect(queries.at(-1)).toEqual({ limit: "12", model: "mine" });
  expect(ASKED_MAX).toBe(QUESTIONS_MAX);
});

it("shows the questions of the model that was asked about last", async () => {
  let answer: (response: QuestionsResponse) => void = () => {};
  const { session, asked } = serverWith({
    ask: async ({ model }) =>
      model === undefined
        ? new Promise<QuestionsResponse>((resolve) => (answer = resolve))
        : { questions: [question("二")] },
  });
  const first = session.load();
  await session.load("mine");
  answer({ questions: [question("一")] });
  await first;
  expect(asked()).toEqual(["二"]);
});

it("keeps a question whose answer was not taken, and says why", async () => {
  const failure = { kind: "unreachable" } as const;
  const { session, asked } = serverWith({ tell: () => Promise.reject(new RequestFailed(failure)) });
  await session.load();
  await session.answer("甲");
  expect(asked()).toEqual(["一", "二"]);
  expect(session.state()).toMatchObject({ failure, answeredCount: 0, isSending: false });
});

it("asks nothing when there are no questions or they cannot be had", async () => {
  const { session, told, asked } = serverWith({ ask: () => Promise.reject(new Error("down")) });
  await session.load();
  expect(asked()).toEqual([]);
  await session.answer("甲");
  expect(told).toEqual([]);
  expect(session.state()).toEqual({ questions: [], answeredCount: 0, isSending: false });
});
