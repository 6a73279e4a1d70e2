// Where the sentence is written. A layer behind the text marks the blanks; it also gives the field
// its height, so that the field grows with the text without a script.

import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId } from "react";
import { TEXT_LENGTH_MAX } from "../../src/base/index.ts";
import { useLanguage } from "../language/language.tsx";
import { lengthOf, markerFor, splitAtBlanks } from "./blanks.ts";
import { FieldTools } from "./field-tools.tsx";
import type { Pace } from "./fill-session.ts";
import classes from "./sentence-field.module.css";
import type { Draft } from "./use-fill.ts";

interface SentenceFieldProps {
  readonly draft: Draft;
  readonly isPending: boolean;
  readonly fieldRef: RefObject<HTMLTextAreaElement | null>;
  readonly onChange: (next: Partial<Draft>, pace: Pace) => void;
  /** Arrow down where there is no line below. */
  readonly onLeaveDown: () => void;
}

/** Characters from which the field is set smaller. */
const LONG_TEXT = 200;

export function SentenceField(props: SentenceFieldProps): ReactNode {
  const { draft, isPending, fieldRef, onChange, onLeaveDown } = props;
  const { fill } = useLanguage().messages;
  const id = useId();
  const count = lengthOf(draft.text);
  useFocusOnDesktop(fieldRef);
  const makeBlank = (): void => {
    if (fieldRef.current !== null) onChange({ text: insertBlank(fieldRef.current) }, "pause");
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return;
    const action = keyAction(event);
    if (action === undefined) return;
    event.preventDefault();
    if (action === "fill") onChange({}, "now");
    else if (action === "makeBlank") makeBlank();
    else onLeaveDown();
  };
  return (
    <section className={classes.section}>
      <label className={classes.label} htmlFor={id}>
        {fill.sentence}
      </label>
      <div className={classes.box} data-pending={isPending || undefined}>
        <div className={classes.paper} data-long={count > LONG_TEXT || undefined}>
          <Backdrop text={draft.text} />
          <textarea
            ref={fieldRef}
            id={id}
            className={classes.field}
            lang="zh-CN"
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            value={draft.text}
            placeholder={fill.placeholder}
            aria-describedby={`${id}-hint ${id}-count`}
            onKeyDown={onKeyDown}
            onChange={({ currentTarget, nativeEvent }) =>
              onChange({ text: currentTarget.value }, isComposing(nativeEvent) ? "hold" : "pause")
            }
            onCompositionEnd={({ currentTarget }) =>
              onChange({ text: currentTarget.value }, "pause")
            }
          />
        </div>
        {draft.text === "" ? null : (
          <ClearButton
            onClear={() => {
              onChange({ text: "" }, "now");
              fieldRef.current?.focus();
            }}
          />
        )}
      </div>
      <FieldTools
        id={id}
        draft={draft}
        count={count}
        limit={TEXT_LENGTH_MAX}
        onChange={onChange}
        onMakeBlank={makeBlank}
      />
    </section>
  );
}

function ClearButton({ onClear }: { readonly onClear: () => void }): ReactNode {
  const { clear } = useLanguage().messages.fill;
  return (
    <button
      type="button"
      className={classes.clear}
      aria-label={clear}
      title={clear}
      onClick={onClear}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" stroke="currentColor" strokeWidth="1.25" />
      </svg>
    </button>
  );
}

/** The text once more, invisible but for its blanks. */
function Backdrop({ text }: { readonly text: string }): ReactNode {
  return (
    <div className={classes.backdrop} lang="zh-CN" aria-hidden="true">
      {splitAtBlanks(text).map((segment) =>
        segment.kind === "blank" ? <mark key={segment.index}>{segment.text}</mark> : segment.text,
      )}
      {/* A last empty line has no height without something on it. */}
      {"\u200B"}
    </div>
  );
}

/** Puts a blank at the cursor or in place of the selection; returns the new text. */
function insertBlank(field: HTMLTextAreaElement): string {
  const { selectionStart: start, selectionEnd: end, value } = field;
  field.setRangeText(markerFor(value, start, end), start, end, "end");
  field.focus();
  return field.value;
}

function keyAction(event: KeyboardEvent<HTMLTextAreaElement>): string | undefined {
  const { key, shiftKey, ctrlKey, metaKey, altKey, currentTarget } = event;
  if (key === "Enter" && !shiftKey && !altKey) return "fill";
  if (key.toLowerCase() === "b" && (ctrlKey || metaKey) && !shiftKey && !altKey) return "makeBlank";
  const { selectionStart, selectionEnd, value } = currentTarget;
  const isAtEnd = selectionStart === value.length && selectionEnd === value.length;
  return key === "ArrowDown" && isAtEnd ? "leaveDown" : undefined;
}

/** While letters are being turned into characters, the text is not what the person means yet. */
function isComposing(event: Event): boolean {
  return "isComposing" in event && event.isComposing === true;
}

/** Where there is a real keyboard the field is ready to type into; a phone's would cover the page. */
function useFocusOnDesktop(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const element = field.current;
    if (element === null || !matchMedia("(hover: hover) and (pointer: fine)").matches) return;
    element.focus({ preventScroll: true });
    element.setSelectionRange(element.value.length, element.value.length);
  }, [field]);
}
