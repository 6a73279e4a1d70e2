// The samples of one state, some of them picked for a decision on all of them.

import { useState, type ReactNode } from "react";
import type { SampleSummary } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import { countOf, PAGE_COUNT, type ReviewSession, type ReviewState } from "./review-session.ts";
import { MissingWord } from "./missing-word.tsx";
import { SampleEditor } from "./sample-editor.tsx";
import { ConfirmButton, SampleRow } from "./sample-row.tsx";
import classes from "./sample-list.module.css";

interface SampleListProps {
  readonly session: ReviewSession;
  readonly state: ReviewState;
}

export function SampleList({ session, state }: SampleListProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const [editing, setEditing] = useState<string>();
  const { samples, picked, filter, isLoading } = state;
  const left = Math.max(0, (countOf(state, filter) ?? 0) - samples.length);
  return (
    <section aria-label={feedback.list} aria-busy={isLoading}>
      <BulkBar session={session} state={state} />
      <ul className={classes.list}>
        {samples.map((sample) => (
          <li key={sample.id} className={classes.item}>
            <SampleRow
              sample={sample}
              isPicked={picked.has(sample.id)}
              onPick={(isPicked) => session.pick([sample.id], isPicked)}
              onDecide={(action) => void session.decide(action, [sample.id])}
              onEdit={() => setEditing(editing === sample.id ? undefined : sample.id)}
              isEditing={editing === sample.id}
            />
            {editing === sample.id ? (
              <SampleEditor
                sample={sample}
                onCancel={() => setEditing(undefined)}
                onSave={async (edit) => {
                  if (await session.edit(sample.id, edit)) setEditing(undefined);
                }}
              />
            ) : isLacking(sample) ? (
              <MissingWord
                sample={sample}
                onGive={(answers) => session.edit(sample.id, { answers })}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {left === 0 ? null : (
        <button type="button" className={classes.action} onClick={() => void session.more()}>
          {feedback.more(Math.min(left, PAGE_COUNT))}
        </button>
      )}
    </section>
  );
}

/** Whether a training would learn more of it, if somebody said which word is right. */
function isLacking({ answers, state }: SampleSummary): boolean {
  return answers.length === 0 && (state === "queued" || state === "held");
}

function BulkBar({ session, state: { samples, picked } }: SampleListProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const all = samples.map(({ id }) => id);
  const ids = [...picked];
  return (
    <div className={classes.bulk}>
      <label className={classes.pick}>
        <input
          type="checkbox"
          checked={picked.size === all.length}
          ref={(box) => {
            if (box !== null) box.indeterminate = picked.size > 0 && picked.size < all.length;
          }}
          onChange={({ currentTarget }) => session.pick(all, currentTarget.checked)}
        />
        <span>
          {picked.size === 0 ? feedback.pickAll(all.length) : feedback.pickedCount(picked.size)}
        </span>
      </label>
      {picked.size === 0 ? null : (
        <div className={classes.actions}>
          {(["accept", "reject"] as const).map((action) => (
            <button
              key={action}
              type="button"
              className={classes.action}
              onClick={() => void session.decide(action, ids)}
            >
              {feedback[action]}
            </button>
          ))}
          <ConfirmButton
            name={feedback.remove}
            onConfirm={() => void session.decide("delete", ids)}
          />
        </div>
      )}
    </div>
  );
}
