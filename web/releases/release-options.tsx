// How a release may go otherwise than the server is set, beside the button that begins it as set.
// For a version that the gate refused it is the only way, and wants a second press.

import { Button } from "@mantine/core";
import { useId, useState, type ReactNode } from "react";
import { useConfirm } from "../frame/use-confirm.ts";
import { useLanguage } from "../language/language.tsx";
import field from "../style/field.module.css";
import classes from "./release-options.module.css";
import { ReleaseForecast } from "./release-forecast.tsx";
import {
  NO_WISH,
  readWish,
  type ReleaseWish,
  type WishFields,
  type WishProblem,
} from "./release-wish.ts";

interface ReleaseOptionsProps {
  readonly model: string;
  readonly version: string;
  /** Its gate said no, so that it takes force. */
  readonly isRefused: boolean;
  readonly isActing: boolean;
  readonly onRelease: (wish: ReleaseWish) => void;
}

export function ReleaseOptions(props: ReleaseOptionsProps): ReactNode {
  const { model, version, isRefused, isActing, onRelease } = props;
  const { options } = useLanguage().messages.releases;
  const id = useId();
  const [fields, setFields] = useState(NO_WISH);
  const [problem, setProblem] = useState<WishProblem>();
  const change = (next: Partial<WishFields>): void => {
    setFields({ ...fields, ...next });
    setProblem(undefined);
  };
  const read = readWish(fields);
  /** What is wrong is said when it is sent, and not while it is typed. */
  const send = (act: (wish: ReleaseWish) => void): void => {
    if ("wish" in read) {
      act(read.wish);
      return;
    }
    setProblem(read.problem);
    document.getElementById(`${id}-${read.problem}`)?.focus();
  };
  const confirm = useConfirm(() => send((wish) => onRelease({ ...wish, force: true })));
  return (
    <>
      {fields.shadow ? null : (
        <ReleaseForecast model={model} steps={"wish" in read ? read.wish.steps : undefined} />
      )}
      <details className={classes.options}>
        <summary>{options.title}</summary>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!isRefused) send(onRelease);
          }}
        >
          {(["steps", "seconds"] as const).map((name) => (
            <Field
              key={name}
              id={`${id}-${name}`}
              name={name}
              value={fields[name]}
              isWrong={problem === name}
              onChange={(value) => change({ [name]: value })}
            />
          ))}
          <ShadowField isOn={fields.shadow} onChange={(shadow) => change({ shadow })} />
          {isRefused ? <p>{options.aboutForce}</p> : null}
          {isRefused ? (
            // Not what Enter in a field presses: against the gate only on purpose.
            <Button
              type="button"
              variant="default"
              size="sm"
              disabled={isActing}
              onBlur={confirm.handlers.onBlur}
              onClick={() => send(confirm.handlers.onClick)}
            >
              {confirm.isAsked ? options.confirmForce : options.force(version)}
            </Button>
          ) : (
            <Button type="submit" variant="default" size="sm" disabled={isActing}>
              {options.release(version)}
            </Button>
          )}
        </form>
      </details>
    </>
  );
}

function ShadowField({
  isOn,
  onChange,
}: {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}): ReactNode {
  const { options } = useLanguage().messages.releases;
  return (
    <label className={classes.shadow}>
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      <span>{options.shadow}</span>
    </label>
  );
}

interface FieldProps {
  readonly id: string;
  readonly name: WishProblem;
  readonly value: string;
  readonly isWrong: boolean;
  readonly onChange: (value: string) => void;
}

function Field({ id, name, value, isWrong, onChange }: FieldProps): ReactNode {
  const { options } = useLanguage().messages.releases;
  const { label, help, problem, placeholder } = options.fields[name];
  return (
    <div className={classes.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={field.field}
        inputMode={name === "seconds" ? "numeric" : "text"}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={value}
        aria-invalid={isWrong || undefined}
        aria-describedby={`${id}-help`}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <output id={`${id}-help`} data-wrong={isWrong || undefined}>
        {isWrong ? problem : help}
      </output>
    </div>
  );
}
