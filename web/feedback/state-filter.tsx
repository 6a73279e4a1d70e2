// Which state is looked at, with how many samples are in each.

import { useId, type ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import classes from "./state-filter.module.css";
import type { Filter } from "./review-session.ts";

const FILTERS: readonly Filter[] = ["all", "held", "queued", "in-run", "used", "rejected"];

interface StateFilterProps {
  readonly counts: Readonly<Record<string, number>> | undefined;
  readonly filter: Filter;
  readonly onChoose: (filter: Filter) => void;
}

export function StateFilter({ counts, filter, onChoose }: StateFilterProps): ReactNode {
  const { feedback } = useLanguage().messages;
  const name = useId();
  const countOf = (state: Filter): number | undefined => {
    if (counts === undefined) return undefined;
    if (state !== "all") return counts[state] ?? 0;
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  };
  return (
    <fieldset className={classes.filter}>
      <legend className={classes.hidden}>{feedback.filterLabel}</legend>
      {FILTERS.map((state) => (
        <label key={state} className={classes.choice}>
          <input
            type="radio"
            className={classes.hidden}
            name={name}
            checked={state === filter}
            onChange={() => onChoose(state)}
          />
          <span>{feedback.filters[state]}</span>
          <span className={classes.count}>{countOf(state) ?? "–"}</span>
        </label>
      ))}
    </fieldset>
  );
}
