// The Feedback room: what people said of answers, on its way into training.

import { Button } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import {
  deleteSample,
  deleteUser,
  getModels,
  getSamples,
  postImport,
  postReview,
} from "../api/client.ts";
import { FailureNotice, NoticeBox } from "../frame/notices.tsx";
import { Room } from "../frame/room.tsx";
import { addressOf } from "../frame/rooms.ts";
import { useLanguage } from "../language/language.tsx";
import classes from "./feedback-page.module.css";
import { IntakePanel } from "./intake-panel.tsx";
import { createIntakeSession } from "./intake-session.ts";
import { QuestionPanel } from "./question-panel.tsx";
import { createReviewSession, type ReviewSession, type ReviewState } from "./review-session.ts";
import { SampleList } from "./sample-list.tsx";
import { StateFilter } from "./state-filter.tsx";

export function FeedbackPage(): ReactNode {
  const { feedback } = useLanguage().messages;
  const [session] = useState(() =>
    createReviewSession({ load: getSamples, review: postReview, remove: deleteSample }),
  );
  const [intake] = useState(() =>
    createIntakeSession({ models: getModels, add: postImport, deleteUser }),
  );
  const state = useSyncExternalStore(session.subscribe, session.state);
  const intakeState = useSyncExternalStore(intake.subscribe, intake.state);
  const look = (): void => void session.show(session.state().filter);
  useEffect(() => {
    void session.show("all");
    return session.close;
  }, [session]);
  return (
    <Room id="feedback" intro={feedback.intro}>
      <QuestionPanel model={intakeState.model} onAnswered={look} />
      <IntakePanel session={intake} state={intakeState} onChange={look} />
      <StateFilter state={state} onChoose={(filter) => void session.show(filter)} />
      {state.filter === "unanswered" ? (
        <p className={classes.loading}>{feedback.aboutUnanswered}</p>
      ) : null}
      <output className={classes.done} data-failed={state.done?.failure !== undefined || undefined}>
        <DoneLine state={state} />
      </output>
      <Outcome session={session} state={state} />
    </Room>
  );
}

function DoneLine({ state: { done } }: { readonly state: ReviewState }): ReactNode {
  const { feedback, fill } = useLanguage().messages;
  if (done === undefined) return null;
  if (done.failure === undefined) {
    return `${feedback.done(done)} ${done.isInRun === true ? feedback.inRun : ""}`.trim();
  }
  return feedback.failed(done.failure.message ?? fill.failures[done.failure.kind].title);
}

interface OutcomeProps {
  readonly session: ReviewSession;
  readonly state: ReviewState;
}

function Outcome({ session, state }: OutcomeProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const { filter, isLoading, samples, failure, counts } = state;
  if (failure !== undefined) {
    return <FailureNotice failure={failure} onRetry={() => void session.show(filter)} />;
  }
  if (samples.length > 0) return <SampleList session={session} state={state} />;
  if (isLoading || counts === undefined)
    return <p className={classes.loading}>{feedback.loading}</p>;
  const isEmpty = Object.values(counts).every((count) => count === 0);
  return isEmpty ? (
    <NoticeBox {...feedback.empty}>
      <Button variant="default" size="sm" component="a" href={addressOf("fill")}>
        {feedback.goFill}
      </Button>
    </NoticeBox>
  ) : (
    <NoticeBox {...feedback.emptyFilter}>
      <Button variant="default" size="sm" onClick={() => void session.show("all")}>
        {feedback.showAll}
      </Button>
    </NoticeBox>
  );
}
