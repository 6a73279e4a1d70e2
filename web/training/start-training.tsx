// What waits to be learned, and the button that has it learned.

import { Button } from "@mantine/core";
import { useId, useState, type ReactNode } from "react";
import { ModelChoice } from "../frame/room.tsx";
import { addressOf } from "../frame/rooms.ts";
import { ScheduleNote } from "../frame/schedule-note.tsx";
import { useLanguage } from "../language/language.tsx";
import { RunOptions } from "./run-options.tsx";
import { NO_RUN_WISH, readRunWish, type RunProblem } from "./run-wish.ts";
import classes from "./training-page.module.css";
import { runsOf, type TrainingSession, type TrainingState } from "./training-session.ts";

interface StartTrainingProps {
  readonly session: TrainingSession;
  readonly state: TrainingState;
}

export function StartTraining({ session, state }: StartTrainingProps): ReactNode {
  const { training, fill } = useLanguage().messages;
  const { models, model, waiting, isActing, refusal, isCutOff } = state;
  const id = useId();
  const [fields, setFields] = useState(NO_RUN_WISH);
  const [problem, setProblem] = useState<RunProblem>();
  const runs = runsOf(state);
  const isRunning = runs.some((run) => run.state === "running");
  // Samples of a run that was stopped are taken up by the next one.
  const held = runs
    .filter((run) => run.state === "stopped" && run.source === "feedback")
    .reduce((sum, { sampleCount }) => sum + sampleCount, 0);
  const count = (waiting?.ready ?? 0) + held;
  const advice = isRunning ? training.underWay : count === 0 ? training.none : training.takesLong;
  /** What is wrong is said when it is sent, and not while it is typed. */
  const start = (): void => {
    const read = readRunWish(fields);
    if ("wish" in read) {
      void session.start(read.wish);
      return;
    }
    setProblem(read.problem);
    const wrong = document.getElementById(`${id}-${read.problem}`);
    wrong?.closest("details")?.setAttribute("open", "");
    wrong?.focus();
  };
  return (
    <section className={classes.start} aria-label={training.start}>
      <ModelChoice models={models} model={model} onChoose={(next) => void session.choose(next)} />
      <p className={classes.waiting}>
        {waiting === undefined ? training.loading : training.waiting(count)}
      </p>
      <Button size="sm" disabled={isActing || isRunning || count === 0} onClick={start}>
        {training.start}
      </Button>
      <p className={classes.soft}>{advice}</p>
      {waiting === undefined || waiting.later === 0 ? null : (
        <p className={classes.left}>{training.later(waiting)}</p>
      )}
      {waiting === undefined || waiting.unanswered === 0 ? null : (
        <p className={classes.left}>
          {training.unanswered(waiting.unanswered)}{" "}
          <a href={addressOf("feedback")}>{training.goFeedback}</a>
        </p>
      )}
      <RunOptions
        id={id}
        fields={fields}
        problem={problem}
        onChange={(next) => {
          setFields(next);
          setProblem(undefined);
        }}
      />
      <ScheduleNote task="training" />
      <output className={classes.refusal}>
        {refusal === undefined
          ? null
          : training.failed(refusal.message ?? fill.failures[refusal.kind].title)}
        {isCutOff ? training.reconnecting : null}
      </output>
    </section>
  );
}
