// What the Releases room shows of a deployment. Pure.

import type { Deployment, VersionArchive } from "../../src/wire/index.ts";

export type Release = NonNullable<Deployment["release"]>;
export type Arm = "stable" | "canary";
export type Move = VersionArchive["moves"][number];

/** The release that the state of a deployment is about; undefined when none is. */
export function releaseOf({ canary, state, stable, release }: Deployment): Release | undefined {
  if (release === null || canary !== null) return release ?? undefined;
  // It is over. Another version may have been chosen since, which it says nothing of.
  const answers = state === "promoted" ? release.version : release.from;
  return stable === answers ? release : undefined;
}

/** Whether its state is worth a word: a version that answers and never took over is no promotion. */
export function hasNews(deployment: Deployment): boolean {
  return deployment.state !== "promoted" || releaseOf(deployment) !== undefined;
}

export interface ArmShare {
  readonly arm: Arm;
  readonly version: string;
  readonly percent: number;
}

/** Who answers how much: the stable version, and the canary where there is one. */
export function splitOf({ stable, canary, share }: Deployment): readonly ArmShare[] {
  const all = { arm: "stable", version: stable, percent: restOf(share) } as const;
  return canary === null ? [all] : [all, { arm: "canary", version: canary, percent: share }];
}

/** Without the dust that a subtraction leaves behind the fourth decimal. */
function restOf(percent: number): number {
  return Number((100 - percent).toFixed(4));
}

export interface ReleaseStep {
  readonly percent: number;
  readonly place: "past" | "now" | "ahead";
}

export function stepsOf({ share, state }: Deployment, release: Release): readonly ReleaseStep[] {
  const reached = state === "promoted" ? Infinity : share;
  return release.steps.map((percent) => {
    const place = percent < reached ? "past" : percent === reached ? "now" : "ahead";
    return { percent, place };
  });
}

export interface Choices {
  readonly canPromote: boolean;
  readonly canPause: boolean;
  readonly canResume: boolean;
  readonly canGoBack: boolean;
}

/** What a person may do to a release now. */
export function choicesOf({ state }: Deployment, release: Release): Choices {
  return {
    canPromote: state === "canary" || state === "paused",
    canPause: state === "canary",
    canResume: state === "paused",
    canGoBack: release.canGoBack,
  };
}

/** Of all moves of a version those of one release, the newest first. */
export function movesOf(release: Release, moves: readonly Move[]): readonly Move[] {
  return moves.filter(({ at }) => at >= release.createdAt).toReversed();
}
