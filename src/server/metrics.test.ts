import Fastify from "fastify";
import { expect, it } from "vitest";
import { AnswerCache, type GatewayObserver } from "../serving/index.ts";
import type { HttpServer, RouteContext } from "./context.ts";
import { addMetrics } from "./metrics.ts";

const NAMES = [
  "whetstone_answers_total",
  "whetstone_answer_duration_seconds_count",
  "whetstone_answer_confidence_bucket",
  "whetstone_batch_texts_sum",
  "whetstone_batch_duration_seconds_count",
  "whetstone_replica_restarts_total",
];
const MODEL = "m";

/** Version 1 is live; gives what a gateway tells, and what is read then. */
function setUp(): { observer: GatewayObserver; read: () => Promise<string> } {
  const observers: GatewayObserver[] = [];
  const idle = { waiting: 0, busy: 0, replicas: 1, memoryBytes: 1 };
  const gateway = {
    cache: new AnswerCache(0),
    observe: (observer: GatewayObserver) => observers.push(observer),
    status: () => ({ live: [{ model: MODEL, version: "1", ...idle }] }),
  };
  const statistics = { scrub: { replaced: {}, blocked: 0 }, predictions: {}, verdicts: [] };
  const feedback = { statistics: () => statistics, store: { count: async () => ({}) } };
  const app = Fastify() as unknown as HttpServer;
  addMetrics(app, { gateway, feedback } as unknown as RouteContext);
  const [observer] = observers;
  if (observer === undefined) throw new Error("nobody observes the gateway");
  const read = async (): Promise<string> =>
    (await app.inject({ method: "GET", url: "/metrics" })).body;
  return { observer, read };
}

function see(observer: GatewayObserver, version: string): void {
  const seen = { model: MODEL, version, arm: "canary" as const, isPinned: false, ms: 1 };
  observer.onAnswer?.({ ...seen, isError: version === "2", confidence: 0.5 });
  observer.onBatch({ model: MODEL, version, texts: 1, ms: 1 });
  observer.onRestart({ model: MODEL, version });
}

it("/metrics tells of versions that are live, and for a while of those that were", async () => {
  const { observer, read } = setUp();
  for (let version = 1; version <= 40; version++) see(observer, String(version));
  const lines = (await read()).split("\n");
  const toldOf = (version: string): string[] =>
    NAMES.filter((name) => {
      const label = `version="${version}"`;
      return lines.some((line) => line.startsWith(`${name}{`) && line.includes(label));
    });
  for (const version of ["1", "9", "40"]) expect(toldOf(version), version).toEqual(NAMES);
  for (const version of ["2", "8"]) expect(toldOf(version), version).toEqual([]);
  // It comes back with what is counted from then on.
  see(observer, "2");
  const ok = 'whetstone_answers_total{model="m",version="2",arm="canary",outcome="error"} 1';
  expect(await read()).toContain(ok);
});
