// Releases as the HTTP interface shows them.

import type { Model } from "../registry/index.ts";
import {
  expectedSeconds,
  isUnderWay,
  type Forecast,
  type RunningRelease,
} from "../serving/index.ts";
import { readReleaseReason, type Deployment, type ReleaseForecast } from "../wire/index.ts";
import type { ServerOptions } from "./context.ts";

type Parts = Pick<ServerOptions, "gateway" | "registry" | "releases">;

/** Models that are live, or have had a release; by id. */
export async function listDeployments(parts: Parts): Promise<Deployment[]> {
  const models = await parts.registry.listModels();
  const { live } = parts.gateway.status();
  return models
    .filter(({ id }) => parts.releases.find(id) !== undefined || live.some((v) => v.model === id))
    .map((model) => deploymentOf(model, parts));
}

export function deploymentOf(model: Model, { gateway, releases }: Parts): Deployment {
  const running = releases.find(model.id);
  const release = running?.release;
  const detail = running === undefined ? null : detailOf(running);
  const base = { model: model.id, stable: model.stable, release: detail };
  if (release !== undefined && isUnderWay(release)) {
    const { canary, share, state } = release;
    return { ...base, canary: canary.version, share: percent(share), state };
  }
  // A release that is over says how it went, unless another version was chosen since.
  const answering = release?.state === "promoted" ? release.canary : release?.stable;
  if (release !== undefined && answering?.version === model.stable) {
    return { ...base, canary: null, share: 0, state: release.state };
  }
  const live = gateway.status().live.find((v) => v.model === model.id);
  const state = live?.state === "loading" || live?.state === "failed" ? live.state : "promoted";
  return { ...base, canary: null, share: 0, state };
}

function detailOf(running: RunningRelease): NonNullable<Deployment["release"]> {
  const { release, evidence, agreement, curve, retainedUntilMs, stepMs } = running;
  const { state, share, intervalMs, limits } = release;
  const minute = running.lastMinute();
  // A shadow is asked copies of what the stable version is asked.
  const copies = share === 0 ? minute.canary.count : 0;
  const requestsPerSecond = (minute.stable.count + minute.canary.count - copies) / 60;
  const isTimed = state === "canary" && share > 0;
  const why = readReleaseReason(release.why);
  return {
    id: release.id,
    version: release.canary.version,
    from: release.stable.version,
    steps: release.steps.map(percent),
    intervalSeconds: intervalMs / 1000,
    shadow: release.isShadow,
    forced: release.isForced,
    createdAt: release.createdAt,
    since: release.since,
    by: release.by,
    ...(release.key !== undefined && { key: release.key }),
    reason: release.reason,
    ...(why && { why }),
    canGoBack: state !== "rolled-back" && state !== "failed",
    warmUntil: retainedUntilMs === undefined ? null : new Date(retainedUntilMs).toISOString(),
    secondsLeft: isTimed ? Math.max(0, intervalMs - stepMs) / 1000 : null,
    sample: { count: evidence.sampleCount, needed: limits.sampleMin },
    requestsPerSecond,
    expectedSeconds: release.steps.map((step) =>
      expectedOf({ share: step, ...expectedSeconds(step, requestsPerSecond, limits) }),
    ),
    checks: [...evidence.checks()],
    agreement: agreement.report(),
    curve: curve.points().map(({ atMs, stable, canary }) => {
      return { at: running.dateOf(atMs), stable, canary };
    }),
  };
}

export function forecastOf(
  model: string,
  { requestsPerSecond, sampleMin, steps }: Forecast,
): ReleaseForecast {
  return {
    model,
    requestsPerSecond,
    needed: sampleMin,
    expectedSeconds: steps.map(expectedOf),
  };
}

function expectedOf({ share, sampleSeconds, errorsSeconds }: Forecast["steps"][number]) {
  return {
    share: percent(share),
    sample: finite(sampleSeconds),
    errors: finite(errorsSeconds),
  };
}

function percent(share: number): number {
  return Math.round(share * 1e6) / 1e4;
}

function finite(seconds: number): number | null {
  return Number.isFinite(seconds) ? seconds : null;
}
