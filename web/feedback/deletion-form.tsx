// All that one user said and asked, to be deleted: by the key that the client sent.

import { useId, useRef, useState, type ReactNode } from "react";
import { CopyButton } from "../frame/copy-button.tsx";
import { useConfirm } from "../frame/use-confirm.ts";
import { userKey as ownKey } from "../frame/user-key.ts";
import { useLanguage } from "../language/language.tsx";
import field from "../style/field.module.css";
import classes from "./intake-panel.module.css";
import type { IntakeSession } from "./intake-session.ts";

interface DeletionFormProps {
  readonly session: IntakeSession;
  readonly isActing: boolean;
  readonly onDeleted: () => void;
}

/** The server takes no longer keys. */
const KEY_CHARACTERS_MAX = 256;

export function DeletionForm({ session, isActing, onDeleted }: DeletionFormProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const { intake } = feedback;
  const id = useId();
  const [userKey, setUserKey] = useState("");
  const remove = async (): Promise<void> => {
    if (!(await session.deleteUser(userKey))) return;
    setUserKey("");
    onDeleted();
  };
  const { isAsked, handlers } = useConfirm(() => void remove());
  return (
    <form
      className={classes.form}
      aria-label={intake.deleteTitle}
      // Not by Enter in the field: what cannot be taken back wants the button, twice.
      onSubmit={(event) => event.preventDefault()}
    >
      <p className={classes.help}>{intake.deleteHelp}</p>
      <OwnKey />
      <label htmlFor={`${id}-key`}>{intake.userKey}</label>
      <input
        id={`${id}-key`}
        className={field.field}
        autoComplete="off"
        spellCheck={false}
        maxLength={KEY_CHARACTERS_MAX}
        value={userKey}
        onChange={({ currentTarget }) => setUserKey(currentTarget.value)}
      />
      <button
        type="button"
        className={classes.action}
        data-danger={isAsked || undefined}
        disabled={isActing || userKey === ""}
        {...handlers}
      >
        {isAsked ? feedback.confirmRemove : intake.deleteAct}
      </button>
    </form>
  );
}

/** What this browser sends, for whoever wants to have deleted what they said and asked here. */
function OwnKey(): ReactNode {
  const { intake } = useLanguage().messages.feedback;
  const key = useRef<HTMLElement>(null);
  return (
    <p className={classes.own}>
      {intake.ownKey} <code ref={key}>{ownKey()}</code>{" "}
      <CopyButton text={ownKey()} name={intake.copyKey} source={key} />
    </p>
  );
}
