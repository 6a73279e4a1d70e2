// What the page says when there is nothing to show, always with what to do next.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { Failure, FailureKind } from "../api/failure.ts";
import { useLanguage } from "../language/language.tsx";
import type { TextProblem } from "./blanks.ts";
import classes from "./notices.module.css";

interface NoticeBoxProps {
  readonly title: string;
  readonly advice: string;
  /** A failure is marked as one; anything else is just the next step. */
  readonly isFailure?: boolean;
  readonly children?: ReactNode;
}

export function NoticeBox({ title, advice, isFailure, children }: NoticeBoxProps): ReactNode {
  return (
    <div className={classes.notice} data-failure={isFailure === true || undefined}>
      <h2>{title}</h2>
      <p>{advice}</p>
      {children}
    </div>
  );
}

export function ProblemNotice({ problem }: { readonly problem: TextProblem }): ReactNode {
  const { title, advice } = useLanguage().messages.fill.problems[problem];
  return <NoticeBox title={title} advice={advice} />;
}

interface FailureNoticeProps {
  readonly failure: Failure;
  readonly onRetry: () => void;
}

/** These pass by themselves, and look like it. */
const PASSING: readonly FailureKind[] = ["starting", "busy"];

export function FailureNotice({ failure, onRetry }: FailureNoticeProps): ReactNode {
  const { fill } = useLanguage().messages;
  const { kind, message, requestId, status, retryAfterMs } = failure;
  const { title, advice } = fill.failures[kind];
  const facts = [
    message === undefined ? undefined : fill.serverSaid(message),
    requestId === undefined ? undefined : fill.requestId(requestId),
    status === undefined ? undefined : `HTTP ${status}`,
  ].filter((fact) => fact !== undefined);
  return (
    <NoticeBox title={title} advice={advice} isFailure={!PASSING.includes(kind)}>
      {retryAfterMs === undefined ? null : (
        <p>{fill.retriesIn(Math.max(1, Math.round(retryAfterMs / 1000)))}</p>
      )}
      {facts.length === 0 ? null : (
        <ul className={classes.facts}>
          {facts.map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
      )}
      <Button variant="default" size="sm" onClick={onRetry}>
        {fill.retry}
      </Button>
    </NoticeBox>
  );
}
