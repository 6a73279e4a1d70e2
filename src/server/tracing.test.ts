import { describe, expect, it } from "vitest";
import { silentLogger, type Logger } from "../base/index.ts";
import { FakeTimer, settled } from "../../test/helpers/fake-timer.ts";
import type { ArmTry } from "../serving/index.ts";
import { createStubServer } from "../../test/helpers/http-server.ts";
import { SpanExporter, type Span } from "./span-exporter.ts";
import { childOf, traceContextOf } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const HEADER = `00-${TRACE}-${PARENT}-01`;

describe("the header traceparent", () => {
  it("names the trace and the span of the caller, and whether it is recorded", () => {
    const context = traceContextOf(HEADER);
    expect(context).toMatchObject({ traceId: TRACE, parentId: PARENT, isSampled: true });
    expect(context.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(traceContextOf(`00-${TRACE}-${PARENT}-00`).isSampled).toBe(false);
    const child = childOf(context);
    expect(child).toMatchObject({ traceId: TRACE, parentId: context.spanId, isSampled: true });
    const passedOn = `00-${child.traceId}-${child.spanId}-01`;
    expect(traceContextOf(passedOn)).toMatchObject({ traceId: TRACE, parentId: child.spanId });
  });

  it("of a later version is read as far as it is known", () => {
    expect(traceContextOf(`cc-${TRACE}-${PARENT}-01-what-comes`)).toMatchObject({ traceId: TRACE });
  });

  it.each([
    undefined,
    "",
    "x",
    `00-${"0".repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
  ])("that is %j begins a new trace", (header) => {
    const context = traceContextOf(header);
    expect(context).toMatchObject({ parentId: undefined, isSampled: true });
    expect(context.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(context.traceId).not.toBe(TRACE);
  });
});

describe("the trace of a request", () => {
  const ask = async (headers: Readonly<Record<string, string>>, tries: readonly ArmTry[] = []) => {
    const spans: Span[] = [];
    const lines: object[] = [];
    const log = (fields: object): number => lines.push(fields);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const tracer = { add: (span: Span) => void spans.push(span), droppedCount: 0 };
    const { server, gateway } = await createStubServer({}, logger, { tracer });
    gateway.tries = tries;
    const payload = { text: "画龙点[MASK]" };
    const answer = await server.inject({ method: "POST", url: "/api/fill", headers, payload });
    return { answer, spans, line: lines.at(-1) };
  };

  it("has a span of the request and one of the model's part in it", async () => {
    const { spans, line, answer } = await ask({ traceparent: HEADER });
    const [fill, request] = spans;
    expect(request).toMatchObject({
      name: "POST /api/fill",
      kind: "server",
      context: { traceId: TRACE, parentId: PARENT },
      attributes: {
        "http.response.status_code": 200,
        "whetstone.model": "starter-cloze",
        "whetstone.version": "1",
        "whetstone.request_id": answer.headers["x-request-id"],
      },
      isError: false,
    });
    expect(fill).toMatchObject({
      name: "fill",
      kind: "internal",
      context: { traceId: TRACE, parentId: request?.context.spanId },
      attributes: { "whetstone.texts": 1 },
    });
    expect(line).toMatchObject({ traceId: TRACE });
    expect(JSON.stringify(spans)).not.toContain("画龙");
  });

  it("has spans of each wait and each batch, of every arm that was asked", async () => {
    const startMs = performance.now();
    const counts = { attempt: 1, textCount: 1, batchTextCount: 4 };
    const times = { queuedMs: startMs, sentMs: startMs + 2, endMs: startMs + 9 };
    const { spans } = await ask({ traceparent: HEADER }, [
      { ...times, ...counts, version: "2", arm: "canary", isError: true },
      { ...times, ...counts, version: "1", arm: "stable", sentMs: undefined, isError: true },
    ]);
    const fill = spans.find(({ name }) => name === "fill");
    const tried = spans.filter(({ context }) => context.parentId === fill?.context.spanId);
    const shown = tried.map(({ name, startMs: from, endMs, attributes, isError }) => {
      return [name, Math.round(endMs - from), attributes["whetstone.arm"], isError];
    });
    expect(shown).toEqual([
      ["queue", 2, "canary", false],
      ["replica", 7, "canary", true],
      ["queue", 9, "stable", true],
    ]);
    expect(tried[1]?.attributes).toEqual({
      "whetstone.version": "2",
      "whetstone.arm": "canary",
      "whetstone.attempt": 1,
      "whetstone.texts": 1,
      "whetstone.batch_texts": 4,
    });
    expect(Math.abs((tried[0]?.startMs ?? 0) - (fill?.startMs ?? 0))).toBeLessThan(10_000);
  });

  it("is followed in the log but not recorded when the caller wants it so", async () => {
    const { spans, line } = await ask({ traceparent: `00-${TRACE}-${PARENT}-00` });
    expect(spans).toEqual([]);
    expect(line).toMatchObject({ traceId: TRACE });
  });
});

describe("the request id", () => {
  const idFor = async (given: string): Promise<unknown> => {
    const { server } = await createStubServer();
    const headers = { "x-request-id": given };
    return (await server.inject({ method: "GET", url: "/healthz", headers })).headers[
      "x-request-id"
    ];
  };

  it("is the caller's where it is one", async () => {
    expect(await idFor("shop-7.a_B")).toBe("shop-7.a_B");
  });

  it.each(["", "a b", "a\tb", "名", "a".repeat(129), "<script>", 'a"b'])(
    "is a new one instead of %j",
    async (given) => {
      expect(await idFor(given)).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe("the way of spans to a collector", () => {
  const span = (number: number): Span => ({
    context: traceContextOf(HEADER),
    name: `span ${number}`,
    kind: "server",
    startMs: 1_700_000_000_000,
    endMs: 1_700_000_000_001.5,
    attributes: { text: "a", number: 7, nothing: undefined },
    isError: number === 0,
  });

  const setUp = (outcome: () => Promise<{ ok: boolean }> = async () => ({ ok: true })) => {
    const timer = new FakeTimer();
    const sent: { url: string; body: ExportedBatch }[] = [];
    const exporter = new SpanExporter({
      endpoint: "http://collector:4318/",
      timer,
      logger: silentLogger,
      send: async (url, { body }) => {
        sent.push({ url, body: JSON.parse(body as string) as ExportedBatch });
        return outcome();
      },
    });
    const names = (): (string[] | undefined)[] =>
      sent.map(({ body }) => body.resourceSpans[0]?.scopeSpans[0]?.spans.map(({ name }) => name));
    return { timer, sent, exporter, names };
  };

  interface ExportedBatch {
    readonly resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[];
  }

  it("is a batch in a moment, in the form of OTLP", async () => {
    const { timer, sent, exporter } = setUp();
    exporter.add(span(0));
    await timer.pass(1999);
    expect(sent).toEqual([]);
    await timer.pass(1);
    expect(sent[0]?.url).toBe("http://collector:4318/v1/traces");
    expect(sent[0]?.body).toMatchObject({
      resourceSpans: [
        {
          resource: {
            attributes: [{ key: "service.name", value: { stringValue: "whetstone" } }],
          },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: TRACE,
                  parentSpanId: PARENT,
                  kind: 2,
                  startTimeUnixNano: "1700000000000000000",
                  endTimeUnixNano: "1700000000001500000",
                  attributes: [
                    { key: "text", value: { stringValue: "a" } },
                    { key: "number", value: { intValue: "7" } },
                  ],
                  status: { code: 2 },
                },
              ],
            },
          ],
        },
      ],
    });
    expect(timer.alarmCount).toBe(0);
  });

  it("is taken at once by many spans, and what waits goes out at the end", async () => {
    const { exporter, names, sent } = setUp();
    for (let i = 0; i < 513; i++) exporter.add(span(i));
    await settled();
    expect(sent).toHaveLength(1);
    await exporter.close();
    expect(names()[1]).toEqual(["span 512"]);
  });

  it("never holds more than it may, and says how many it dropped", async () => {
    const { exporter } = setUp(() => new Promise(() => {}));
    for (let i = 0; i < 512 + 4096 + 3; i++) exporter.add(span(i));
    expect(exporter.droppedCount).toBe(3);
  });

  it("is watched in /metrics", async () => {
    const tracer = { add: () => {}, droppedCount: 3 };
    const { server } = await createStubServer({}, silentLogger, { tracer });
    const { body } = await server.inject({ method: "GET", url: "/metrics" });
    expect(body).toContain("whetstone_spans_dropped_total 3");
  });

  it.each([
    ["refuses", async () => ({ ok: false })],
    [
      "is away",
      async () => {
        throw new Error("refused");
      },
    ],
  ])("goes on when the collector %s", async (_, outcome) => {
    const { exporter, timer, sent } = setUp(outcome);
    exporter.add(span(1));
    await timer.pass(2000);
    expect(exporter.droppedCount).toBe(1);
    exporter.add(span(2));
    await timer.pass(2000);
    expect(sent).toHaveLength(2);
  });
});
