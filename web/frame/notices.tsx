// What the page says when there is nothing to show, always with what to do next.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { Failure, FailureKind } from "../api/failure.ts";
import { keyStore } from "../api/key.ts";
import { useLanguage } from "../language/language.tsx";
import { Quoted } from "../language/told.tsx";
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
  const hasFacts = message !== undefined || requestId !== undefined || status !== undefined;
  return (
    <NoticeBox title={title} advice={advice} isFailure={!PASSING.includes(kind)}>
      {retryAfterMs === undefined ? null : (
        <p>{fill.retriesIn(Math.max(1, Math.round(retryAfterMs / 1000)))}</p>
      )}
      {hasFacts ? (
        <ul className={classes.facts}>
          {message === undefined ? null : (
            <li>
              <Quoted text={message} say={fill.serverSaid} />
            </li>
          )}
          {requestId === undefined ? null : <li>{fill.requestId(requestId)}</li>}
          {status === undefined ? null : <li>HTTP {status}</li>}
        </ul>
      ) : null}
      <Button variant="default" size="sm" onClick={onRetry}>
        {fill.retry}
      </Button>
      {kind === "forbidden" && keyStore.state().key !== undefined ? (
        <Button variant="default" size="sm" onClick={() => keyStore.change()}>
          {fill.changeKey}
        </Button>
      ) : null}
    </NoticeBox>
  );
}
