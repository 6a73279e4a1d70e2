import { expect, it } from "vitest";
import type { FeedbackRequest, Question } from "../../src/wire/index.ts";
import { RequestFailed } from "../api/failure.ts";
import { createQuestionSession, type QuestionServer } from "./question-session.ts";

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

it("keeps a question whose answer was not taken, and says why", async () => {
  const failure = { kind: "unreachable" } as const;
  const { session, asked } = serverWith({ tell: () => Promise.reject(new RequestFailed(failure)) });
  await session.load();
  await session.answer("甲");
  expect(asked()).toEqual(["一", "二"]);
  expect(session.state()).toMatchObject({ failure, answeredCount: 0, isSending: false });
});

it("asks nothing when there are no questions or they cannot be had", async () => {
  const { session, asked } = serverWith({ ask: () => Promise.reject(new Error("down")) });
  await session.load();
  expect(asked()).toEqual([]);
  await session.answer("甲");
});
