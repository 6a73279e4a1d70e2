import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RequestFailed, type Failure } from "../api/failure.ts";
import { createFillSession, type Question, type Reply } from "./fill-session.ts";

interface Sent {
  readonly question: Question;
  readonly signal: AbortSignal;
  readonly succeed: () => Promise<void>;
  readonly fail: (failure: Failure) => Promise<void>;
}

const questionOf = (text: string): Question => ({ text, length: "auto", targets: [] });
const replyOf = (text: string): Reply => ({
  predictionId: `p-${text}`,
  model: "m",
  version: "1",
  blanks: [{ index: 0, candidates: [{ text: "岸", score: 0.9 }] }],
});

/** A session whose requests the test answers by hand. */
function createSubject() {
  const sent: Sent[] = [];
  const settle = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(0);
  };
  const session = createFillSession({
    nowMs: () => Date.now(),
    pauseMs: 250,
    send: (question, signal) =>
      new Promise((resolve, reject) => {
        sent.push({
          question,
          signal,
          succeed: () => {
            resolve(replyOf(question.text));
            return settle();
          },
          fail: (failure) => {
            reject(new RequestFailed(failure));
            return settle();
          },
        });
      }),
  });
  return { session, sent };
}

describe("createFillSession", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("asks once after the last of several quick changes", () => {
    const { session, sent } = createSubject();
    for (const text of ["_", "__", "___"]) session.ask(questionOf(text), "pause");
    expect(session.state().isPending).toBe(true);
    vi.advanceTimersByTime(249);
    expect(sent).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(sent.map(({ question }) => question.text)).toEqual(["___"]);
  });

  it("answers with the question and the time it took", async () => {
    const { session, sent } = createSubject();
    session.ask(questionOf("a___"), "now");
    vi.advanceTimersByTime(40);
    await sent[0]!.succeed();
    expect(session.state()).toMatchObject({
      isPending: false,
      answer: { predictionId: "p-a___", question: { text: "a___" }, tookMs: 40 },
    });
  });

  it("aborts what is in flight when the text changes, and keeps the last good answer", async () => {
    const { session, sent } = createSubject();
    session.ask(questionOf("a___"), "now");
    await sent[0]!.succeed();
    session.ask(questionOf("b___"), "now");
    session.ask(questionOf("c___"), "now");
    expect(sent[1]!.signal.aborted).toBe(true);
    await sent[1]!.succeed();
    expect(session.state()).toMatchObject({ isPending: true, answer: { predictionId: "p-a___" } });
    await sent[2]!.succeed();
    expect(session.state().answer?.predictionId).toBe("p-c___");
  });

  it("does not ask again what is being asked or answered already", async () => {
    const { session, sent } = createSubject();
    session.ask(questionOf("a___"), "pause");
    session.ask(questionOf("a___"), "now");
    session.ask(questionOf("a___"), "now");
    await sent[0]!.succeed();
    session.ask(questionOf("a___"), "now");
    expect(sent).toHaveLength(1);
  });

  it("holds while characters are being composed", () => {
    const { session, sent } = createSubject();
    session.ask(questionOf("ni___"), "hold");
    vi.advanceTimersByTime(10_000);
    expect(sent).toHaveLength(0);
    session.ask(questionOf("ni___"), "pause");
    vi.advanceTimersByTime(250);
    expect(sent).toHaveLength(1);
  });

  it("asks again by itself after the time that a failure names", async () => {
    const { session, sent } = createSubject();
    session.ask(questionOf("a___"), "now");
    await sent[0]!.fail({ kind: "busy", retryAfterMs: 3000 });
    expect(session.state()).toMatchObject({ isPending: false, failure: { kind: "busy" } });
    vi.advanceTimersByTime(3000);
    await sent[1]!.succeed();
    expect(session.state().failure).toBeUndefined();
    expect(session.state().answer?.predictionId).toBe("p-a___");
  });

  it("gives up asking by itself in the end", async () => {
    const { session, sent } = createSubject();
    session.ask(questionOf("a___"), "now");
    for (let i = 0; i < 40; i++) {
      await sent.at(-1)!.fail({ kind: "starting", retryAfterMs: 1000 });
      vi.advanceTimersByTime(1000);
    }
    expect(sent).toHaveLength(21);
  });

  it("does not repeat what the server refused", async () => {
    const { session, sent } = createSubject();
    session.ask(questionOf("a___"), "now");
    await sent[0]!.fail({ kind: "refused" });
    vi.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(1);
    session.retry();
    expect(sent).toHaveLength(2);
  });

  it("forgets a failure when there is nothing to ask any more", async () => {
    const { session, sent } = createSubject();
    session.ask(questionOf("a___"), "now");
    await sent[0]!.fail({ kind: "unreachable", retryAfterMs: 1000 });
    session.rest();
    vi.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(1);
    expect(session.state()).toEqual({ isPending: false, answer: undefined });
  });
});
