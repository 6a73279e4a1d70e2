// A stand-in for the server in tests of the console: the built page with the real server's
// Content-Security-Policy, and answers that a test decides.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { stubForecast } from "./stub-deployments.ts";

export interface StubRequest {
  readonly text: string;
  readonly topK: number;
  readonly length: 1 | "auto";
  readonly targets?: readonly string[];
}

export interface StubResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly delayMs?: number;
}

export interface ConsoleStub extends AsyncDisposable {
  /** Ends in a slash. */
  readonly url: string;
  /** What was asked so far. */
  readonly requests: readonly StubRequest[];
  /** From now on answers every fill like this; undefined: with candidates again. */
  readonly answerWith: (response: StubResponse | undefined) => void;
  /** From now on answers requests as "GET /api/models" like this, called with what was sent. */
  readonly serve: (route: string, answer: (body: unknown) => StubResponse) => void;
  /** Tells every open page of an event. */
  readonly tell: (event: string, data: unknown) => void;
  /** Pages that listen to events now. */
  readonly listenerCount: () => number;
  /** Breaks off the events of every page; the pages may ask for them again. */
  readonly breakOff: () => void;
}

/** Words for the sentences that tests use, with their probabilities; everything else gets 好. */
const WORDS: Readonly<Record<string, readonly (readonly [string, number])[][]>> = {
  "春风又绿江南[MASK]，明月何时照我还。": [
    [
      ["岸", 0.934],
      ["水", 0.021],
      ["路", 0.012],
      ["树", 0.008],
      ["草", 0.006],
      ["春色", 0.003],
      ["柳", 0.002],
      ["岸边", 0.001],
      ["地", 0.0004],
    ],
  ],
  "床前明[MASK]光，疑是地上[MASK]。": [
    [
      ["月", 0.981],
      ["日", 0.007],
      ["星", 0.002],
    ],
    [
      ["霜", 0.873],
      ["雪", 0.041],
      ["来", 0.013],
    ],
  ],
  订单一直没___: [
    [
      ["发货", 0.164],
      ["收到", 0.121],
      ["到", 0.098],
      ["处理", 0.051],
      ["完成", 0.044],
      ["生效", 0.032],
      ["有", 0.02],
      ["动静", 0.013],
      ["送达", 0.009],
    ],
  ],
};
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Serves the built console of `folder` (dist/web) on a free port. */
export async function startConsoleStub(folder: string): Promise<ConsoleStub> {
  const requests: StubRequest[] = [];
  const routes = new Map<string, (body: unknown) => StubResponse>();
  const streams = new Set<ServerResponse>();
  let fixed: StubResponse | undefined;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://stub");
    const route = routes.get(`${request.method} ${decodeURIComponent(pathname)}`);
    if (route !== undefined) {
      void readJson(request).then((body) => respond(response, route(body)));
    } else if (pathname === "/healthz") {
      void respond(response, { status: 200, body: { status: "ok", model: "starter-cloze" } });
    } else if (pathname === "/api/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": \n\n");
      streams.add(response);
      response.on("close", () => streams.delete(response));
    } else if (pathname === "/api/fill") {
      void (readJson(request) as Promise<StubRequest>).then((asked) => {
        requests.push(asked);
        return respond(response, fixed ?? answerTo(asked));
      });
    } else if (pathname === "/api/deployments/starter-cloze/forecast") {
      void respond(response, { status: 200, body: stubForecast() });
    } else if (pathname === "/api/models") {
      const models = [{ id: "starter-cloze", kind: "fill-mask", stable: "1", versions: [] }];
      void respond(response, { status: 200, body: { models } });
    } else {
      sendFile(response, path.join(folder, pathname === "/" ? "index.html" : pathname));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    answerWith: (response) => {
      fixed = response;
    },
    serve: (route, answer) => routes.set(route, answer),
    tell: (event, data) => {
      for (const stream of streams) {
        stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      }
    },
    listenerCount: () => streams.size,
    breakOff: () => streams.forEach((stream) => stream.destroy()),
    [Symbol.asyncDispose]: () => close(server),
  };
}

function answerTo({ text, length, targets, topK }: StubRequest): StubResponse {
  const lists = (WORDS[text] ?? [[["好", 0.412] as const]]).map((list) =>
    list
      .filter(([word]) => (length === 1 ? word.length === 1 : true))
      .filter(([word]) => targets?.includes(word) ?? true)
      .slice(0, topK)
      .map(([word, score]) => ({ text: word, score, sequence: text.replace("[MASK]", word) })),
  );
  const blanks = lists.length > 1 ? { blanks: lists.map((candidates) => ({ candidates })) } : {};
  const predictionId = `p-${text}-${length}-${targets?.join() ?? ""}`;
  const body = { predictionId, model: "starter-cloze", version: "1", candidates: lists[0] };
  return { status: 200, body: { ...body, ...blanks } };
}

async function respond(response: ServerResponse, answer: StubResponse): Promise<void> {
  const { status, headers, body, delayMs = 0 } = answer;
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

function sendFile(response: ServerResponse, file: string): void {
  try {
    const content = readFileSync(file);
    response.writeHead(200, {
      "content-type": CONTENT_TYPES[path.extname(file)] ?? "application/octet-stream",
      "content-security-policy": "default-src 'self'",
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
