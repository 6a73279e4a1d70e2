// The Fill room: a sentence with blanks above, the filled sentence and its candidates below.

import { useRef, type ReactNode } from "react";
import { FailureNotice, NoticeBox } from "../frame/notices.tsx";
import { useLanguage } from "../language/language.tsx";
import type { FillMessages } from "../language/messages.ts";
import { formatPercent } from "../language/percent.ts";
import { Examples } from "./examples-row.tsx";
import classes from "./fill-page.module.css";
import { FillResults } from "./fill-results.tsx";
import { SentenceField } from "./sentence-field.tsx";
import { useFill, type Fill } from "./use-fill.ts";

export function FillPage(): ReactNode {
  const fill = useFill();
  const { messages } = useLanguage();
  const field = useRef<HTMLTextAreaElement>(null);
  const results = useRef<HTMLDivElement>(null);
  const focusField = (): void => field.current?.focus();
  const focusResults = (): void =>
    results.current?.querySelector<HTMLElement>("input:checked")?.focus();
  return (
    <div className={classes.page}>
      <h1 className={classes.hidden}>{messages.frame.rooms.fill}</h1>
      <SentenceField
        draft={fill.draft}
        isPending={fill.state.isPending}
        fieldRef={field}
        onChange={fill.change}
        onLeaveDown={focusResults}
      />
      <Examples
        onPick={(text) => {
          fill.change({ text, targets: "" }, "now");
          focusField();
        }}
      />
      <output className={classes.hidden}>{announcementOf(fill, messages.fill)}</output>
      <div ref={results} className={classes.outcome}>
        <Outcome
          fill={fill}
          onLeaveUp={focusField}
          onWriteBack={(text) => {
            fill.change({ text }, "now");
            focusField();
          }}
        />
      </div>
    </div>
  );
}

interface OutcomeProps {
  readonly fill: Fill;
  readonly onLeaveUp: () => void;
  readonly onWriteBack: (text: string) => void;
}

/** One of: why there is nothing to ask, why there is no answer, the answer. */
function Outcome({ fill, onLeaveUp, onWriteBack }: OutcomeProps): ReactNode {
  const { problems } = useLanguage().messages.fill;
  const { problem, state, retry } = fill;
  if (problem !== undefined) return <NoticeBox {...problems[problem]} />;
  if (state.failure !== undefined) return <FailureNotice failure={state.failure} onRetry={retry} />;
  if (state.answer === undefined) return <Waiting />;
  return (
    <FillResults
      key={state.answer.predictionId}
      answer={state.answer}
      isStale={state.isPending}
      onLeaveUp={onLeaveUp}
      onWriteBack={onWriteBack}
    />
  );
}

/** Before the first answer, and only when it takes its time. */
function Waiting(): ReactNode {
  const { asking } = useLanguage().messages.fill;
  return (
    <p className={classes.waiting} aria-hidden="true">
      {asking}
    </p>
  );
}

/** What a screen reader says when something new stands below the sentence. */
function announcementOf({ problem, state }: Fill, messages: FillMessages): string {
  if (problem !== undefined) return messages.problems[problem].title;
  if (state.failure !== undefined) return messages.failures[state.failure.kind].title;
  const candidates = state.answer?.blanks[0]?.candidates ?? [];
  const [best] = candidates;
  if (best === undefined) return state.isPending ? messages.asking : messages.noCandidates.title;
  return messages.answered(best.text, formatPercent(best.score), candidates.length);
}
