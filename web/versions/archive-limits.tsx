// What a version is weak in: proposed from its measurements, and in a person's own words.

import { Button } from "@mantine/core";
import { useId, useState, type ReactNode } from "react";
import { NOTE_CHARACTERS_MAX } from "../../src/base/index.ts";
import type { VersionArchive } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import { Told } from "../language/told.tsx";
import field from "../style/field.module.css";
import classes from "./archive-page.module.css";

interface LimitsProps {
  readonly limits: VersionArchive["limits"];
  readonly isActing: boolean;
  readonly onNote: (text: string) => void;
}

export function Limits({ limits, isActing, onNote }: LimitsProps): ReactNode {
  const { locale, messages } = useLanguage();
  const { versions } = messages;
  const id = useId();
  const { proposed, note, earlierNotes } = limits;
  const [text, setText] = useState(note?.text ?? "");
  const isChanged = text.trim() !== (note?.text ?? "");
  return (
    <>
      {proposed.length === 0 ? (
        <p className={classes.soft}>{versions.noLimits}</p>
      ) : (
        <ul className={classes.limits}>
          {proposed.map((limit) => (
            <li key={limit.text} data-kind={limit.kind}>
              {limit.kind === "gate" ? (
                <Told text={limit.text} facts={limit.finding} say={versions.finding} />
              ) : (
                versions.limit(limit)
              )}
            </li>
          ))}
        </ul>
      )}
      <form
        className={classes.note}
        onSubmit={(event) => {
          event.preventDefault();
          onNote(text);
        }}
      >
        <label htmlFor={id}>{versions.noteLabel}</label>
        <textarea
          id={id}
          className={field.field}
          rows={2}
          maxLength={NOTE_CHARACTERS_MAX}
          placeholder={versions.notePlaceholder}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <div className={classes.noteFoot}>
          <Button type="submit" variant="default" size="sm" disabled={isActing || !isChanged}>
            {versions.saveNote}
          </Button>
          {note === null ? null : (
            <span className={classes.soft}>
              {versions.notedAt(new Date(note.at).toLocaleString(locale))}
            </span>
          )}
        </div>
      </form>
      {earlierNotes.length === 0 ? null : (
        <details className={classes.soft}>
          <summary>{versions.earlierNotes(earlierNotes.length)}</summary>
          <ul>
            {earlierNotes.map((earlier) => (
              <li key={earlier.at}>
                {new Date(earlier.at).toLocaleString(locale)} · {earlier.text}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
