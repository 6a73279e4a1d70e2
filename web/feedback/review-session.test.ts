import { expect, it } from "vitest";
import type { ReviewRequest, SamplesQuery, SampleSummary } from "../../src/wire/index.ts";
import { SAMPLES_MAX } from "../../src/wire/index.ts";
import { RequestFailed } from "../api/failure.ts";
import { feedbackEn } from "../language/feedback-en.ts";
import { feedbackZh } from "../language/feedback-zh.ts";
import {
  countOf,
  createReviewSession,
  PAGE_COUNT,
  REVIEW_MAX,
  type ReviewServer,
} from "./review-session.ts";

function sample(id: string): SampleSummary {
  return {
    id,
    model: "m",
    text: "好___",
    answers: ["的"],
    rejected: [],
    source: "feedback",
    state: "held",
    hold: "contradiction",
    userCount: 2,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
  };
}

interface FakeServer extends ReviewServer {
  readonly queries: SamplesQuery[];
  readonly reviews: ReviewRequest[];
}

function serverWith(changes: Partial<ReviewServer> = {}): FakeServer {
  const queries: SamplesQuery[] = [];
  const reviews: ReviewRequest[] = [];
  return {
    queries,
    reviews,
    load: async (query) => {
      queries.push(query);
      const samples = query.offset === "0" ? ["a", "b"].map(sample) : ["b", "c"].map(sample);
      return { counts: { held: 3, queued: 5 }, unanswered: 2, samples };
    },
    review: async (request) => {
      reviews.push(request);
      return { samples: request.ids.map(sample) };
    },
    remove: async () => ({ samples: 1, learnedBy: [], runs: [] }),
    ...changes,
  };
}

const ids = (session: ReturnType<typeof createReviewSession>) =>
  session.state().samples.map(({ id }) => id);

it("shows the samples of a state, page after page, none twice", async () => {
  const server = serverWith();
  const session = createReviewSession(server);
  await session.show("held");
  expect(server.queries.at(-1)).toEqual({
    state: "held",
    order: "doubt",
    limit: "50",
    offset: "0",
  });
  expect(session.state()).toMatchObject({ isLoading: false, counts: { held: 3 } });
  await session.more();
  expect(ids(session)).toEqual(["a", "b", "c"]);
});

it("decides on the picked ones, says so, and loads the list anew", async () => {
  const server = serverWith();
  const session = createReviewSession(server);
  await session.show("all");
  session.pick(["a", "b"], true);
  session.pick(["b"], false);
  expect(await session.decide("accept", [...session.state().picked])).toBe(true);
  expect(server.reviews).toEqual([{ action: "accept", ids: ["a"] }]);
  expect(session.state()).toMatchObject({ done: { action: "accept", count: 1 } });
  expect(session.state().picked.size).toBe(0);
  expect(server.queries).toHaveLength(2);
  expect(server.queries.at(-1)).toEqual({ limit: String(PAGE_COUNT), offset: "0" });
});

it("keeps what is picked when a decision fails, and says why", async () => {
  const failure = { kind: "refused", message: "gone" } as const;
  const session = createReviewSession(
    serverWith({
      remove: async () => {
        throw new RequestFailed(failure);
      },
    }),
  );
  await session.show("all");
  session.pick(["a"], true);
  expect(await session.decide("delete", ["a"])).toBe(false);
  expect(session.state()).toMatchObject({ done: { action: "delete", failure } });
  expect([...session.state().picked]).toEqual(["a"]);
});

it("says why the list could not be had, and forgets that when it can", async () => {
  let isBroken = true;
  const server = serverWith();
  const session = createReviewSession({
    ...server,
    load: async (query, signal) => {
      if (isBroken) throw new RequestFailed({ kind: "unreachable" });
      return server.load(query, signal);
    },
  });
  await session.show("all");
  expect(session.state().failure).toEqual({ kind: "unreachable" });
  isBroken = false;
  await session.show("all");
  expect(session.state().failure).toBeUndefined();
  expect(ids(session)).toEqual(["a", "b"]);
});

it("sends a decision on very many in parts that the server takes", async () => {
  const server = serverWith();
  const session = createReviewSession(server);
  const many = Array.from({ length: REVIEW_MAX + 1 }, (_, i) => String(i));
  await session.decide("reject", many);
  expect(server.reviews.map((request) => request.ids.length)).toEqual([SAMPLES_MAX, 1]);
  expect(REVIEW_MAX).toBe(SAMPLES_MAX);
});

it("shows what can train, and which of it still needs a right word", async () => {
  const server = serverWith();
  const session = createReviewSession(server);
  await session.show("queued");
  expect(server.queries.at(-1)).toEqual({ state: "queued", limit: "50", offset: "0" });
  await session.show("unanswered");
  expect(server.queries.at(-1)).toMatchObject({ state: "queued", answered: "no" });
  const counts = (["all", "queued", "unanswered", "used"] as const).map((filter) =>
    countOf(session.state(), filter),
  );
  expect(counts).toEqual([8, 5, 2, 0]);
  await session.edit("a", { answers: ["月"] });
  expect(server.reviews).toEqual([{ action: "edit", ids: ["a"], answers: ["月"] }]);
});

it("says how many of the accepted ones stay held, since suites ask them", async () => {
  const session = createReviewSession(
    serverWith({
      review: async (request) => {
        const samples = request.ids.map((id): SampleSummary => {
          return id === "a" ? { ...sample(id), hold: "asked" } : { ...sample(id), hold: null };
        });
        return { samples };
      },
    }),
  );
  await session.show("all");
  await session.decide("accept", ["a", "b"]);
  const { done } = session.state();
  expect(done).toMatchObject({ count: 2, askedCount: 1 });
  expect(feedbackEn.done(done!)).toBe(
    "Accepted 1 sample. 1 is asked by a suite and cannot be learned.",
  );
  expect(feedbackZh.done(done!)).toContain("1 条是题集里的题");
});

it("says which versions learned what was deleted, and whether a training has it", async () => {
  const learnedBy = [{ model: "m", version: "2" }];
  const session = createReviewSession(
    serverWith({
      remove: async (id) => ({ samples: 1, learnedBy, runs: id === "b" ? ["run"] : [] }),
    }),
  );
  await session.show("all");
  await session.decide("delete", ["a"]);
  expect(session.state().done).toMatchObject({ learnedBy: ["m@2"], isInRun: false });
  await session.decide("delete", ["a", "b"]);
  expect(session.state().done).toMatchObject({ count: 2, learnedBy: ["m@2"], isInRun: true });
});
