import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AppError, silentLogger, type Logger } from "../base/index.ts";
import { appErrorOf } from "../../test/helpers/app-error.ts";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import type { TrainingRun } from "../wire/index.ts";
import type { Release, WaitingMessage } from "../registry/index.ts";
import { createReleaseAlerts } from "./release-alerts.ts";
import { createRunAlerts } from "./run-alerts.ts";
import { Webhooks, type PostWebhook, type WebhookEvent } from "./webhooks.ts";

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString("base64")}`;
/** An answer that does not come. */
const NEVER = new Promise<never>(() => {});
const EVENT: WebhookEvent = { type: "training.failed", data: { run: "7" } };

/** A store that outlives the servers of a test. */
class KeptMessages {
  readonly messages = new Map<string, WaitingMessage>();
  isFull = false;
  isLocked = false;

  async list(): Promise<readonly WaitingMessage[]> {
    this.#requireFree();
    return [...this.messages.values()];
  }

  async put(message: WaitingMessage): Promise<void> {
    if (this.isFull) throw new AppError("io_failed", "the disk is full");
    this.messages.set(message.id, message);
  }

  async remove(id: string): Promise<void> {
    this.#requireFree();
    this.messages.delete(id);
  }

  #requireFree(): void {
    if (this.isLocked) throw new AppError("busy", "another process has locked the store");
  }
}

interface World {
  readonly timer: FakeTimer;
  readonly store: KeptMessages;
}

const newWorld = (): World => ({ timer: new FakeTimer(), store: new KeptMessages() });

/** A server; another one in the same world is the next. */
function setUp(
  outcomes: readonly (number | Error | Promise<never>)[] = [],
  urls = ["https://a.example/x?key=1"],
  { timer, store }: World = newWorld(),
) {
  const sent: Parameters<PostWebhook>[] = [];
  const lines: string[] = [];
  const log = (fields: object, message: string): number =>
    lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { ...silentLogger, warn: log, error: log };
  const webhooks = new Webhooks({
    urls,
    secret: SECRET,
    store,
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
  return { webhooks, timer, store, sent, lines };
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
    await webhooks.close();
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
        store: new KeptMessages(),
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

describe("a webhook that waits while the server restarts", () => {
  it("is sent by the next server when it is due, under the same id, and then no more", async () => {
    const world = newWorld();
    const first = setUp([500, 500], undefined, world);
    first.webhooks.notify(EVENT);
    await settled();
    await world.timer.pass(5000);
    await first.webhooks.close();
    expect(first.sent).toHaveLength(2);

    const next = setUp([], undefined, world);
    await next.webhooks.recover();
    await world.timer.pass(29_999);
    expect(next.sent).toEqual([]);
    await world.timer.pass(1);
    const [, again] = next.sent[0]!;
    const [, before] = first.sent[0]!;
    expect(again.body).toBe(before.body);
    expect(again.headers["webhook-id"]).toBe(before.headers["webhook-id"]);
    expect(again.headers["webhook-signature"]).not.toBe(before.headers["webhook-signature"]);

    const last = setUp([], undefined, world);
    await last.webhooks.recover();
    await world.timer.pass(10 * 3_600_000);
    expect([next.sent.length, last.sent.length, world.store.messages.size]).toEqual([1, 0, 0]);
  });

  it("is sent again when the server was killed while it was sent", async () => {
    const world = newWorld();
    const first = setUp([NEVER], undefined, world);
    first.webhooks.notify(EVENT);
    await settled();
    const [kept] = world.store.messages.values();
    expect(kept).toMatchObject({ type: EVENT.type, attempt: 0 });
    const next = setUp([], undefined, world);
    await next.webhooks.recover();
    await world.timer.pass(0);
    expect(next.sent.map(([, { headers }]) => headers["webhook-id"])).toEqual([kept?.id]);
  });

  it("is tried as often as it would have been, over all servers", async () => {
    const world = newWorld();
    let count = 0;
    for (let i = 0; i < 4; i++) {
      const { webhooks, sent } = setUp(Array<number>(10).fill(500), undefined, world);
      await webhooks.recover();
      if (i === 0) webhooks.notify(EVENT);
      await world.timer.pass(3_600_000);
      await webhooks.close();
      count += sent.length;
    }
    expect([count, world.store.messages.size]).toEqual([6, 0]);
  });

  it("is dropped when its address has left the configuration, and only then", async () => {
    const world = newWorld();
    const urls = ["https://a.example/x", "https://b.example/x"];
    const first = setUp([500, 500], urls, world);
    first.webhooks.notify(EVENT);
    await settled();
    await first.webhooks.close();
    const next = setUp([], ["https://b.example/x"], world);
    await next.webhooks.recover();
    await world.timer.pass(5000);
    expect(next.sent.map(([url]) => url)).toEqual(["https://b.example/x"]);
    expect(world.store.messages.size).toBe(0);
    expect(next.lines.join()).toContain("its address is not in the configuration");
  });

  it("never keeps the next server from starting, also where the store cannot be had", async () => {
    const world = newWorld();
    const first = setUp([500], undefined, world);
    first.webhooks.notify(EVENT);
    await settled();
    await first.webhooks.close();
    world.store.isLocked = true;
    const next = setUp([], undefined, world);
    await next.webhooks.recover();
    expect(next.lines.join()).toContain("cannot be read");
    world.store.isLocked = false;
    const list = world.store.list.bind(world.store);
    world.store.list = async () => {
      const messages = await list();
      world.store.isLocked = true;
      return messages;
    };
    const moved = setUp([], ["https://elsewhere.example"], world);
    await moved.webhooks.recover();
    expect(moved.lines.join()).toContain("cannot be written down");
  });

  it("goes out with others to its address one after another, however many wait", async () => {
    const world = newWorld();
    const urls = ["https://a.example", "https://b.example"];
    const first = setUp(Array<number>(6).fill(500), urls, world);
    for (let i = 0; i < 3; i++) first.webhooks.notify(EVENT);
    await settled();
    await first.webhooks.close();
    await world.timer.pass(5000);
    const next = setUp([NEVER, 200, 200, 200], urls, world);
    await next.webhooks.recover();
    await settled();
    const [stuck, ...others] = next.sent.map(([url]) => url);
    expect([stuck, others]).toEqual([urls[0], Array(3).fill(urls[1])]);
  });

  it("is sent again once for a try that failed, whatever the store does", async () => {
    const { webhooks, sent, store, timer } = setUp([500]);
    webhooks.notify(EVENT);
    store.put = () => {
      throw new AppError("io_failed", "the disk is gone");
    };
    await settled();
    await timer.pass(10 * 3_600_000);
    expect(sent).toHaveLength(2);
  });

  it("leaves no address with its secrets in the store", async () => {
    const { webhooks, store } = setUp([500]);
    webhooks.notify(EVENT);
    await settled();
    expect(store.messages.size).toBe(1);
    expect(JSON.stringify([...store.messages.values()])).not.toMatch(/example|key=1/);
  });

  it("is sent although it cannot be kept, and beyond a thousand is not kept", async () => {
    const { webhooks, sent, store } = setUp(Array<number>(1200).fill(500));
    store.isFull = true;
    webhooks.notify(EVENT);
    await settled();
    expect([sent.length, store.messages.size]).toEqual([1, 0]);
    store.isFull = false;
    for (let i = 0; i < 1100; i++) webhooks.notify(EVENT);
    await settled();
    expect(sent).toHaveLength(1101);
    expect(store.messages.size).toBe(999);
  });

  it("gives what is being sent two seconds when the server ends", async () => {
    const { webhooks, timer } = setUp([NEVER]);
    webhooks.notify(EVENT);
    await settled();
    let isClosed = false;
    void webhooks.close().then(() => (isClosed = true));
    await timer.pass(1999);
    expect(isClosed).toBe(false);
    await timer.pass(1);
    expect(isClosed).toBe(true);
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

it("tells of a release that stands still, and whether it waits as it was told to", () => {
  const events: WebhookEvent[] = [];
  const tell = createReleaseAlerts((event) => events.push(event));
  const arms = { stable: { version: "1" }, canary: { version: "2" } };
  const move = (state: string, why: object): Release =>
    ({ model: "m", ...arms, by: "gate", reason: "r", state, why }) as unknown as Release;
  const before = move("canary", { code: "answers" });
  tell(move("paused", { code: "passed", count: 100 }), before);
  tell(move("paused", { code: "too-few", count: 9, needed: 100 }), before);
  tell(move("canary", { code: "resumed" }), move("paused", { code: "paused" }));
  expect(events.map(({ type }) => type)).toEqual(["release.waiting", "release.paused"]);
});
