import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { AppError, type Logger } from "../base/index.ts";
import { createStubServer } from "../../test/helpers/http-server.ts";

const { server, gateway } = await createStubServer({ "server.maxTextCharacters": "40" });
const json = { "content-type": "application/json" };

async function post(url: string, payload: unknown, headers = {}): Promise<InjectedAnswer> {
  const body = typeof payload === "object" && !Buffer.isBuffer(payload);
  const answer = await server.inject({
    method: "POST",
    url,
    headers: { ...json, ...headers },
    payload: body ? JSON.stringify(payload) : (payload as string | Buffer),
  });
  return { status: answer.statusCode, headers: answer.headers, body: parsed(answer.body) };
}

interface InjectedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const TEXT = "画龙点[MASK]。";

describe("POST /api/fill", () => {
  it("answers a text with candidates, an id and the version", async () => {
    const { status, headers, body } = await post("/api/fill", { text: TEXT, topK: 2 });
    expect(status).toBe(200);
    expect(body).toEqual({
      predictionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      model: "starter-cloze",
      version: "1",
      candidates: [
        { text: "岸", score: 0.5, sequence: "画龙点岸。" },
        { text: "月", score: 0.25, sequence: "画龙点月。" },
      ],
    });
    expect(headers["x-whetstone-version"]).toBe("1");
    expect(headers["x-whetstone-model"]).toBe("starter-cloze");
    expect(headers["x-whetstone-prediction-id"]).toBe(
      (body as { predictionId: string }).predictionId,
    );
  });

  it("counts a rare character as one", async () => {
    expect((await post("/api/fill", { text: `${"𠮷".repeat(34)}[MASK]` })).status).toBe(200);
  });

  it("shows a piece of a word without the vocabulary's mark, and a word once", async () => {
    const options = { topK: 2, targets: ["##e", "e", "d", "n"] };
    const { body } = await post("/api/fill", { text: "goo[MASK]", ...options });
    expect(body).toMatchObject({
      candidates: [
        { text: "e", score: 0.5, sequence: "gooe" },
        { text: "d", sequence: "good" },
      ],
    });
  });

  it("lists all blanks when there are several", async () => {
    const { body } = await post("/api/fill", { text: "___龙[MASK]", topK: 1 });
    expect(body).toMatchObject({
      candidates: [{ text: "岸" }],
      blanks: [{ candidates: [{ text: "岸" }] }, { candidates: [{ sequence: "岸龙岸" }] }],
    });
  });

  it("answers several texts in order, each with an id of its own", async () => {
    const { headers, body } = await post("/api/fill", { texts: [TEXT, "[MASK]"], topK: 1 });
    const { predictions } = body as { predictions: { predictionId: string }[] };
    expect(predictions).toMatchObject([
      { candidates: [{ sequence: "画龙点岸。" }] },
      { candidates: [{ sequence: "岸" }] },
    ]);
    const ids = predictions.map(({ predictionId }) => predictionId);
    expect(headers["x-whetstone-prediction-id"]).toBe(ids.join(", "));
  });

  it("says what was in memory, under a prediction id of its own", async () => {
    const text = "记得[MASK]吗";
    const asked = [
      await post("/api/fill", { text }),
      await post("/api/fill", { text }),
      await post("/api/fill", { texts: [text, "另一句[MASK]"] }),
      await post("/api/fill", { text }, { "cache-control": "no-cache" }),
      await post("/", { inputs: "记得[MASK]", options: { use_cache: false } }),
      await post("/", { inputs: "记得[MASK]", options: { use_cache: false } }),
      await post("/", { inputs: "记得[MASK]" }),
    ];
    expect(asked.map(({ headers }) => headers["x-whetstone-cache"])).toEqual([
      "miss",
      "hit",
      "partial",
      "miss",
      "miss",
      "miss",
      "hit",
    ]);
    const [first, second] = asked.map(({ body }) => body as { predictionId: string });
    expect(second).toMatchObject({ ...first, predictionId: expect.any(String) as string });
    expect(second?.predictionId).not.toBe(first?.predictionId);
  });

  it("leaves blanks open that it is less sure of than wanted, from memory as well", async () => {
    const text = "没把握[MASK]";
    const ask = async (minConfidence?: number) =>
      (await post("/api/fill", { text, topK: 1, minConfidence })).body;
    expect(await ask(0.51)).toEqual({
      predictionId: expect.any(String) as string,
      model: "starter-cloze",
      version: "1",
      candidates: [],
      abstained: true,
    });
    const sure = { candidates: [{ text: "岸" }] };
    for (const least of [0.5, 0, undefined]) {
      const body = await ask(least);
      expect(body).toMatchObject(sure);
      expect(body).not.toHaveProperty("abstained");
    }
    const several = { text: "___龙[MASK]", topK: 1, minConfidence: 1 };
    const open = { candidates: [], abstained: true };
    expect((await post("/api/fill", several)).body).toMatchObject({
      ...open,
      blanks: [open, open],
    });
  });

  it("hands options on, and the settings' defaults", async () => {
    const options = { length: "auto", targets: ["睛", "笔"], words: "any" };
    await post("/api/fill", { text: TEXT, ...options, model: "x@2" });
    expect(gateway.calls.at(-1)).toMatchObject({
      model: "x@2",
      deadlineMs: 10_000,
      inputs: [{ text: TEXT, topK: 5, ...options }],
    });
  });

  it.each([
    [{}, 400, "invalid_input", 'There is no text; expected {"text"'],
    [{ text: TEXT, texts: [TEXT] }, 400, "invalid_input", "expected one of them"],
    [{ text: "" }, 400, "no_blank", "The text is empty"],
    [{ text: "  \n" }, 400, "no_blank", "The text is empty"],
    [{ texts: [] }, 400, "invalid_input", "texts is an empty list; expected"],
    [{ texts: [TEXT, ""] }, 400, "no_blank", "Text 1 is empty"],
    [{ text: "没有空" }, 400, "no_blank", "no blank"],
    [{ text: "长".repeat(41) }, 413, "text_too_long", "has 41 characters; at most 40"],
    [{ text: "𠮷".repeat(41) }, 413, "text_too_long", "has 41 characters; at most 40"],
    [
      { texts: Array.from({ length: 65 }, () => TEXT) },
      400,
      "invalid_input",
      "65 texts; at most 64",
    ],
    [{ text: 7 }, 400, "invalid_input", "text is 7; expected a text"],
    [{ text: null }, 400, "invalid_input", "text is null; expected a text"],
    [{ texts: TEXT }, 400, "invalid_input", "expected a list of texts"],
    [{ texts: [TEXT, 1] }, 400, "invalid_input", "texts[1] is 1; expected a text"],
    [
      { text: TEXT, topK: "3" },
      400,
      "invalid_input",
      'topK is "3"; expected a whole number from 1',
    ],
    [
      { text: TEXT, topK: 0 },
      400,
      "invalid_input",
      "topK is 0; expected a whole number from 1 to 50",
    ],
    [{ text: TEXT, topK: 1.5 }, 400, "invalid_input", "topK is 1.5"],
    [{ text: TEXT, topK: 51 }, 400, "invalid_input", "topK is 51"],
    [{ text: TEXT, length: 2 }, 400, "invalid_input", 'length is 2; expected one of 1, "auto"'],
    [
      { text: TEXT, targets: [] },
      400,
      "invalid_input",
      "targets is an empty list; expected 1 to 200",
    ],
    [{ text: TEXT, targets: [""] }, 400, "invalid_input", "targets[0] is"],
    [
      { text: TEXT, minConfidence: 1.5 },
      400,
      "invalid_input",
      "minConfidence is 1.5; expected a number from 0 to 1",
    ],
    [{ text: TEXT, words: "all" }, 400, "invalid_input", 'words is "all"; expected one of "known"'],
    [{ text: TEXT, minConfidence: -1 }, 400, "invalid_input", "minConfidence is -1"],
    [{ text: TEXT, minConfidence: null }, 400, "invalid_input", "minConfidence is null"],
    [{ text: TEXT, minConfidence: "0.5" }, 400, "invalid_input", 'minConfidence is "0.5"'],
    ['{"text":"[MASK]","minConfidence":NaN}', 400, "invalid_input", "The body is not JSON"],
    [{ text: TEXT, topk: 3 }, 400, "unknown_field", 'no field "topk". Did you mean topK?'],
    [{ text: TEXT, colour: 3 }, 400, "unknown_field", "Known are text, texts, topK"],
    [{ text: TEXT, model: "nix" }, 404, "unknown_model", 'no model "nix"'],
    [[], 400, "invalid_input", "The body is an empty list; expected an object"],
    ["7", 400, "invalid_input", "The body is 7; expected an object"],
    ["{", 400, "invalid_input", "The body is not JSON"],
    ['{"text":"[MASK]","__proto__":{}}', 400, "unknown_field", 'no field "__proto__"'],
    ["[".repeat(500_000), 400, "invalid_input", "The body is not JSON"],
    ["", 400, "invalid_input", "expected"],
    ['{"text":"\\ud800[MASK]"}', 400, "bad_encoding", "surrogate"],
  ])("answers %j with %i %s", async (payload, status, code, message) => {
    const answer = await post("/api/fill", payload);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      error: { code, message: expect.stringContaining(message) as string },
    });
  });

  it("refuses bytes that are not UTF-8 instead of replacing them", async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"text":"'),
      Buffer.from([0xd6, 0xd0]),
      Buffer.from('[MASK]"}'),
    ]);
    const { status, body } = await post("/api/fill", bytes);
    expect([status, body]).toMatchObject([400, { error: { code: "bad_encoding" } }]);
  });

  it("refuses a body without a content type", async () => {
    const { raw: request } = await server.inject({
      method: "POST",
      url: "/api/fill",
      payload: "{}",
    });
    expect(request.res.statusCode).toBe(415);
  });

  it("refuses other content types", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      const { status, body } = await post("/api/fill", "{}", { "content-type": type });
      expect([status, body]).toMatchObject([415, { error: { code: "unsupported_media_type" } }]);
    }
  });

  it("refuses a compressed body for what it is, whatever it holds", async () => {
    const bytes = gzipSync('{"text":"画龙点[MASK]"}');
    for (const encoding of ["gzip", "br", "gzip, identity"]) {
      const answer = await post("/api/fill", bytes, { "content-encoding": encoding });
      expect(answer.status).toBe(415);
      expect(answer.body).toMatchObject({
        error: {
          code: "unsupported_media_type",
          message: expect.stringContaining("uncompressed") as string,
        },
      });
    }
    const plain = await post("/api/fill", { text: TEXT }, { "content-encoding": "identity" });
    expect(plain.status).toBe(200);
  });

  it("takes a content type with a charset", async () => {
    const type = "application/json; charset=utf-8";
    expect((await post("/api/fill", { text: TEXT }, { "content-type": type })).status).toBe(200);
  });

  it("refuses a body above the limit, naming it", async () => {
    const { status, body } = await post("/api/fill", { text: "a".repeat(1_100_000) });
    expect(status).toBe(413);
    expect(body).toMatchObject({
      error: { code: "body_too_large", message: expect.stringContaining("1048576") as string },
    });
  });

  it.each([
    ["busy", 429, "12"],
    ["unavailable", 503, "1"],
    ["deadline_exceeded", 504, undefined],
    ["replica_failed", 502, undefined],
  ] as const)("answers %s with %i", async (code, status, retryAfter) => {
    const details = code === "busy" ? { retryAfterSeconds: 12 } : {};
    gateway.failure = new AppError(code, "as said", { details });
    const answer = await post("/api/fill", { text: TEXT });
    gateway.failure = undefined;
    expect(answer.status).toBe(status);
    expect(answer.headers["retry-after"]).toBe(retryAfter);
    expect(answer.body).toMatchObject({ error: { code, message: "as said" } });
  });

  it("does not show what a bug says", async () => {
    gateway.failure = new TypeError("secret of the inside");
    const { status, body } = await post("/api/fill", { text: TEXT });
    gateway.failure = undefined;
    expect([status, body]).toMatchObject([500, { error: { code: "internal" } }]);
    expect(JSON.stringify(body)).not.toContain("secret");
  });
});

describe("every answer", () => {
  it.each([
    ["GET", "/healthz", 200],
    ["GET", "/nothing/here.js", 404],
    ["GET", "/api/nothing", 404],
    ["GET", "/%ZZ", 400],
    ["DELETE", "/api/fill", 405],
    ["GET", "/", 200],
  ] as const)("has the headers of a safe one: %s %s", async (method, url, status) => {
    const { statusCode, headers } = await server.inject({ method, url });
    expect(statusCode).toBe(status);
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    expect(headers["content-security-policy"]).not.toMatch(/unsafe|data:/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  it("has an id that the log has too, and no text of a request is logged", async () => {
    const lines: object[] = [];
    const log = (fields: object, message: string): number => lines.push({ ...fields, message });
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const { server: logged } = await createStubServer({}, logger);
    for (const text of ["秘密[MASK]", "秘密", "秘密".repeat(2000)]) {
      const headers = { "content-type": "application/json" };
      const payload = JSON.stringify({ text, ...(text === "秘密" ? { 秘密: 1 } : {}) });
      const answer = await logged.inject({ method: "POST", url: "/api/fill", headers, payload });
      expect(lines.at(-1)).toMatchObject({ requestId: answer.headers["x-request-id"] });
    }
    expect(lines).toMatchObject([
      { status: 200, model: "starter-cloze", version: "1" },
      { status: 400, code: "unknown_field" },
      { status: 413, code: "text_too_long" },
    ]);
    expect(JSON.stringify(lines)).not.toContain("秘密");
  });

  it("is 403 for a foreign Host or Origin", async () => {
    const foreign = await post("/api/fill", { text: TEXT }, { host: "evil.example" });
    expect([foreign.status, foreign.body]).toMatchObject([403, { error: { code: "forbidden" } }]);
    const cross = await post("/", { inputs: TEXT }, { origin: "https://evil.example" });
    expect([cross.status, cross.body]).toMatchObject([
      403,
      { error: expect.any(String) as string },
    ]);
  });
});

describe("an empty body", () => {
  const empty = (url: string) =>
    server.inject({ method: "POST", url, headers: { "content-type": "application/json" } });

  it("is nothing wrong where no body is wanted", async () => {
    const answer = await empty("/api/deployments/starter-cloze/rollback");
    expect(answer.json()).toMatchObject({ error: { message: "There is no release." } });
  });

  it("is said to be empty where one is", async () => {
    const answer = await empty("/api/fill");
    expect(answer.json()).toMatchObject({ error: { message: /The body is empty/ } });
  });
});

describe("methods and addresses", () => {
  it.each([
    ["GET", "/api/fill", "POST"],
    ["PUT", "/api/models", "GET, HEAD"],
    ["POST", "/healthz", "GET, HEAD"],
    ["OPTIONS", "/api/fill", "POST"],
  ] as const)("%s %s is 405 and says what works", async (method, url, allow) => {
    const { statusCode, headers, body } = await server.inject({ method, url });
    expect(statusCode).toBe(405);
    expect(headers["allow"]?.split(", ").sort().join(", ")).toBe(allow);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "method_not_allowed" } });
  });

  it.each(["/api", "/api/fill/x", "/v1/models", "/.env.js", "/../package.json"])(
    "%s is 404",
    async (url) => {
      const { statusCode, body } = await server.inject({ method: "GET", url });
      expect(statusCode).toBe(404);
      expect(JSON.parse(body)).toMatchObject({ error: { code: "not_found" } });
    },
  );

  it.each([
    ["GET", "/models/starter-cloze"],
    ["GET", "/models/starter-cloze/pipeline/fill-mask"],
    ["DELETE", "/models/starter-cloze"],
  ] as const)("%s %s is 405 in the shape of Hugging Face", async (method, url) => {
    const { statusCode, headers, body } = await server.inject({ method, url });
    expect([statusCode, headers["allow"]]).toEqual([405, "POST"]);
    expect(JSON.parse(body)).toEqual({ error: expect.stringContaining("takes POST") as string });
  });

  it.each(["/", "/console"])("%s is the page", async (url) => {
    const { statusCode, headers, body } = await server.inject({ method: "GET", url });
    expect(statusCode).toBe(200);
    expect(headers["content-type"]).toContain("text/html");
    expect(body).toContain("npm run build");
  });
});

describe("the Hugging Face endpoints", () => {
  const URLS = ["/", "/models/starter-cloze", "/models/starter-cloze/pipeline/fill-mask"];

  it.each(URLS)("POST %s answers one mask with a list", async (url) => {
    const { status, headers, body } = await post(url, { inputs: TEXT, parameters: { top_k: 1 } });
    expect(status).toBe(200);
    const candidate = { score: 0.5, token: 100, token_str: "岸", sequence: "画龙点岸。" };
    expect(body).toEqual([candidate]);
    expect(headers["x-whetstone-version"]).toBe("1");
    expect(gateway.calls.at(-1)?.inputs[0]).toMatchObject({ length: 1, topK: 1 });
  });

  it("answers five candidates unless told otherwise", async () => {
    expect((await post("/", { inputs: TEXT })).body).toHaveLength(5);
  });

  it("answers several masks with a list each, in which the other masks stay", async () => {
    const { body } = await post("/", { inputs: "[MASK]龙[MASK]睛", parameters: { top_k: 1 } });
    expect(body).toMatchObject([[{ sequence: "岸龙[MASK]睛" }], [{ sequence: "[MASK]龙岸睛" }]]);
  });

  it("answers an array of texts with an array of answers", async () => {
    const inputs = [TEXT, "[MASK][MASK]"];
    const { body } = await post("/", { inputs, parameters: { top_k: 1 } });
    expect(body).toMatchObject([[{ token_str: "岸" }], [[{ token: 100 }], [{ token: 100 }]]]);
  });

  it("decodes a piece of a word as the Python pipeline does", async () => {
    const parameters = { targets: ["##e", "e"] };
    const { body } = await post("/", { inputs: "goo [MASK]的[MASK]", parameters });
    const [first, last] = body as object[][];
    expect(first).toMatchObject([
      { token_str: "##e", sequence: "gooe的[MASK]" },
      { token_str: "e", sequence: "goo e的[MASK]" },
    ]);
    expect(last).toMatchObject([{ sequence: "goo [MASK]的e" }, { sequence: "goo [MASK]的e" }]);
    const one = { ...parameters, top_k: 1 };
    const { body: likeliest } = await post("/", { inputs: "goo[MASK]", parameters: one });
    expect(likeliest).toMatchObject([{ token_str: "##e" }]);
  });

  it("takes targets and the options of the hub", async () => {
    const parameters = { targets: ["睛"] };
    const { body } = await post("/", { inputs: TEXT, parameters, options: { use_cache: false } });
    expect(body).toMatchObject([{ token_str: "睛" }]);
  });

  it.each([
    [{ inputs: "没有" }, 400, "Mask token ([MASK]) not found in text."],
    [{ inputs: "___" }, 400, "Mask token ([MASK]) not found in text."],
    [{ inputs: 5 }, 400, "inputs is 5; expected a text or a list of texts"],
    [{ inputs: [] }, 400, "inputs is an empty list; expected"],
    [{ text: TEXT }, 400, "inputs"],
    [{ inputs: TEXT, parameters: { top_k: 0 } }, 400, "parameters.top_k is 0; expected a whole"],
    [{ inputs: TEXT, parameters: { topk: 1 } }, 400, 'no field "parameters.topk"'],
    ["{", 400, "not JSON"],
  ])("answers %j with %i in their shape", async (payload, status, message) => {
    const answer = await post("/models/starter-cloze", payload);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: expect.stringContaining(message) as string });
  });

  it("says what a target of several tokens may be here, where there is no length", async () => {
    const message = 'target "眼睛" has 2 tokens, but the blank holds one; use length "auto"';
    const details = { target: "眼睛", tokens: 2 };
    gateway.failure = new AppError("invalid_input", message, { details });
    const { status, body } = await post("/", { inputs: TEXT, parameters: { targets: ["眼睛"] } });
    gateway.failure = undefined;
    expect([status, body]).toEqual([
      400,
      {
        error:
          'The target "眼睛" has 2 tokens, but [MASK] holds one; expected targets of one token. ' +
          "POST /api/fill takes longer words.",
      },
    ]);
  });

  it("answers an unknown model with 404 in their shape", async () => {
    const { status, body } = await post("/models/nix", { inputs: TEXT });
    expect([status, body]).toEqual([404, { error: 'There is no model "nix".' }]);
  });
});

describe("the state of the server", () => {
  it.each([
    ["ok", 200, 200],
    ["loading", 503, 503],
    ["failed", 503, 503],
    ["stopping", 200, 503],
  ] as const)("for %s: /healthz is %i, /readyz %i", async (state, health, readiness) => {
    gateway.state = state;
    for (const [url, status] of [
      ["/healthz", health],
      ["/readyz", readiness],
    ] as const) {
      const answer = await server.inject({ method: "GET", url });
      expect([url, answer.statusCode]).toEqual([url, status]);
      expect(answer.json()).toMatchObject({ status: state, live: [{ waiting: 3 }] });
    }
    gateway.state = "ok";
  });

  it("/api/models lists models without where their files are", async () => {
    const answer = await server.inject({ method: "GET", url: "/api/models" });
    expect(answer.json()).toMatchObject({
      models: [{ id: "starter-cloze", stable: "1", versions: [{ version: "1", sha256: "abcd" }] }],
    });
    expect(answer.body).not.toContain("key");
  });

  it("/metrics counts requests by route and status", async () => {
    await post("/api/fill", { text: "没有" });
    const { body } = await server.inject({ method: "GET", url: "/metrics" });
    expect(body).toMatch(
      /http_requests_total\{method="POST",route="\/api\/fill",status="400"\} \d/,
    );
    expect(body).toContain('whetstone_queue_texts{model="starter-cloze",version="1"} 3');
    expect(body).toMatch(/whetstone_gateway_memory_bytes \d+/);
  });

  it("/openapi.json describes the routes, and only those", async () => {
    const { paths } = (await server.inject({ method: "GET", url: "/openapi.json" })).json<{
      paths: Record<string, object>;
    }>();
    expect(Object.keys(paths).sort()).toEqual([
      "/",
      "/api/audit",
      "/api/deployments",
      "/api/deployments/{model}/forecast",
      "/api/deployments/{model}/pause",
      "/api/deployments/{model}/promote",
      "/api/deployments/{model}/resume",
      "/api/deployments/{model}/rollback",
      "/api/disk",
      "/api/events",
      "/api/feedback",
      "/api/feedback/delete-user",
      "/api/feedback/import",
      "/api/feedback/questions",
      "/api/feedback/review",
      "/api/feedback/waiting",
      "/api/feedback/{id}",
      "/api/fill",
      "/api/models",
      "/api/probe-runs",
      "/api/schedule",
      "/api/suites",
      "/api/suites/{name}",
      "/api/training-runs",
      "/api/training-runs/{id}",
      "/api/training-runs/{id}/resume",
      "/api/training-runs/{id}/stop",
      "/api/versions",
      "/api/versions/{id}/archive",
      "/api/versions/{id}/note",
      "/api/versions/{id}/stable",
      "/healthz",
      "/metrics",
      "/models/{id}",
      "/models/{id}/pipeline/fill-mask",
      "/readyz",
    ]);
    expect(Object.keys(paths["/api/fill"] ?? {})).toEqual(["post"]);
  });
});
