// Beside what people say on the Fill page: samples from a file, and the end of all that one person
// said.

import { useEffect, type ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import done from "../style/done.module.css";
import { DeletionForm } from "./deletion-form.tsx";
import { ImportForm } from "./import-form.tsx";
import classes from "./intake-panel.module.css";
import type { IntakeOutcome, IntakeSession, IntakeState } from "./intake-session.ts";

const BLOCKED_SHOWN = 20;

interface IntakePanelProps {
  readonly session: IntakeSession;
  readonly state: IntakeState;
  /** Called when there are other samples than before. */
  readonly onChange: () => void;
}

export function IntakePanel({ session, state, onChange }: IntakePanelProps): ReactNode {
  const { intake } = useLanguage().messages.feedback;
  useEffect(() => {
    void session.load();
    return session.close;
  }, [session]);
  const { outcome } = state;
  const isBad = outcome?.kind === "failed" || outcome?.kind === "unreadable";
  return (
    <section className={classes.panel} aria-label={intake.title}>
      <details>
        <summary>{intake.addTitle}</summary>
        <ImportForm session={session} state={state} onAdded={onChange} />
      </details>
      <details>
        <summary>{intake.deleteTitle}</summary>
        <DeletionForm session={session} isActing={state.isActing} onDeleted={onChange} />
      </details>
      <output className={done.done} data-failed={isBad || undefined}>
        {outcome === undefined ? null : <Outcome outcome={outcome} />}
      </output>
    </section>
  );
}

function Outcome({ outcome }: { readonly outcome: IntakeOutcome }): ReactNode {
  const { feedback, fill } = useLanguage().messages;
  const { intake } = feedback;
  if (outcome.kind === "unreadable") return intake.unreadable;
  if (outcome.kind === "failed") {
    const { message, kind } = outcome.failure;
    return feedback.failed(message ?? fill.failures[kind].title);
  }
  if (outcome.kind === "deleted") {
    const learned = outcome.result.learnedBy.map(({ model, version }) => `${model}@${version}`);
    return (
      <>
        <p>{intake.deleted(outcome.result)}</p>
        <p>{intake.learnedFrom(learned)}</p>
        {outcome.result.runs.length === 0 ? null : <p>{feedback.inRun}</p>}
      </>
    );
  }
  const { result } = outcome;
  // Several samples of one row may have been blocked for one reason.
  const blocked = [
    ...new Set(result.blocked.map(({ row, reason }) => intake.blocked(row, reason))),
  ];
  const left = blocked.length - BLOCKED_SHOWN;
  return (
    <>
      <p>{intake.imported(result)}</p>
      {blocked.length === 0 ? null : (
        <ul className={classes.blocked} aria-label={intake.blockedTitle}>
          {blocked.slice(0, BLOCKED_SHOWN).map((line) => (
            <li key={line}>{line}</li>
          ))}
          {left > 0 ? <li>{intake.moreBlocked(left)}</li> : null}
        </ul>
      )}
    </>
  );
}
