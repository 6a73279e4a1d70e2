// A sample being corrected by a reviewer.

import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import type { SampleSummary } from "../../src/wire/index.ts";
import { parseTargets } from "../fill/blanks.ts";
import { useLanguage } from "../language/language.tsx";
import type { Edit } from "./review-session.ts";
import field from "../style/field.module.css";
import classes from "./sample-list.module.css";

interface SampleEditorProps {
  readonly sample: SampleSummary;
  readonly onSave: (edit: Edit) => Promise<void>;
  readonly onCancel: () => void;
}

export function SampleEditor({ sample, onSave, onCancel }: SampleEditorProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState({
    text: sample.text,
    answers: sample.answers.join("，"),
    rejected: sample.rejected.join("，"),
  });
  useEffect(() => first.current?.focus(), []);
  const fields = [
    ["answers", feedback.answersLabel],
    ["rejected", feedback.rejectedLabel],
    ["text", feedback.sentence],
  ] as const;
  return (
    <form
      className={classes.editor}
      onSubmit={(event) => {
        event.preventDefault();
        void onSave({
          text: draft.text,
          answers: [...parseTargets(draft.answers)],
          rejected: [...parseTargets(draft.rejected)],
        });
      }}
    >
      {fields.map(([name, label]) => (
        <div key={name} className={classes.field}>
          <label htmlFor={`${id}-${name}`}>{label}</label>
          <input
            ref={name === "answers" ? first : undefined}
            id={`${id}-${name}`}
            className={field.field}
            lang="zh-CN"
            autoComplete="off"
            spellCheck={false}
            value={draft[name]}
            aria-describedby={`${id}-help`}
            onKeyDown={({ key, nativeEvent }) => {
              if (key === "Escape" && !nativeEvent.isComposing) onCancel();
            }}
            onChange={({ currentTarget }) => setDraft({ ...draft, [name]: currentTarget.value })}
          />
        </div>
      ))}
      <p id={`${id}-help`} className={classes.help}>
        {feedback.wordsHelp}
      </p>
      <div className={classes.actions}>
        <button type="submit" className={classes.action} data-primary>
          {feedback.save}
        </button>
        <button type="button" className={classes.action} onClick={onCancel}>
          {feedback.cancel}
        </button>
      </div>
    </form>
  );
}
