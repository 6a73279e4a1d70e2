// The line under the sentence: make a blank, how long words may be, which words, how much room.

import { Button, SegmentedControl } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import { BLANK_KEY } from "./blank-key.ts";
import field from "../style/field.module.css";
import classes from "./field-tools.module.css";
import type { Pace } from "./fill-session.ts";
import type { Draft } from "./use-fill.ts";

interface FieldToolsProps {
  readonly id: string;
  readonly draft: Draft;
  readonly count: number;
  readonly limit: number;
  readonly onChange: (next: Partial<Draft>, pace: Pace) => void;
  readonly onMakeBlank: () => void;
}

export function FieldTools(props: FieldToolsProps): ReactNode {
  const { id, draft, count, limit, onChange, onMakeBlank } = props;
  const { fill } = useLanguage().messages;
  const [wantsTargets, setWantsTargets] = useState(false);
  const isOpen = wantsTargets || draft.targets !== "";
  return (
    <>
      <div className={classes.tools}>
        <Button
          variant="default"
          size="sm"
          title={`${fill.makeBlankHelp} (${BLANK_KEY})`}
          aria-keyshortcuts="Control+B Meta+B"
          // Keeps the selection in the field, which the button is about.
          onMouseDown={(event) => event.preventDefault()}
          onClick={onMakeBlank}
        >
          <BlankIcon />
          {fill.makeBlank}
        </Button>
        <SegmentedControl
          size="sm"
          aria-label={fill.lengthLabel}
          value={String(draft.length)}
          onChange={(value) => onChange({ length: value === "1" ? 1 : "auto" }, "now")}
          data={(["auto", "1"] as const).map((value) => ({ value, label: fill.lengths[value] }))}
        />
        <button
          type="button"
          className={classes.quiet}
          aria-expanded={isOpen}
          aria-controls={`${id}-targets`}
          onClick={() => {
            setWantsTargets(!isOpen);
            if (isOpen && draft.targets !== "") onChange({ targets: "" }, "now");
          }}
        >
          {fill.restrict}
        </button>
      </div>
      <div id={`${id}-targets`} hidden={!isOpen}>
        {isOpen ? <TargetsField id={id} value={draft.targets} onChange={onChange} /> : null}
      </div>
      <div className={classes.below}>
        <p id={`${id}-hint`}>
          {fill.hint[0]}
          <code>___</code>
          {fill.hint[1]}
          <code>[MASK]</code>
          {fill.hint[2]}
          <code>[BLANK]</code>
          {fill.hint[3]}
        </p>
        <p
          id={`${id}-count`}
          className={classes.count}
          data-near={count > limit / 2 || undefined}
          data-over={count > limit || undefined}
        >
          {fill.counter(count, limit)}
        </p>
      </div>
    </>
  );
}

interface TargetsFieldProps {
  readonly id: string;
  readonly value: string;
  readonly onChange: (next: Partial<Draft>, pace: Pace) => void;
}

function TargetsField({ id, value, onChange }: TargetsFieldProps): ReactNode {
  const { fill } = useLanguage().messages;
  return (
    <div className={classes.targets}>
      <label htmlFor={`${id}-words`}>{fill.targetsLabel}</label>
      <input
        id={`${id}-words`}
        className={field.field}
        lang="zh-CN"
        autoComplete="off"
        spellCheck={false}
        value={value}
        placeholder={fill.targetsPlaceholder}
        aria-describedby={`${id}-words-help`}
        onChange={({ currentTarget, nativeEvent }) => {
          const composing = "isComposing" in nativeEvent && nativeEvent.isComposing === true;
          onChange({ targets: currentTarget.value }, composing ? "hold" : "pause");
        }}
        onCompositionEnd={({ currentTarget }) =>
          onChange({ targets: currentTarget.value }, "pause")
        }
        onKeyDown={({ key, nativeEvent }) => {
          if (key === "Enter" && !nativeEvent.isComposing) onChange({}, "now");
        }}
      />
      <p id={`${id}-words-help`}>{fill.targetsHelp}</p>
    </div>
  );
}

function BlankIcon(): ReactNode {
  return (
    <svg viewBox="0 0 18 16" width="18" height="16" aria-hidden="true" className={classes.icon}>
      <path d="M1 3v10h16V3" fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}
