// The steps that releases took, one a line: when, to where, by whom, and why.

import type { ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import { Told } from "../language/told.tsx";
import type { Move } from "./release-view.ts";
import classes from "./releases-page.module.css";

/** In the order in which they are given. */
export function MoveList({ moves }: { readonly moves: readonly Move[] }): ReactNode {
  const { locale, messages } = useLanguage();
  const { releases } = messages;
  return (
    <ol className={classes.history}>
      {moves.map(({ at, by, key, to, share, reason, why }) => (
        <li key={`${at} ${to} ${share}`}>
          <span>{new Date(at).toLocaleString(locale)}</span>
          <b>{releases.moved(to, Number((100 * share).toFixed(2)))}</b>
          <span>
            {key === undefined ? releases.actors[by] : releases.byKey(releases.actors[by], key)}
          </span>
          <Told text={reason} facts={why} say={releases.why} />
        </li>
      ))}
    </ol>
  );
}
