// The candidates of one blank: radio buttons, of which the checked one stands in the sentence.

import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import classes from "./candidate-list.module.css";
import { VerdictButtons, VerdictDetails } from "./candidate-verdict.tsx";
import type { Candidate } from "./fill-session.ts";
import { actionOf } from "./keys.ts";
import type { VerdictsOnAnswer } from "./use-verdicts.ts";
import { placeKey, type Verdict } from "./verdict-store.ts";

interface CandidateListProps {
  /** From 0. */
  readonly blank: number;
  /** Shown where there are several lists. */
  readonly title: string | undefined;
  /** At least one. */
  readonly candidates: readonly Candidate[];
  readonly chosen: number;
  readonly judging: VerdictsOnAnswer;
  readonly onChoose: (index: number) => void;
  readonly onLeaveUp: () => void;
  readonly onBeside: (step: -1 | 1) => void;
  readonly onConfirm: () => void;
}

export function CandidateList(props: CandidateListProps): ReactNode {
  const { blank, title, candidates, chosen, judging } = props;
  const { onChoose, onLeaveUp, onBeside, onConfirm } = props;
  const { fill } = useLanguage().messages;
  const name = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  useFocusFollowing(list, chosen);
  const focusChosen = (): void => focusSoon(list, "input:checked");
  const say = (index: number, verdict: "accept" | "reject", answer?: string): void => {
    const candidate = candidates[index]?.text ?? "";
    void judging.say({ blank, candidate, verdict, answer });
    // The word that takes its place is what the person thinks of next.
    if (verdict === "reject" && answer === undefined) focusSoon(list, "form input");
    else if (answer !== undefined) focusChosen();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actionOf(event.key, chosen, candidates.length);
    if (action === undefined) return;
    event.preventDefault();
    if (action.kind === "choose") onChoose(action.index);
    else if (action.kind === "leave") onLeaveUp();
    else if (action.kind === "beside") onBeside(action.step);
    else if (action.kind === "judge") say(chosen, action.verdict);
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
        {candidates.map((candidate, i) => (
          <CandidateRow
            key={candidate.text}
            group={name}
            rank={i + 1}
            candidate={candidate}
            isChosen={i === chosen}
            verdict={judging.verdicts.get(placeKey({ blank, candidate: candidate.text }))}
            onChoose={() => onChoose(i)}
            onKeyDown={onKeyDown}
            onSay={(verdict, answer) => {
              if (i !== chosen) onChoose(i);
              say(i, verdict, answer);
            }}
            onLeave={focusChosen}
          />
        ))}
      </div>
    </fieldset>
  );
}

interface CandidateRowProps {
  readonly group: string;
  /** From 1. */
  readonly rank: number;
  readonly candidate: Candidate;
  readonly isChosen: boolean;
  readonly verdict: Verdict | undefined;
  readonly onChoose: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onSay: (verdict: "accept" | "reject", answer?: string) => void;
  readonly onLeave: () => void;
}

function CandidateRow(props: CandidateRowProps): ReactNode {
  const { group, rank, candidate, isChosen, verdict, onChoose, onKeyDown, onSay, onLeave } = props;
  const { text, score } = candidate;
  return (
    <>
      <div className={classes.row}>
        <label className={classes.candidate}>
          <input
            type="radio"
            className={classes.hidden}
            name={group}
            checked={isChosen}
            onChange={onChoose}
            onKeyDown={onKeyDown}
          />
          <span className={classes.rank}>{rank}</span>
          <span className={classes.word} lang="zh-CN">
            {text}
          </span>
          <span className={classes.bar} aria-hidden="true">
            <span style={{ inlineSize: `${score * 100}%` }} />
          </span>
          <span className={classes.percent}>{formatPercent(score)}</span>
        </label>
        <VerdictButtons word={text} verdict={verdict} isChosen={isChosen} onSay={onSay} />
      </div>
      <VerdictDetails
        key={verdict?.verdict}
        word={text}
        verdict={verdict}
        onSay={onSay}
        onLeave={onLeave}
      />
    </>
  );
}

/** A key that chooses another candidate takes the focus along, as it does among radio buttons. */
function useFocusFollowing(list: { current: HTMLElement | null }, chosen: number): void {
  useEffect(() => {
    const element = list.current;
    const { activeElement } = document;
    // Only from radio button to radio button: ✓ and ✗ beside them keep the focus.
    if (activeElement === null || element?.contains(activeElement) !== true) return;
    if (!activeElement.matches("[type=radio]")) return;
    element.querySelectorAll<HTMLElement>("[type=radio]")[chosen]?.focus();
  }, [list, chosen]);
}

/** Once what is to have the focus is there; in the row of the chosen candidate where it can be. */
function focusSoon(list: { current: HTMLElement | null }, selector: string): void {
  setTimeout(() => {
    const chosen = list.current?.querySelector(":scope input:checked")?.closest("div");
    const below = chosen?.nextElementSibling?.querySelector<HTMLElement>(selector);
    (below ?? list.current?.querySelector<HTMLElement>(selector))?.focus();
  }, 0);
}
