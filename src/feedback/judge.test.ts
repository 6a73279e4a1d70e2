import { describe, expect, it } from "vitest";
import { USER_REVIEWER, type Opinion } from "../registry/index.ts";
import { judge } from "./judge.ts";

let clock = 0;

/** What somebody says of 发货, which the model put first with 30 %. */
function opinion(said: Partial<Opinion>): Opinion {
  clock++;
  return {
    origin: "p1",
    blank: 0,
    candidate: "发货",
    user: "ann",
    verdict: "accept",
    answer: null,
    best: "发货",
    bestScore: 0.3,
    at: new Date(clock * 1000).toISOString(),
    ...said,
  };
}

const reject = (said: Partial<Opinion> = {}): Opinion => opinion({ verdict: "reject", ...said });
const accept = (said: Partial<Opinion> = {}): Opinion => opinion({ verdict: "accept", ...said });

describe("judge", () => {
  it("takes an accepted candidate as the answer", () => {
    expect(judge([accept()])).toEqual({ answers: ["发货"], rejected: [], hold: null });
  });

  it("takes a correction as the answer and the candidate as wrong", () => {
    const result = judge([reject({ answer: "生效" })]);
    expect(result).toEqual({ answers: ["生效"], rejected: ["发货"], hold: null });
  });

  it("takes a rejection alone as wrong, with no answer", () => {
    expect(judge([reject()])).toEqual({ answers: [], rejected: ["发货"], hold: null });
  });

  it("takes the word for a blank that was left open, where there is none to reject", () => {
    const result = judge([reject({ candidate: "", answer: "生效", best: null, bestScore: null })]);
    expect(result).toEqual({ answers: ["生效"], rejected: [], hold: null });
  });

  it("keeps several right answers", () => {
    const result = judge([accept(), accept({ candidate: "到账", user: "bob" })]);
    expect(result).toEqual({ answers: ["发货", "到账"], rejected: [], hold: null });
  });

  it("lets the last word of one user count", () => {
    expect(judge([accept({ origin: "p1" }), reject({ origin: "p2" })])).toMatchObject({
      answers: [],
      rejected: ["发货"],
      hold: null,
    });
  });

  it("holds what one user calls right and another wrong", () => {
    const result = judge([accept(), reject({ user: "bob" })]);
    expect(result).toEqual({ answers: ["发货"], rejected: [], hold: "contradiction" });
    const viaAnswer = judge([reject({ answer: "生效" }), reject({ candidate: "生效", user: "b" })]);
    expect(viaAnswer.hold).toBe("contradiction");
  });

  describe("where the model was sure", () => {
    const sure = { best: "发货", bestScore: 0.8 };

    it("holds a rejection by one user, however often it is repeated", () => {
      expect(judge([reject(sure)]).hold).toBe("confident");
      expect(judge([reject(sure), reject({ ...sure, origin: "p2" })]).hold).toBe("confident");
    });

    it("believes two users", () => {
      expect(judge([reject(sure), reject({ ...sure, user: "bob" })]).hold).toBeNull();
      const answered = judge([
        reject({ ...sure, answer: "生效" }),
        accept({ ...sure, candidate: "生效", user: "bob" }),
      ]);
      expect(answered).toEqual({ answers: ["生效"], rejected: ["发货"], hold: null });
    });

    it("holds another answer in place of the sure one, and takes one beside it", () => {
      const other = accept({ ...sure, candidate: "到账" });
      expect(judge([other]).hold).toBe("confident");
      expect(judge([other, accept(sure)])).toMatchObject({ answers: ["到账", "发货"], hold: null });
    });

    it("takes it when users agree, and when a word it does not give is rejected", () => {
      expect(judge([accept(sure)]).hold).toBeNull();
      expect(judge([reject({ ...sure, candidate: "到账" })]).hold).toBeNull();
    });

    it("believes a reviewer alone", () => {
      const review = { user: USER_REVIEWER, origin: "review:1", best: null, bestScore: null };
      expect(judge([reject(sure), reject(review)]).hold).toBeNull();
    });
  });

  describe("where a suite holds a word right", () => {
    const doubtful = { best: "收到", bestScore: 0.1 };

    it("holds one user's word against it, however unsure the model was", () => {
      expect(judge([reject(doubtful)], ["发货"]).hold).toBe("probe");
      expect(judge([accept({ ...doubtful, candidate: "收到" })], ["发货"]).hold).toBe("probe");
      const corrected = judge([reject({ ...doubtful, answer: "生效" })], ["发货"]);
      expect(corrected).toEqual({ answers: ["生效"], rejected: ["发货"], hold: "probe" });
    });

    it("holds what a file says against it", () => {
      const imported = { user: "import", origin: "import:1", best: null, bestScore: null };
      expect(judge([accept({ ...imported, candidate: "生效" })], ["发货"]).hold).toBe("probe");
    });

    it("believes two users, and a reviewer alone", () => {
      const two = [reject(doubtful), reject({ ...doubtful, user: "bob" })];
      expect(judge(two, ["发货"]).hold).toBeNull();
      const review = { user: USER_REVIEWER, origin: "review:1", best: null, bestScore: null };
      const reviewed = [reject(doubtful), accept({ ...review, candidate: "生效" })];
      expect(judge(reviewed, ["发货"]).hold).toBeNull();
    });

    it("takes what agrees with it, and one of several that are right", () => {
      expect(judge([accept(doubtful)], ["发货"]).hold).toBeNull();
      expect(judge([reject({ ...doubtful, candidate: "收到" })], ["发货"]).hold).toBeNull();
      expect(judge([accept(doubtful)], ["发出", "发货"]).hold).toBeNull();
      expect(judge([reject(doubtful)], ["发出", "发货"]).hold).toBe("probe");
    });

    it("says so even where the model was sure of it, too", () => {
      expect(judge([reject({ bestScore: 0.9 })], ["发货"]).hold).toBe("probe");
      expect(judge([reject({ bestScore: 0.9 })], ["收到"]).hold).toBe("confident");
    });
  });

  describe("after a review", () => {
    const review = { user: USER_REVIEWER, origin: "review:1", best: null, bestScore: null };

    it("keeps the reviewer's words and nothing that was said before", () => {
      const opinions = [
        accept(),
        reject({ user: "bob", answer: "动静" }),
        accept({ ...review, candidate: "生效" }),
        reject({ ...review, candidate: "发货" }),
      ];
      expect(judge(opinions)).toEqual({ answers: ["生效"], rejected: ["发货"], hold: null });
    });

    it("holds nothing when a user repeats it against an answer the model was sure of", () => {
      const sure = { best: "发货", bestScore: 0.9 };
      const repeated = accept({ ...sure, candidate: "生效", user: "bob" });
      expect(judge([accept({ ...review, candidate: "生效" }), repeated]).hold).toBeNull();
    });

    it("takes new words that are said later, and no contradiction to the reviewer", () => {
      const opinions = [
        accept({ ...review, candidate: "生效" }),
        reject({ candidate: "生效", user: "bob" }),
        accept({ candidate: "到账", user: "bob" }),
      ];
      expect(judge(opinions)).toEqual({ answers: ["生效", "到账"], rejected: [], hold: null });
    });
  });
});
