// One model in the Releases room: its split, and the release that changes it.

import { Button } from "@mantine/core";
import { useId, type ReactNode } from "react";
import type { Deployment } from "../../src/wire/index.ts";
import type { ReleaseMove } from "../api/client.ts";
import { useLanguage } from "../language/language.tsx";
import { Agreement, Checks, Curves, History } from "./release-evidence.tsx";
import { ReleaseSteps } from "./release-steps.tsx";
import { choicesOf, hasNews, releaseOf, splitOf, type Release } from "./release-view.ts";
import classes from "./releases-page.module.css";
import type { ReleasesState } from "./releases-session.ts";

interface ReleaseSectionProps {
  readonly deployment: Deployment;
  readonly state: ReleasesState;
  readonly onMove: (move: ReleaseMove) => void;
}

export function ReleaseSection({ deployment, state, onMove }: ReleaseSectionProps): ReactNode {
  const { releases, fill } = useLanguage().messages;
  const { model, canary } = deployment;
  const release = releaseOf(deployment);
  const failure = state.refusal?.model === model ? state.refusal.failure : undefined;
  const moves = state.moves.get(model) ?? [];
  const id = useId();
  const part = { deployment, release, isActing: state.isActing, onMove };
  return (
    <section className={classes.release} aria-labelledby={id}>
      <header className={classes.head}>
        <h2 id={id}>
          {model}{" "}
          {hasNews(deployment) ? (
            <span data-state={deployment.state}>{releases.states[deployment.state]}</span>
          ) : null}
        </h2>
        <output>{releases.meaning(deployment, release)}</output>
        {release?.forced === true ? <p className={classes.soft}>{releases.forced}</p> : null}
      </header>
      <Split deployment={deployment} />
      {release === undefined ? null : <Actions {...part} release={release} />}
      <output className={classes.done} data-failed>
        {failure === undefined
          ? null
          : releases.failed(failure.message ?? fill.failures[failure.kind].title)}
      </output>
      {release === undefined ? null : (
        <>
          {canary === null ? null : <ReleaseSteps {...part} release={release} />}
          {canary === null && release.curve.length === 0 ? null : <Curves release={release} />}
          {canary === null ? null : <Checks release={release} />}
          {release.shadow ? <Agreement release={release} /> : null}
          <History moves={moves} />
        </>
      )}
    </section>
  );
}

const BAR = { width: 100, height: 1 };

/** The bar is for the eye; the words below say the same. */
function Split({ deployment }: { readonly deployment: Deployment }): ReactNode {
  const { releases, frame } = useLanguage().messages;
  const split = splitOf(deployment);
  return (
    <div className={classes.split}>
      <svg viewBox={`0 0 ${BAR.width} ${BAR.height}`} preserveAspectRatio="none" aria-hidden="true">
        {split.map(({ arm, percent }) => (
          <rect
            key={arm}
            data-arm={arm}
            x={arm === "stable" ? 0 : BAR.width - percent}
            width={percent}
            height={BAR.height}
          />
        ))}
      </svg>
      <ul aria-label={releases.split}>
        {split.map(({ arm, version, percent }) => (
          <li key={arm} data-arm={arm}>
            <b>{percent}%</b> {releases.arms[arm]} · {frame.version(version)}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ActionsProps {
  readonly deployment: Deployment;
  readonly release: Release;
  readonly isActing: boolean;
  readonly onMove: (move: ReleaseMove) => void;
}

function Actions({ deployment, release, isActing, onMove }: ActionsProps): ReactNode {
  const { locale, messages } = useLanguage();
  const { releases } = messages;
  const { canGoBack, canPromote, canPause, canResume } = choicesOf(deployment, release);
  const { warmUntil, version, from } = release;
  return (
    <>
      <p className={classes.actions}>
        {canGoBack ? (
          // Never disabled and never asked twice: it is what helps when something is wrong.
          <Button size="sm" onClick={() => onMove({ kind: "rollback" })}>
            {releases.switchBack(from)}
          </Button>
        ) : null}
        {canPromote ? (
          <Choice isActing={isActing} onClick={() => onMove({ kind: "promote" })}>
            {releases.promote(version)}
          </Choice>
        ) : null}
        {canPause ? (
          <Choice isActing={isActing} onClick={() => onMove({ kind: "pause" })}>
            {releases.pause}
          </Choice>
        ) : null}
        {canResume ? (
          <Choice isActing={isActing} onClick={() => onMove({ kind: "resume" })}>
            {releases.resume}
          </Choice>
        ) : null}
      </p>
      {warmUntil === null ? null : (
        <p className={classes.soft}>
          {releases.keptWarm(new Date(warmUntil).toLocaleString(locale))}
        </p>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly isActing: boolean;
  readonly onClick: () => void;
  readonly children: string;
}

function Choice({ isActing, onClick, children }: ChoiceProps): ReactNode {
  return (
    <Button variant="default" size="sm" disabled={isActing} onClick={onClick}>
      {children}
    </Button>
  );
}
