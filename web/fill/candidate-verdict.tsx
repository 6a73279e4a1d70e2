// ✓ and ✗ beside a candidate, and after ✗ a field for the right word.

import { useId, useRef, useState, type ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import field from "../style/field.module.css";
import classes from "./candidate-verdict.module.css";
import type { Verdict } from "./verdict-store.ts";

interface JudgeProps {
  readonly word: string;
  readonly verdict: Verdict | undefined;
  readonly onSay: (verdict: "accept" | "reject", answer?: string) => void;
}

interface ButtonsProps extends JudgeProps {
  /** Of the candidates, only the chosen one's are reached with Tab. */
  readonly isChosen: boolean;
}

interface DetailsProps extends JudgeProps {
  /** Back to the candidate. */
  readonly onLeave: () => void;
}

export function VerdictButtons({ word, verdict, isChosen, onSay }: ButtonsProps): ReactNode {
  const { fill } = useLanguage().messages;
  return (
    <span className={classes.buttons}>
      {(["accept", "reject"] as const).map((kind) => (
        <button
          key={kind}
          type="button"
          className={classes.button}
          data-kind={kind}
          tabIndex={isChosen ? 0 : -1}
          aria-pressed={verdict?.verdict === kind}
          aria-label={fill.judge[kind](word)}
          title={fill.judge[kind](word)}
          onClick={() => onSay(kind)}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
              d={kind === "accept" ? "M3 8.5l3.5 3.5L13 4.5" : "M4 4l8 8M12 4l-8 8"}
              fill="none"
              stroke="currentColor"
              strokeWidth="1.75"
            />
          </svg>
        </button>
      ))}
    </span>
  );
}

/** What became of the verdict, and the field for the right word. */
export function VerdictDetails({ word, verdict, onSay, onLeave }: DetailsProps): ReactNode {
  const { fill } = useLanguage().messages;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [answer, setAnswer] = useState(verdict?.answer ?? "");
  if (verdict === undefined) return null;
  const isCorrecting = verdict.verdict === "reject" && verdict.answer === undefined;
  const submit = (): void => {
    if (answer.trim() === "") input.current?.focus();
    else onSay("reject", answer.trim());
  };
  return (
    <div className={classes.details}>
      <output className={classes.status} data-failed={verdict.state === "failed" || undefined}>
        {fill.judge.outcome(word, verdict)}
      </output>
      {isCorrecting || (verdict.state === "failed" && verdict.answer !== undefined) ? (
        <form
          className={classes.correction}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <label htmlFor={id}>{fill.judge.answerLabel}</label>
          <input
            ref={input}
            id={id}
            className={field.field}
            lang="zh-CN"
            autoComplete="off"
            spellCheck={false}
            maxLength={24}
            value={answer}
            onChange={({ currentTarget }) => setAnswer(currentTarget.value)}
            onKeyDown={({ key, nativeEvent }) => {
              if (key === "Escape" && !nativeEvent.isComposing) onLeave();
            }}
          />
          <button type="submit">{fill.judge.send}</button>
        </form>
      ) : null}
    </div>
  );
}
