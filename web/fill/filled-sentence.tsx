import { useRef, type ReactNode, type RefObject } from "react";
import { CopyButton } from "../frame/copy-button.tsx";
import { useLanguage } from "../language/language.tsx";
import { excerpt, fillIn, splitAtBlanks } from "./blanks.ts";
import classes from "./filled-sentence.module.css";

interface FilledSentenceProps {
  /** With its blanks. */
  readonly text: string;
  /** One for each blank. */
  readonly words: readonly string[];
  readonly copyRef: RefObject<HTMLButtonElement | null>;
  readonly onWriteBack: () => void;
}

/** Characters kept on each side of a blank where the text is too long to be shown whole. */
const EXCERPT_REACH = 60;
/** Longer texts are set smaller; the steps are characters. */
const SHORT_MAX = 36;
const MEDIUM_MAX = 110;

export function FilledSentence({
  text,
  words,
  copyRef,
  onWriteBack,
}: FilledSentenceProps): ReactNode {
  const { fill } = useLanguage().messages;
  const sentence = useRef<HTMLParagraphElement>(null);
  const segments = excerpt(splitAtBlanks(text), EXCERPT_REACH);
  const shownCount = segments.reduce((sum, segment) => sum + segment.text.length, 0);
  const size = shownCount <= SHORT_MAX ? "large" : shownCount <= MEDIUM_MAX ? "medium" : "small";
  return (
    <section className={classes.section}>
      <h2 className={classes.label}>{fill.filled}</h2>
      <div>
        <p ref={sentence} className={classes.sentence} data-size={size} lang="zh-CN">
          {segments.map((segment) =>
            segment.kind === "blank" ? (
              <b key={segment.index}>{words[segment.index]}</b>
            ) : (
              segment.text
            ),
          )}
        </p>
        <div className={classes.actions}>
          <CopyButton
            text={fillIn(text, words)}
            name={fill.copy}
            source={sentence}
            buttonRef={copyRef}
          />
          <button type="button" title={fill.writeBackHelp} onClick={onWriteBack}>
            {fill.writeBack}
          </button>
        </div>
      </div>
    </section>
  );
}
