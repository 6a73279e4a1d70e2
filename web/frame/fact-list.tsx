// Short facts side by side, each under its name.

import type { ReactNode } from "react";
import classes from "./fact-list.module.css";

interface FactListProps {
  /** A fact without a value is not shown. Names differ. */
  readonly facts: readonly (readonly [name: string, value: string | undefined])[];
}

export function FactList({ facts }: FactListProps): ReactNode {
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
