import type { ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import { splitAtBlanks } from "./blanks.ts";
import classes from "./examples-row.module.css";
import { EXAMPLES } from "./examples.ts";

export function Examples({ onPick }: { readonly onPick: (text: string) => void }): ReactNode {
  const { fill } = useLanguage().messages;
  return (
    <section className={classes.section} aria-label={fill.examplesLabel}>
      <h2 className={classes.label}>{fill.examplesLabel}</h2>
      <ul className={classes.row}>
        {EXAMPLES.map(({ id, text, brief }) => (
          <li key={id}>
            <button type="button" className={classes.example} onClick={() => onPick(text)}>
              <span className={classes.kind}>{fill.examples[id]}</span>
              <span className={classes.text} lang="zh-CN">
                {splitAtBlanks(brief).map((segment) =>
                  segment.kind === "blank" ? (
                    <i key={segment.index} className={classes.gap} />
                  ) : (
                    segment.text
                  ),
                )}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
