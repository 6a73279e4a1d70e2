// What every room but Fill begins with: its name, and what it is for.

import type { ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import field from "../style/field.module.css";
import classes from "./room.module.css";
import type { RoomId } from "./rooms.ts";

interface RoomProps {
  readonly id: RoomId;
  readonly intro: string;
  readonly children: ReactNode;
}

export function Room({ id, intro, children }: RoomProps): ReactNode {
  const { frame } = useLanguage().messages;
  return (
    <div className={classes.room}>
      <header className={classes.intro}>
        <h1>{frame.rooms[id]}</h1>
        <p>{intro}</p>
      </header>
      {children}
    </div>
  );
}

interface ModelChoiceProps {
  readonly models: readonly { readonly id: string }[];
  readonly model: string | undefined;
  readonly onChoose: (model: string) => void;
}

/** Which model a room is about; nothing where there is no choice. */
export function ModelChoice({ models, model, onChoose }: ModelChoiceProps): ReactNode {
  const { frame } = useLanguage().messages;
  if (models.length < 2) return null;
  return (
    <label className={classes.model}>
      {frame.model}
      <select
        className={field.field}
        value={model}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      >
        {models.map(({ id }) => (
          <option key={id}>{id}</option>
        ))}
      </select>
    </label>
  );
}
