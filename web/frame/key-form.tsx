// What stands in place of a room while the server wants a key.

import { Button } from "@mantine/core";
import { useEffect, useId, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { keyStore, type KeyState } from "../api/key.ts";
import { useLanguage } from "../language/language.tsx";
import fieldClasses from "../style/field.module.css";
import classes from "./key-form.module.css";

export function useKeyProblem(): KeyState["problem"] {
  return useSyncExternalStore(keyStore.subscribe, keyStore.state).problem;
}

interface KeyFormProps {
  readonly problem: NonNullable<KeyState["problem"]>;
}

export function KeyForm({ problem }: KeyFormProps): ReactNode {
  const { key } = useLanguage().messages.frame;
  const id = useId();
  const [text, setText] = useState("");
  const { title, advice } = key[problem];
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") keyStore.enter(text.trim());
      }}
    >
      <h1>{title}</h1>
      <p role={problem === "refused" ? "alert" : undefined}>{advice}</p>
      <label htmlFor={id}>{key.label}</label>
      <div className={classes.entry}>
        <input
          id={id}
          className={fieldClasses.field}
          type="password"
          autoComplete="current-password"
          ref={field}
          spellCheck={false}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Button type="submit" variant="default" size="sm" disabled={text.trim() === ""}>
          {key.enter}
        </Button>
        {problem === "weak" ? (
          <Button variant="subtle" size="sm" onClick={() => keyStore.keep()}>
            {key.back}
          </Button>
        ) : null}
      </div>
      <p className={classes.help}>{key.kept}</p>
    </form>
  );
}
