// A file with samples, terms or style pairs: which one, what is in it, and which model learns it.

import { Button } from "@mantine/core";
import { useId, useRef, useState, type ReactNode } from "react";
import { ModelChoice } from "../frame/room.tsx";
import { useLanguage } from "../language/language.tsx";
import field from "../style/field.module.css";
import classes from "./intake-panel.module.css";
import type { ImportKind, IntakeSession, IntakeState } from "./intake-session.ts";

const KINDS: readonly ImportKind[] = ["samples", "terms", "style"];

interface ImportFormProps {
  readonly session: IntakeSession;
  readonly state: IntakeState;
  readonly onAdded: () => void;
}

export function ImportForm({ session, state, onAdded }: ImportFormProps): ReactNode {
  const { intake } = useLanguage().messages.feedback;
  const id = useId();
  const chooser = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File>();
  const [kind, setKind] = useState<ImportKind>();
  const add = async (chosen: File): Promise<void> => {
    if (!(await session.add(chosen, kind))) return;
    setFile(undefined);
    if (chooser.current !== null) chooser.current.value = "";
    onAdded();
  };
  return (
    <form
      className={classes.form}
      aria-label={intake.addTitle}
      onSubmit={(event) => {
        event.preventDefault();
        if (file !== undefined) void add(file);
      }}
    >
      <p className={classes.help}>{intake.addHelp}</p>
      <label htmlFor={`${id}-file`}>{intake.file}</label>
      <input
        id={`${id}-file`}
        ref={chooser}
        type="file"
        accept=".jsonl,.csv,.tsv"
        onChange={({ currentTarget }) => setFile(currentTarget.files?.[0])}
      />
      <label htmlFor={`${id}-kind`}>{intake.kind}</label>
      <select
        id={`${id}-kind`}
        className={field.field}
        value={kind ?? ""}
        onChange={({ currentTarget }) =>
          setKind(KINDS.find((each) => each === currentTarget.value))
        }
      >
        <option value="">{intake.byName}</option>
        {KINDS.map((each) => (
          <option key={each} value={each}>
            {intake.kinds[each]}
          </option>
        ))}
      </select>
      <ModelChoice models={state.models} model={state.model} onChoose={session.choose} />
      <Button
        type="submit"
        variant="default"
        size="sm"
        disabled={state.isActing || file === undefined}
      >
        {intake.add}
      </Button>
    </form>
  );
}
