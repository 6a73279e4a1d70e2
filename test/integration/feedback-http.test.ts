import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { callCli, documentOf } from "../helpers/run-cli.ts";
import { startApp, type RunningApp } from "../helpers/running-app.ts";

// Every replica is a process, and a busy machine takes long to start one.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let running: RunningApp;

beforeAll(async () => {
  running = await startApp({ flags: { "cache.maxBytes": "1000000" } });
  await running.ready;
});
afterAll(async () => running[Symbol.asyncDispose]());

interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(method: string, path: string, body?: object): Promise<Answered> {
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answered["body"] };
}

const post = (path: string, body: object): Promise<Answered> => call("POST", path, body);

/** The id of an answer to `text`; its candidates are 岸, 月, 花, … */
async function predict(text: string, userKey?: string): Promise<string> {
  const { body } = await running.fill({ text, ...(userKey === undefined ? {} : { userKey }) });
  return (body as { predictionId: string }).predictionId;
}

const samples = async (query = ""): Promise<Record<string, unknown>[]> =>
  (await call("GET", `/api/feedback${query}`)).body["samples"] as Record<string, unknown>[];

describe("POST /api/feedback", () => {
  it("files a correction right after the answer", async () => {
    const predictionId = await predict("订单一直没___");
    const { status, body } = await post("/api/feedback", {
      predictionId,
      verdict: "reject",
      answer: "生效",
    });
    expect([status, body]).toEqual([
      200,
      { predictionId, sampleId: expect.any(String) as string, state: "queued", hold: null },
    ]);
    expect(await samples("?search=订单")).toMatchObject([
      { text: "订单一直没___", answers: ["生效"], rejected: ["岸"], source: "feedback" },
    ]);
  });

  it("takes a prediction of the Hugging Face endpoint too", async () => {
    const response = await fetch(`${running.url}/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inputs: "明[MASK]几时有" }),
    });
    const predictionId = response.headers.get("x-whetstone-prediction-id");
    const verdict = { predictionId, verdict: "accept", candidate: "月" };
    expect((await post("/api/feedback", verdict)).status).toBe(200);
    expect(await samples("?search=几时")).toMatchObject([{ answers: ["月"] }]);
  });

  it("takes each of two answers of which one came from memory", async () => {
    const asked = [
      await running.fill({ text: "问两遍___" }),
      await running.fill({ text: "问两遍___" }),
    ];
    expect(asked.map(({ headers }) => headers.get("x-whetstone-cache"))).toEqual(["miss", "hit"]);
    for (const [i, { body }] of asked.entries()) {
      const { predictionId } = body as { predictionId: string };
      const verdict = { predictionId, verdict: "accept", userKey: `user-${i}` };
      expect((await post("/api/feedback", verdict)).status).toBe(200);
    }
    expect(await samples("?search=问两遍")).toMatchObject([{ answers: ["岸"], userCount: 2 }]);
  });

  it("knows the user of the fill, and that the last word counts", async () => {
    const predictionId = await predict("一句___", "ann@example.com");
    await post("/api/feedback", { predictionId, verdict: "accept", userKey: "ann@example.com" });
    const { body } = await post("/api/feedback", { predictionId, verdict: "reject" });
    expect(body).toMatchObject({ state: "queued" });
    expect(await samples("?search=一句")).toMatchObject([
      { answers: [], rejected: ["岸"], userCount: 1 },
    ]);
  });

  it.each([
    [{ predictionId: "nix" }, 404, "not_found", "There is no prediction"],
    [{ predictionId: undefined }, 400, "invalid_input", "predictionId"],
    [{ verdict: "maybe" }, 400, "invalid_input", 'expected one of "accept", "reject"'],
    [{ verdict: undefined }, 400, "invalid_input", '"verdict" is missing'],
    [{ candidate: "睛" }, 400, "invalid_input", "offered were 岸, 月"],
    [{ blank: 3 }, 400, "invalid_input", "no blank 3 in the prediction; expected 0"],
    [{ blank: "0" }, 400, "invalid_input", "expected a whole number"],
    [{ answer: "对" }, 400, "invalid_input", 'goes with the verdict "reject"'],
    [{ verdict: "reject", answer: "太长的词了" }, 400, "invalid_input", "up to 4"],
    [{ anser: "对" }, 400, "unknown_field", "Did you mean answer?"],
  ])("refuses %j with %i %s", async (part, status, code, message) => {
    const predictionId = await predict("不该存下的___");
    const refused = await post("/api/feedback", { predictionId, verdict: "accept", ...part });
    expect([refused.status, refused.body]).toMatchObject([status, { error: { code } }]);
    expect(JSON.stringify(refused.body)).toContain(JSON.stringify(message).slice(1, -1));
    expect(await samples("?search=不该")).toEqual([]);
  });
});

describe("review over HTTP", () => {
  const add = async (text: string): Promise<string> => {
    const predictionId = await predict(text);
    const { body } = await post("/api/feedback", { predictionId, verdict: "accept" });
    return body["sampleId"] as string;
  };

  it("lists samples by state and text, page by page, with counts", async () => {
    for (const text of ["甲甲___", "甲乙___", "甲丙___"]) await add(text);
    const { body } = await call("GET", "/api/feedback?search=甲&state=queued&limit=2&offset=2");
    expect(body["counts"]).toEqual({ queued: 3, held: 0, "in-run": 0, used: 0, rejected: 0 });
    expect(body["samples"]).toMatchObject([{ text: "甲甲___" }]);
    expect(await samples("?search=甲&state=held")).toEqual([]);
    expect(await samples("?search=%25")).toEqual([]);
  });

  it("rejects, accepts, edits and deletes", async () => {
    const id = await add("待审___");
    const review = (body: object): Promise<Answered> =>
      post("/api/feedback/review", { ids: [id], ...body });
    const rejected = await review({ action: "reject" });
    expect(rejected.body["samples"]).toMatchObject([{ id, state: "rejected" }]);
    const accepted = await review({ action: "accept" });
    expect(accepted.body["samples"]).toMatchObject([{ state: "queued", answers: ["岸"] }]);
    const edited = await review({
      action: "edit",
      answers: ["对"],
      rejected: ["岸"],
      domain: "诗",
    });
    expect(edited.body["samples"]).toMatchObject([
      { answers: ["对"], rejected: ["岸"], domain: "诗" },
    ]);
    const deleted = await call("DELETE", `/api/feedback/${id}`);
    expect(deleted).toEqual({ status: 200, body: { samples: 1, learnedBy: [], runs: [] } });
    expect((await call("DELETE", `/api/feedback/${id}`)).status).toBe(404);
  });

  it.each([
    ["GET", "?state=lost", {}, "expected one of"],
    ["GET", "?limit=0", {}, "expected a whole number from 1 to 500"],
    ["GET", "?stat=held", {}, "Did you mean state?"],
    ["POST", "/review", { ids: [], action: "accept" }, "1 to 500"],
    ["POST", "/review", { ids: ["nix"], action: "accept" }, "There is no sample"],
    ["POST", "/review", { ids: ["a", "b"], action: "edit", text: "_" }, "takes one"],
    ["POST", "/review", { ids: ["a"], action: "edit" }, "nothing to edit"],
    ["POST", "/review", { ids: ["a"], action: "accept", text: "_" }, "takes no text"],
  ])("refuses %s /api/feedback%s %j", async (method, path, body, message) => {
    const refused = await call(method, `/api/feedback${path}`, method === "GET" ? undefined : body);
    expect([400, 404]).toContain(refused.status);
    expect(JSON.stringify(refused.body)).toContain(message);
  });
});

describe("a file over HTTP", () => {
  const importing = (body: object): Promise<Answered> => post("/api/feedback/import", body);

  it("is stored without personal data, merged the second time, with counts of both", async () => {
    const text =
      '\ufeff{"text":"导入电话13812345678，还没___","answer":"到账"}\r\n' +
      '{"text":"导入没___","answer":"生效"}\n';
    const counts = { model: "starter-cloze", kind: "samples", read: 2, held: 0, blocked: [] };
    const first = await importing({ name: "a.jsonl", text });
    expect([first.status, first.body]).toMatchObject([
      200,
      { ...counts, added: 2, merged: 0, replaced: { mobile: 1, email: 0 } },
    ]);
    const second = await importing({ kind: "samples", text });
    expect(second.body).toMatchObject({ ...counts, added: 0, merged: 2 });
    expect(await samples("?search=导入&source=import")).toHaveLength(2);
    expect(JSON.stringify(await samples("?search=导入"))).not.toContain("13812345678");
  });

  it("may be a term table or style pairs", async () => {
    const terms = await importing({ name: "t.csv", text: "term,domain,patterns\n签收,物流,\n" });
    expect(terms.body).toMatchObject({ kind: "terms", read: 9, added: 9 });
    expect(await samples("?domain=物流&source=terms")).toHaveLength(9);
    const style = await importing({ kind: "style", text: "天气不错啊\t天气较为适宜\n" });
    expect(style.body).toMatchObject({ kind: "style", added: 1 });
  });

  it.each([
    [2, { kind: "samples", text: '{"text":"好___","answer":"的"}\n{"text":"没空","answer":"的"}' }],
    [4, { name: "坏.csv", text: "term,domain,patterns\n签收,,\n,,\n签收,,没有它\n" }],
  ])("names the bad row %i and stores nothing", async (row, body) => {
    const before = (await call("GET", "/api/feedback")).body["counts"];
    const { status, body: refused } = await importing(body);
    expect([status, refused]).toMatchObject([
      400,
      { error: { code: "bad_row", details: { row } } },
    ]);
    expect((await call("GET", "/api/feedback")).body["counts"]).toEqual(before);
  });

  it.each([
    [{ name: "a.txt", text: "好" }, 400, "neither .jsonl nor .csv"],
    [{ kind: "songs", text: "好" }, 400, "expected one of"],
    [{ kind: "samples" }, 400, '"text" is missing'],
    [{ kind: "samples", text: "" }, 400, "has no samples"],
    [{ kind: "style", text: "一句\t一句\n".repeat(5001) }, 400, "at most 5000"],
    [{ kind: "samples", text: "好".repeat(400_000) }, 413, "1048576"],
    [{ kind: "samples", text: '{"text":"好___","answer":"的"}', model: "nix" }, 404, "nix"],
  ])("refuses what it cannot take", async (body, expected, message) => {
    const { status, body: refused } = await importing(body);
    expect([status, JSON.stringify(refused)]).toEqual([
      expected,
      expect.stringContaining(JSON.stringify(message).slice(1, -1)),
    ]);
  });
});

describe("what a user said", () => {
  it("is deleted over HTTP, and the answer says what that was", async () => {
    const predictionId = await predict("她说过的___", "dora");
    await post("/api/feedback", { predictionId, verdict: "accept" });
    expect(await samples("?search=她说过")).toHaveLength(1);
    const { status, body } = await post("/api/feedback/delete-user", { userKey: "dora" });
    expect([status, body]).toEqual([
      200,
      { samples: 1, predictions: 1, changed: 0, learnedBy: [], runs: [] },
    ]);
    expect(await samples("?search=她说过")).toEqual([]);
    const again = await post("/api/feedback/delete-user", { userKey: "dora" });
    expect(again.body).toMatchObject({ samples: 0, predictions: 0 });
    expect((await post("/api/feedback/delete-user", {})).status).toBe(400);
  });

  it("is deleted by the server where a command is told to", async () => {
    await predict("她问过的___", "dora");
    const predictionId = await predict("他说过的___", "eve");
    const { sampleId } = (await post("/api/feedback", { predictionId, verdict: "accept" })).body;
    const command = async (...args: string[]): Promise<object> => {
      const data = ["--data", `${running.folder}/data`, "--json"];
      return documentOf(await callCli(["feedback", "delete", ...args, ...data]));
    };
    expect(await command("--user", "dora")).toMatchObject({ samples: 0, predictions: 1 });
    expect(await command("--id", `${String(sampleId)},nix`)).toMatchObject({
      error: { code: "not_found" },
    });
    expect(await command("--id", String(sampleId))).toEqual({
      samples: 1,
      predictions: 0,
      changed: 0,
      learnedBy: [],
      runs: [],
    });
    const { audit } = running.app.registry;
    expect(await audit.list({ action: "feedback.delete", limit: 1 })).toMatchObject([
      { target: sampleId, requestId: expect.any(String) as string },
    ]);
  });
});

describe("what waits", () => {
  it("is told apart: what has a right word, and what only says what is wrong", async () => {
    const predictionId = await predict("缺个词的___");
    await post("/api/feedback", { predictionId, verdict: "reject" });
    const answered = await predict("缺个词也好___");
    await post("/api/feedback", { predictionId: answered, verdict: "accept" });
    const { body } = await call("GET", "/api/feedback?search=缺个词");
    expect(body).toMatchObject({ counts: { queued: 2 }, unanswered: 1 });
    const lacking = await samples("?search=缺个词&answered=no");
    expect(lacking).toMatchObject([{ text: "缺个词的___", answers: [] }]);
    expect(await samples("?search=缺个词&answered=yes")).toMatchObject([{ text: "缺个词也好___" }]);
    const waiting = async () => (await call("GET", "/api/feedback/waiting")).body;
    const before = await waiting();
    // The next run takes both.
    const facts = { model: "starter-cloze", later: 0, unanswered: 0, samplesPerUser: 50 };
    expect(before).toMatchObject(facts);
    const edit = { ids: [lacking[0]?.["id"]], action: "edit", answers: ["月"] };
    expect((await post("/api/feedback/review", edit)).status).toBe(200);
    expect(await waiting()).toEqual(before);
    expect(await samples("?search=缺个词&answered=no")).toEqual([]);
    expect((await call("GET", "/api/feedback/waiting?model=nix")).status).toBe(404);
  });
});

it("/metrics counts verdicts, personal data by kind, predictions and samples", async () => {
  const predictionId = await predict("电话13812345678，订单没___");
  await post("/api/feedback", { predictionId, verdict: "accept" });
  const text = await (await fetch(`${running.url}/metrics`)).text();
  expect(text).toMatch(/whetstone_feedback_verdicts_total\{.*,verdict="accept"\} [1-9]/);
  expect(text).toMatch(/whetstone_scrub_replaced_total\{kind="mobile"\} [1-9]/);
  expect(text).toMatch(/whetstone_scrub_replaced_total\{kind="email"\} 0/);
  expect(text).toMatch(/whetstone_scrub_blocked_total 0/);
  expect(text).toMatch(/whetstone_predictions_total\{outcome="dropped"\} 0/);
  expect(text).toMatch(/whetstone_feedback_samples\{state="queued"\} [1-9]/);
});

it("/openapi.json describes feedback", async () => {
  const { body } = await call("GET", "/openapi.json");
  const paths = body["paths"] as Record<string, object>;
  expect(Object.keys(paths["/api/feedback"] ?? {})).toEqual(["post", "get"]);
  expect(paths).toHaveProperty(["/api/feedback/review"]);
});

describe("help from people", () => {
  it("asks what was hardly decided, takes the answer, and shows the life of the sample", async () => {
    const predictionId = await predict("难以决定的___");
    interface Asked {
      readonly predictionId: string;
      readonly blank: number;
      readonly candidates: readonly { readonly text: string }[];
    }
    const questions = async (): Promise<Asked[]> =>
      (await call("GET", "/api/feedback/questions?limit=50")).body["questions"] as Asked[];
    const question = (await questions()).find((each) => each.predictionId === predictionId);
    expect(question?.candidates.map(({ text }) => text).slice(0, 2)).toEqual(["岸", "月"]);
    const answer = { predictionId, blank: question?.blank, verdict: "accept", candidate: "月" };
    const { body } = await post("/api/feedback", answer);
    expect(await questions()).not.toContainEqual(expect.objectContaining({ predictionId }));
    const details = await call("GET", `/api/feedback/${String(body["sampleId"])}`);
    expect(details.body).toMatchObject({
      sample: { answers: ["月"], state: "queued" },
      events: [{ state: "received" }, { state: "scrubbed" }, { state: "queued", hold: null }],
      learnedBy: [],
    });
  });

  it("knows a model by its aliases, and says when there is none", async () => {
    const predictionId = await predict("另有名字的___");
    await running.app.registry.setAlias("prod", "starter-cloze");
    const asked = (await call("GET", "/api/feedback/questions?model=prod&limit=50")).body;
    expect(asked["questions"]).toContainEqual(expect.objectContaining({ predictionId }));
    await post("/api/feedback", { predictionId, verdict: "accept" });
    expect(await samples("?model=prod&search=另有名字")).toHaveLength(1);
    for (const path of ["/api/feedback", "/api/feedback/questions", "/api/feedback/waiting"]) {
      const { status, body } = await call("GET", `${path}?model=nix`);
      expect([path, status, body]).toMatchObject([path, 404, { error: { code: "unknown_model" } }]);
    }
  });

  it("refuses a sample and a number of questions that cannot be", async () => {
    expect((await call("GET", "/api/feedback/nix")).status).toBe(404);
    expect((await call("GET", "/api/feedback/questions?limit=0")).status).toBe(400);
  });
});
