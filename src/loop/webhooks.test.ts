import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AppError, silentLogger, type Logger } from "../base/index.ts";
import { appErrorOf } from "../../test/helpers/app-error.ts";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import type { TrainingRun } from "../wire/index.ts";
import { requireWebhookUrl } from "./post-webhook.ts";
import { isPublicAddress } from "./public-address.ts";
import type { Release } from "../registry/index.ts";
import { createReleaseAlerts } from "./release-alerts.ts";
import { createRunAlerts } from "./run-alerts.ts";
import { Webhooks, type PostWebhook, type WebhookEvent } from "./webhooks.ts";

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString("base64")}`;
const EVENT: WebhookEvent = { type: "training.failed", data: { run: "7" } };

function setUp(outcomes: readonly (number | Error)[] = [], urls = ["https://a.example/x?key=1"]) {
  const timer = new FakeTimer();
  const sent: Parameters<PostWebhook>[] = [];
  const lines: string[] = [];
  const log = (fields: object, message: string): number =>
    lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { ...silentLogger, warn: log, error: log };
  const webhooks = new Webhooks({
    urls,
    secret: SECRET,
    timer,
    logger,
    nowMs: () => 1_700_000_000_123 + timer.monotonicMs(),
    post: async (...call) => {
      const outcome = outcomes[sent.length] ?? 200;
      sent.push(call);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  });
  return { webhooks, timer, sent, lines };
}

describe("a webhook", () => {
  it("is signed over id, time and body, as Standard Webhooks has it", async () => {
    const { webhooks, sent } = setUp();
    webhooks.notify(EVENT);
    await settled();
    const [url, { headers, body }] = sent[0] ?? ["", { headers: {}, body: "" }];
    expect(url).toBe("https://a.example/x?key=1");
    expect(JSON.parse(body)).toEqual({ ...EVENT, timestamp: "2023-11-14T22:13:20.123Z" });
    expect(headers["webhook-timestamp"]).toBe("1700000000");
    const signed = `${headers["webhook-id"]}.1700000000.${body}`;
    const expected = createHmac("sha256", KEY).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  });

  it("is sent again under the same id, later and later, with a time of its own", async () => {
    const { webhooks, sent, timer } = setUp([500, new Error("refused"), 302]);
    webhooks.notify(EVENT);
    await settled();
    await timer.pass(5000);
    expect(sent).toHaveLength(2);
    await timer.pass(29_999);
    expect(sent).toHaveLength(2);
    await timer.pass(1);
    await timer.pass(120_000);
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(([, { headers }]) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(sent.map(([, { headers }]) => headers["webhook-signature"])).size).toBe(4);
    expect(timer.alarmCount).toBe(0);
  });

  it("is given up after five more tries, with a line in the log that has no secrets", async () => {
    const { webhooks, sent, timer, lines } = setUp(Array<number>(10).fill(500));
    webhooks.notify(EVENT);
    await settled();
    await timer.pass(10 * 3_600_000);
    expect(sent).toHaveLength(6);
    expect(lines.at(-1)).toContain("a webhook was not delivered");
    expect(lines.join()).not.toMatch(/key=1|whsec/);
  });

  it("is not tried again where it must not go", async () => {
    const { webhooks, sent, timer } = setUp([new AppError("forbidden", "private")]);
    webhooks.notify(EVENT);
    await settled();
    await timer.pass(10 * 3_600_000);
    expect(sent).toHaveLength(1);
  });

  it("goes to every address, and one that fails holds up no other", async () => {
    const { webhooks, sent, timer } = setUp([500], ["https://a.example", "https://b.example"]);
    webhooks.notify(EVENT);
    await settled();
    await timer.pass(5000);
    expect(sent.map(([url]) => url)).toEqual([
      "https://a.example",
      "https://b.example",
      "https://a.example",
    ]);
  });

  it("waits no more once it is closed", async () => {
    const { webhooks, sent, timer } = setUp([500]);
    webhooks.notify(EVENT);
    await settled();
    webhooks.close();
    await timer.pass(5000);
    expect(sent).toHaveLength(1);
    expect(timer.alarmCount).toBe(0);
  });

  it.each(["", "secret", "whsec_", `whsec_${Buffer.alloc(23).toString("base64")}`])(
    "is not signed with %j",
    (secret) => {
      const { timer } = setUp();
      const options = {
        secret,
        timer,
        logger: silentLogger,
        nowMs: () => 0,
        post: async () => 200,
      };
      expect(appErrorOf(() => new Webhooks({ ...options, urls: ["https://a"] })).code).toBe(
        "invalid_input",
      );
      expect(() => new Webhooks({ ...options, urls: [] })).not.toThrow();
    },
  );
});

describe("where a webhook may go", () => {
  it.each(["https://hooks.example/x", "https://8.8.8.8/", "https://[2606:4700::1111]/"])(
    "%s is fine",
    (url) => expect(() => requireWebhookUrl(url, [])).not.toThrow(),
  );

  it.each([
    ["http://hooks.example/", "forbidden"],
    ["https://127.0.0.1/", "forbidden"],
    ["https://2130706433/", "forbidden"],
    ["https://0x7f.1/", "forbidden"],
    ["https://169.254.169.254/latest", "forbidden"],
    ["https://[::1]/", "forbidden"],
    ["https://[::ffff:10.0.0.1]/", "forbidden"],
    ["https://user:pass@hooks.example/", "invalid_input"],
    ["file:///etc/passwd", "invalid_input"],
    ["nothing", "invalid_input"],
  ])("%s is %s", (url, code) => {
    expect(appErrorOf(() => requireWebhookUrl(url, [])).code).toBe(code);
  });

  it("is anywhere that the setting names", () => {
    expect(() => requireWebhookUrl("http://10.0.0.5:9000/x", ["10.0.0.5"])).not.toThrow();
    expect(() => requireWebhookUrl("http://chat.internal/x", ["chat.internal"])).not.toThrow();
  });

  it.each([
    ["93.184.216.34", true],
    ["172.15.0.1", true],
    ["172.16.0.1", false],
    ["100.64.0.1", false],
    ["192.168.1.1", false],
    ["0.0.0.0", false],
    ["255.255.255.255", false],
    ["2606:4700::1111", true],
    ["fd00::1", false],
    ["fe80::1", false],
    ["::", false],
    ["::ffff:8.8.8.8", false],
    ["2002:0a00:0001::", false],
    ["64:ff9b::a00:1", false],
    ["localhost", false],
    ["", false],
  ])("%s is public: %s", (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});

describe("what is told of training runs", () => {
  const run = (changes: Partial<TrainingRun>): TrainingRun => ({
    id: "7",
    model: "m",
    base: "1",
    state: "running",
    source: "feedback",
    sampleCount: 50,
    seed: 1,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    progress: { phase: "training", done: 1, total: 2 },
    curve: [],
    notes: [],
    ...changes,
  });
  const measured = { count: 1, top1: 0, top3: 0, ece: 0 };
  const resultWith = (passed: boolean): NonNullable<TrainingRun["result"]> => ({
    version: "2",
    counts: { training: 40, heldOut: 10 },
    before: measured,
    after: measured,
    gate: { passed, reasons: passed ? [] : ["top-1 fell by 3 points"] },
    patchBytes: 1,
    seconds: 1,
    steps: 1,
  });

  it("is a failure and a refusal, each once, and nothing else", () => {
    const events: WebhookEvent[] = [];
    const tell = createRunAlerts((event) => events.push(event));
    const failed = run({ state: "failed", error: { code: "training_failed", message: "text" } });
    for (const each of [run({}), failed, failed, run({}), failed]) tell(each);
    tell(run({ id: "8", state: "finished", result: resultWith(true) }));
    tell(run({ id: "9", state: "finished", result: resultWith(false) }));
    expect(events).toEqual([
      {
        type: "training.failed",
        data: { run: "7", model: "m", base: "1", code: "training_failed" },
      },
      {
        type: "training.failed",
        data: { run: "7", model: "m", base: "1", code: "training_failed" },
      },
      {
        type: "gate.refused",
        data: { run: "9", model: "m", version: "2", reasons: ["top-1 fell by 3 points"] },
      },
    ]);
  });
});

it("tells of a release that is taken back, once, and of no other move", () => {
  const events: WebhookEvent[] = [];
  const tell = createReleaseAlerts((event) => events.push(event));
  const at = (state: Release["state"]): Release => {
    const facts = { model: "m", by: "breaker", reason: "2 % errors", state };
    return { ...facts, stable: { version: "1" }, canary: { version: "2" } } as unknown as Release;
  };
  const states = ["loading", "warm", "canary", "canary", "rolled-back", "rolled-back"] as const;
  for (const [i, state] of states.entries())
    tell(at(state), i === 0 ? undefined : at(states[i - 1]!));
  const data = { model: "m", version: "2", stable: "1", by: "breaker", reason: "2 % errors" };
  expect(events).toEqual([{ type: "release.rolled-back", data }]);
});
