// The Training room: what waits to be learned, the run that learns it, and what came of it.

import { Button } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import type { TrainingRun } from "../../src/wire/index.ts";
import { controlRun, getModels, getRuns, getWaiting, postRun } from "../api/client.ts";
import { followRuns } from "../api/events.ts";
import { FailureNotice, NoticeBox } from "../frame/notices.tsx";
import { Room } from "../frame/room.tsx";
import { addressOf } from "../frame/rooms.ts";
import { switchVersion } from "../frame/switch-version.ts";
import { startRelease } from "../releases/start-release.ts";
import { useLanguage } from "../language/language.tsx";
import { RunView } from "./run-view.tsx";
import { StartTraining } from "./start-training.tsx";
import classes from "./training-page.module.css";
import {
  createTrainingSession,
  runsOf,
  type TrainingSession,
  type TrainingState,
} from "./training-session.ts";

interface RoomProps {
  readonly session: TrainingSession;
  readonly state: TrainingState;
}

export function TrainingPage(): ReactNode {
  const { training } = useLanguage().messages;
  const [session] = useState(() =>
    createTrainingSession({
      models: getModels,
      runs: getRuns,
      waiting: getWaiting,
      start: postRun,
      control: controlRun,
      makeStable: switchVersion,
      release: startRelease,
      events: followRuns,
    }),
  );
  const state = useSyncExternalStore(session.subscribe, session.state);
  useEffect(() => {
    void session.load();
    return session.follow();
  }, [session]);
  const { runs, failure } = state;
  return (
    <Room id="training" intro={training.intro}>
      {failure === undefined ? null : (
        <FailureNotice failure={failure} onRetry={() => void session.load()} />
      )}
      {runs === undefined ? (
        failure === undefined && <p className={classes.soft}>{training.loading}</p>
      ) : (
        <>
          <StartTraining session={session} state={state} />
          <Runs session={session} state={state} />
        </>
      )}
    </Room>
  );
}

function Runs({ session, state }: RoomProps): ReactNode {
  const { training } = useLanguage().messages;
  const [shown, ...earlier] = runsOf(state);
  if (shown === undefined) {
    return (
      <NoticeBox {...training.empty}>
        <Button variant="default" size="sm" component="a" href={addressOf("fill")}>
          {training.goFill}
        </Button>
      </NoticeBox>
    );
  }
  const model = state.models.find(({ id }) => id === shown.model);
  return (
    <>
      <RunView
        run={shown}
        isActing={state.isActing}
        isStopping={state.stopping.has(shown.id)}
        stable={model?.stable}
        onStop={() => void session.stop(shown.id)}
        onResume={() => void session.resume(shown.id)}
        onMakeStable={() => void session.makeStable(shown)}
        onRelease={(wish) => void session.release(shown, wish)}
      />
      {earlier.length === 0 ? null : <Earlier runs={earlier} />}
    </>
  );
}

function Earlier({ runs }: { readonly runs: readonly TrainingRun[] }): ReactNode {
  const { locale, messages } = useLanguage();
  const { training } = messages;
  return (
    <section className={classes.earlier}>
      <h2>{training.earlier}</h2>
      <ul>
        {runs.map((run) => (
          <li key={run.id}>
            <span>{new Date(run.createdAt).toLocaleString(locale)}</span>
            <span>{training.about(run)}</span>
            <span>
              {training.states[run.state]}
              {run.result === undefined ? null : ` · ${training.newVersion(run.result.version)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
