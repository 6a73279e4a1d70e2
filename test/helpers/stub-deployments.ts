// A release as a server would tell of it, for tests of the console: version 2 at 5 % beside 1.

import type { Deployment, ReleaseForecast } from "../../src/wire/index.ts";

type Release = NonNullable<Deployment["release"]>;

const BEGUN = "2026-03-04T05:06:07.000Z";

/** The deployment of the release at the step that a test wants. */
export function stubDeployment(changes: Partial<Deployment> = {}): Deployment {
  return {
    model: "starter-cloze",
    stable: "1",
    canary: "2",
    share: 5,
    state: "canary",
    release: stubRelease(),
    ...changes,
  };
}

const STEPS = [5, 20, 50, 100];
const EXPECTED = STEPS.map((share) => ({ share, sample: 1562 / share, errors: 15_620 / share }));

/** What a release of version 2 would take. */
export function stubForecast(): ReleaseForecast {
  const traffic = { requestsPerSecond: 6.4, needed: 100 };
  return { model: "starter-cloze", ...traffic, expectedSeconds: EXPECTED };
}

export function stubRelease(changes: Partial<Release> = {}): Release {
  return {
    id: "release-1",
    version: "2",
    from: "1",
    steps: STEPS,
    intervalSeconds: 300,
    shadow: false,
    forced: false,
    createdAt: BEGUN,
    since: BEGUN,
    by: "server",
    reason: "the canary answers",
    canGoBack: true,
    warmUntil: null,
    secondsLeft: 180,
    sample: { count: 12, needed: 100 },
    requestsPerSecond: 6.4,
    expectedSeconds: EXPECTED,
    checks: [
      { name: "errors", state: "ok", value: 0, limit: 0.005 },
      { name: "latency", state: "doubt", value: 0.11, limit: 0.05 },
      { name: "confidence", state: "ok", value: null, limit: 0.25 },
      { name: "memory", state: "ok", value: 1.08, limit: 1.5 },
    ],
    agreement: { compared: 0, sameFirst: 0, firstInThree: 0, meanScoreDifference: 0 },
    curve: [],
    ...changes,
  };
}

/** A curve of `count` points up to now, with a canary that is a little slower. */
export function stubCurve(count: number): Release["curve"] {
  const start = Date.parse(BEGUN);
  return Array.from({ length: count }, (_, i) => {
    const wave = Math.round(8 * Math.sin(i / 3));
    return {
      at: new Date(start + 10_000 * i).toISOString(),
      stable: { requests: 60 + wave, errors: i % 20 === 7 ? 1 : 0, p95Ms: 21 + wave / 2 },
      canary: { requests: 3 + (i % 2), errors: 0, p95Ms: i % 4 === 0 ? null : 26 + wave / 3 },
    };
  });
}
