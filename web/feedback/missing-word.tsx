// A sample of which only a wrong word is known: a field for the right one, which teaches more.

import { useId, useState, type ReactNode } from "react";
import type { SampleSummary } from "../../src/wire/index.ts";
import { parseTargets } from "../fill/blanks.ts";
import { useLanguage } from "../language/language.tsx";
import field from "../style/field.module.css";
import classes from "./sample-list.module.css";

interface MissingWordProps {
  readonly sample: SampleSummary;
  /** Resolves with whether it was taken. */
  readonly onGive: (answers: string[]) => Promise<boolean>;
}

export function MissingWord({ sample, onGive }: MissingWordProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const id = useId();
  const [word, setWord] = useState("");
  const answers = [...parseTargets(word)];
  return (
    <form
      className={classes.missing}
      onSubmit={(event) => {
        event.preventDefault();
        if (answers.length > 0) void onGive(answers);
      }}
    >
      <label htmlFor={id}>{feedback.missing}</label>
      <input
        id={id}
        className={field.field}
        lang="zh-CN"
        autoComplete="off"
        spellCheck={false}
        value={word}
        aria-label={feedback.about(feedback.missing, sample.text)}
        onChange={({ currentTarget }) => setWord(currentTarget.value)}
      />
      <button
        type="submit"
        className={classes.action}
        aria-label={feedback.about(feedback.give, sample.text)}
        disabled={answers.length === 0}
      >
        {feedback.give}
      </button>
    </form>
  );
}
