// One sample: its sentence, the words that are right and wrong, why it waits, and what can be done.

import type { ReactNode } from "react";
import type { SampleSummary } from "../../src/wire/index.ts";
import { excerpt, splitAtBlanks } from "../fill/blanks.ts";
import { useConfirm } from "../frame/use-confirm.ts";
import { useLanguage } from "../language/language.tsx";
import { SampleLife } from "./sample-life.tsx";
import classes from "./sample-list.module.css";

const REACH = 40;

interface SampleRowProps {
  readonly sample: SampleSummary;
  readonly isPicked: boolean;
  readonly isEditing: boolean;
  readonly onPick: (isPicked: boolean) => void;
  readonly onDecide: (action: "accept" | "reject" | "delete") => void;
  readonly onEdit: () => void;
}

export function SampleRow(props: SampleRowProps): ReactNode {
  const { sample, isPicked, isEditing, onPick, onDecide, onEdit } = props;
  const { feedback } = useLanguage().messages;
  const { text } = sample;
  return (
    <div className={classes.row}>
      <input
        type="checkbox"
        className={classes.box}
        aria-label={feedback.pick(text)}
        checked={isPicked}
        onChange={({ currentTarget }) => onPick(currentTarget.checked)}
      />
      <div className={classes.body}>
        <p className={classes.text} lang="zh-CN">
          {excerpt(splitAtBlanks(text), REACH).map((segment) =>
            segment.kind === "blank" ? (
              <b key={segment.index}>{sample.answers[0] ?? "＿＿"}</b>
            ) : (
              segment.text
            ),
          )}
        </p>
        <dl className={classes.words}>
          <Words title={feedback.right} words={sample.answers} none={feedback.none} />
          {sample.rejected.length === 0 ? null : (
            <Words title={feedback.wrong} words={sample.rejected} none={feedback.none} isWrong />
          )}
        </dl>
        <Facts sample={sample} />
        <SampleLife id={sample.id} about={text} />
      </div>
      <div className={classes.actions}>
        {(["accept", "reject"] as const).map((action) => (
          <button
            key={action}
            type="button"
            className={classes.action}
            aria-label={feedback.about(feedback[action], text)}
            onClick={() => onDecide(action)}
          >
            {feedback[action]}
          </button>
        ))}
        <button
          type="button"
          className={classes.action}
          aria-expanded={isEditing}
          aria-label={feedback.about(feedback.edit, text)}
          onClick={onEdit}
        >
          {feedback.edit}
        </button>
        <ConfirmButton name={feedback.remove} about={text} onConfirm={() => onDecide("delete")} />
      </div>
    </div>
  );
}

/** Where it is on its way, and where it came from. */
function Facts({ sample }: { readonly sample: SampleSummary }): ReactNode {
  const { locale, messages } = useLanguage();
  const { feedback } = messages;
  const { state, doubt } = sample;
  const facts = [
    doubt === undefined ? undefined : feedback.doubt(doubt.rival, asDeviation(doubt.margin)),
    sample.domain,
    feedback.sources[sample.source],
    sample.userCount > 0 ? feedback.users(sample.userCount) : undefined,
    new Date(sample.updatedAt).toLocaleDateString(locale),
  ].filter((fact) => fact !== undefined);
  return (
    <p className={classes.facts}>
      <span className={classes.state} data-state={state}>
        {feedback.filters[state]}
        {sample.hold === null ? null : ` · ${feedback.holds[sample.hold]}`}
      </span>
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </p>
  );
}

/** "1.3 σ" */
function asDeviation(margin: number): string {
  return `${Math.abs(margin).toFixed(1)} σ`;
}

interface WordsProps {
  readonly title: string;
  readonly words: readonly string[];
  readonly none: string;
  readonly isWrong?: boolean;
}

function Words({ title, words, none, isWrong }: WordsProps): ReactNode {
  return (
    <div>
      <dt>{title}</dt>
      <dd data-wrong={isWrong === true || undefined} lang="zh-CN">
        {words.length === 0 ? none : words.map((word) => <span key={word}>{word}</span>)}
      </dd>
    </div>
  );
}

interface ConfirmButtonProps {
  readonly name: string;
  /** Which sentence it is about, for screen readers. */
  readonly about?: string;
  readonly onConfirm: () => void;
}

/** What cannot be taken back wants a second press. */
export function ConfirmButton({ name, about, onConfirm }: ConfirmButtonProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const { isAsked, handlers } = useConfirm(onConfirm);
  const shown = isAsked ? feedback.confirmRemove : name;
  return (
    <button
      type="button"
      className={classes.action}
      data-danger={isAsked || undefined}
      aria-label={about === undefined ? undefined : feedback.about(shown, about)}
      {...handlers}
    >
      {shown}
    </button>
  );
}
