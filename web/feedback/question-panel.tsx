// Asks the person what the model could hardly decide, one sentence at a time.

import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import type { Question } from "../../src/wire/index.ts";
import { getQuestions, postFeedback } from "../api/client.ts";
import { excerpt, splitAtBlanks } from "../fill/blanks.ts";
import { userKey } from "../frame/user-key.ts";
import { useLanguage } from "../language/language.tsx";
import classes from "./question-panel.module.css";
import { createQuestionSession, offeredIn } from "./question-session.ts";

const REACH = 40;

interface QuestionPanelProps {
  /** The model that is asked about; the server's default until it is known. */
  readonly model: string | undefined;
  /** Called after each answer, since there is a new sample then. */
  readonly onAnswered: () => void;
}

/** Nothing at all until there is something to ask. */
export function QuestionPanel({ model, onAnswered }: QuestionPanelProps): ReactNode {
  const { feedback, fill } = useLanguage().messages;
  const { questions: words } = feedback;
  const [session] = useState(() =>
    createQuestionSession({ ask: getQuestions, tell: postFeedback, userKey }),
  );
  const state = useSyncExternalStore(session.subscribe, session.state);
  useEffect(() => void session.load(model), [session, model]);
  const { questions = [], answeredCount, isSending, failure } = state;
  const [question] = questions;
  if (question === undefined && answeredCount === 0) return null;
  const answer = async (word: string | null): Promise<void> => {
    await session.answer(word);
    onAnswered();
  };
  return (
    <section className={classes.panel} aria-labelledby="questions-title">
      <h2 id="questions-title">{words.title}</h2>
      {question === undefined ? (
        <p className={classes.soft}>{words.noMore}</p>
      ) : (
        <>
          <p className={classes.soft}>{words.intro}</p>
          <Sentence question={question} />
          <fieldset className={classes.answers} aria-label={words.choose}>
            {offeredIn(question).map((word) => (
              <button
                key={word}
                type="button"
                className={classes.word}
                lang="zh-CN"
                disabled={isSending}
                onClick={() => void answer(word)}
              >
                {word}
              </button>
            ))}
            <button type="button" disabled={isSending} onClick={() => void answer(null)}>
              {words.none}
            </button>
            <button type="button" disabled={isSending} onClick={() => session.skip()}>
              {words.skip}
            </button>
          </fieldset>
        </>
      )}
      <output className={classes.soft} data-failed={failure !== undefined || undefined}>
        {failure !== undefined
          ? feedback.failed(failure.message ?? fill.failures[failure.kind].title)
          : answeredCount === 0
            ? null
            : words.answered(answeredCount)}
      </output>
    </section>
  );
}

function Sentence({ question: { text, blank } }: { readonly question: Question }): ReactNode {
  return (
    <p className={classes.sentence} lang="zh-CN">
      {excerpt(splitAtBlanks(text), REACH).map((segment) =>
        segment.kind === "blank" ? (
          <b key={segment.index} data-asked={segment.index === blank || undefined}>
            ＿＿
          </b>
        ) : (
          segment.text
        ),
      )}
    </p>
  );
}
