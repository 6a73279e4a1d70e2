// One training run as a person watches it.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { TrainingRun } from "../../src/wire/index.ts";
import { FactList } from "../frame/fact-list.tsx";
import { useLanguage } from "../language/language.tsx";
import { Quoted } from "../language/told.tsx";
import type { ReleaseWish } from "../releases/release-wish.ts";
import { LossCurve } from "./loss-curve.tsx";
import { RunResultView } from "./run-result.tsx";
import classes from "./run-view.module.css";

interface RunViewProps {
  readonly run: TrainingRun;
  readonly isActing: boolean;
  readonly isStopping: boolean;
  /** The version that answers when none is named. */
  readonly stable: string | undefined;
  readonly onStop: () => void;
  readonly onResume: () => void;
  readonly onMakeStable: () => void;
  readonly onRelease: (wish?: ReleaseWish) => void;
}

export function RunView(props: RunViewProps): ReactNode {
  const { run } = props;
  const { training } = useLanguage().messages;
  const isRunning = run.state === "running";
  return (
    <section className={classes.run} aria-label={training.states[run.state]}>
      <header className={classes.head}>
        <h2 data-state={run.state}>{training.states[run.state]}</h2>
        <p>{training.about(run)}</p>
        <Controls {...props} />
      </header>
      {isRunning ? <Progress run={run} /> : null}
      {run.error === undefined ? null : (
        <p className={classes.error}>
          <Quoted text={run.error.message} say={training.failed} />
        </p>
      )}
      <LossCurve run={run} />
      {run.notes.length === 0 ? null : (
        <ul className={classes.notes} aria-label={training.notes}>
          {run.notes.map((note) => (
            <li key={note}>
              <span lang="en">{note}</span>
            </li>
          ))}
        </ul>
      )}
      {run.result === undefined ? null : <RunResultView {...props} result={run.result} />}
    </section>
  );
}

function Controls({ run, isActing, isStopping, onStop, onResume }: RunViewProps): ReactNode {
  const { training } = useLanguage().messages;
  if (run.state === "running") {
    return (
      <Button variant="default" size="sm" disabled={isActing || isStopping} onClick={onStop}>
        {isStopping ? training.stopping : training.stop}
      </Button>
    );
  }
  if (run.state !== "stopped") return null;
  return (
    <Button variant="default" size="sm" disabled={isActing} onClick={onResume}>
      {training.resume}
    </Button>
  );
}

function Progress({ run: { progress, curve } }: { readonly run: TrainingRun }): ReactNode {
  const { training } = useLanguage().messages;
  const { facts } = training;
  const { phase, done, total, stepsPerSecond, secondsLeft } = progress;
  const newest = phase === "training" ? curve.at(-1) : undefined;
  const shown: readonly (readonly [string, string | undefined])[] = [
    [facts.phase, training.phases[phase]],
    [facts.done, total === 0 ? undefined : `${done} / ${total}`],
    [facts.rate, stepsPerSecond === undefined ? undefined : training.rate(stepsPerSecond)],
    [facts.left, secondsLeft === undefined ? undefined : training.seconds(secondsLeft)],
    [facts.loss, newest?.loss.toFixed(3)],
    [facts.heldOut, newest?.heldOutLoss?.toFixed(3)],
  ];
  return (
    <>
      <progress
        className={classes.bar}
        aria-label={training.progress}
        {...(total === 0 ? {} : { value: done, max: total })}
      />
      <FactList facts={shown} />
    </>
  );
}
