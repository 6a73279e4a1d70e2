// Which state is looked at, with how many samples are in each.

import { useId, type ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import classes from "./state-filter.module.css";
import { countOf, type Filter, type ReviewState } from "./review-session.ts";

const FILTERS: readonly Filter[] = [
  "all",
  "held",
  "unanswered",
  "queued",
  "in-run",
  "used",
  "rejected",
];

interface StateFilterProps {
  readonly state: ReviewState;
  readonly onChoose: (filter: Filter) => void;
}

export function StateFilter({ state, onChoose }: StateFilterProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const name = useId();
  return (
    <fieldset className={classes.filter}>
      <legend className={classes.hidden}>{feedback.filterLabel}</legend>
      {FILTERS.map((filter) => (
        <label key={filter} className={classes.choice}>
          <input
            type="radio"
            className={classes.hidden}
            name={name}
            checked={filter === state.filter}
            onChange={() => onChoose(filter)}
          />
          <span>{feedback.filters[filter]}</span>
          <span className={classes.count}>{countOf(state, filter) ?? "–"}</span>
        </label>
      ))}
    </fieldset>
  );
}
