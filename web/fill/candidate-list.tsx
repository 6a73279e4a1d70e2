// The candidates of one blank: radio buttons, of which the checked one stands in the sentence.

import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import classes from "./candidate-list.module.css";
import type { Candidate } from "./fill-session.ts";
import { actionOf } from "./keys.ts";
import { formatPercent } from "./percent.ts";

interface CandidateListProps {
  /** Shown where there are several lists. */
  readonly title: string | undefined;
  /** At least one. */
  readonly candidates: readonly Candidate[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
  readonly onLeaveUp: () => void;
  readonly onBeside: (step: -1 | 1) => void;
  readonly onConfirm: () => void;
}

export function CandidateList(props: CandidateListProps): ReactNode {
  const { title, candidates, chosen, onChoose, onLeaveUp, onBeside, onConfirm } = props;
  const { fill } = useLanguage().messages;
  const name = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  useFocusFollowing(list, chosen);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actionOf(event.key, chosen, candidates.length);
    if (action === undefined) return;
    event.preventDefault();
    if (action.kind === "choose") onChoose(action.index);
    else if (action.kind === "leave") onLeaveUp();
    else if (action.kind === "beside") onBeside(action.step);
    else onConfirm();
  };
  return (
    <fieldset ref={list} className={classes.column}>
      <legend className={classes.hidden}>{title ?? fill.candidates}</legend>
      {title === undefined ? null : (
        // A legend shown has no baseline that the label beside it could stand on.
        <p className={classes.title} aria-hidden="true">
          {title}
        </p>
      )}
      <div className={classes.list}>
        {candidates.map(({ text, score }, i) => (
          <label key={text} className={classes.row}>
            <input
              type="radio"
              className={classes.hidden}
              name={name}
              checked={i === chosen}
              onChange={() => onChoose(i)}
              onKeyDown={onKeyDown}
            />
            <span className={classes.rank}>{i + 1}</span>
            <span className={classes.word} lang="zh-CN">
              {text}
            </span>
            <span className={classes.bar} aria-hidden="true">
              <span style={{ inlineSize: `${score * 100}%` }} />
            </span>
            <span className={classes.percent}>{formatPercent(score)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A key that chooses another candidate takes the focus along, as it does among radio buttons. */
function useFocusFollowing(list: { current: HTMLElement | null }, chosen: number): void {
  useEffect(() => {
    const element = list.current;
    if (element?.contains(document.activeElement) !== true) return;
    element.querySelectorAll("input")[chosen]?.focus();
  }, [list, chosen]);
}
