import { useState, type ReactNode, type RefObject } from "react";
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
  const segments = excerpt(splitAtBlanks(text), EXCERPT_REACH);
  const shownCount = segments.reduce((sum, segment) => sum + segment.text.length, 0);
  const size = shownCount <= SHORT_MAX ? "large" : shownCount <= MEDIUM_MAX ? "medium" : "small";
  return (
    <section className={classes.section}>
      <h2 className={classes.label}>{fill.filled}</h2>
      <div>
        <p className={classes.sentence} data-size={size} lang="zh-CN">
          {segments.map((segment) =>
            segment.kind === "blank" ? (
              <b key={segment.index}>{words[segment.index]}</b>
            ) : (
              segment.text
            ),
          )}
        </p>
        <div className={classes.actions}>
          <CopyButton text={fillIn(text, words)} buttonRef={copyRef} />
          <button type="button" title={fill.writeBackHelp} onClick={onWriteBack}>
            {fill.writeBack}
          </button>
        </div>
      </div>
    </section>
  );
}

type CopyOutcome = "copied" | "copyByHand";

interface CopyButtonProps {
  readonly text: string;
  readonly buttonRef: RefObject<HTMLButtonElement | null>;
}

/** Says that it was copied for as long as what was copied stands there. */
function CopyButton({ text, buttonRef }: CopyButtonProps): ReactNode {
  const { fill } = useLanguage().messages;
  const [copied, setCopied] = useState<{ readonly text: string; readonly outcome: CopyOutcome }>();
  const outcome = copied?.text === text ? copied.outcome : undefined;
  const copy = async (): Promise<void> => setCopied({ text, outcome: await copyText(text) });
  return (
    <>
      <button ref={buttonRef} type="button" onClick={() => void copy()}>
        {outcome === undefined ? fill.copy : fill[outcome]}
      </button>
      <output className={classes.hidden}>{outcome === undefined ? "" : fill[outcome]}</output>
    </>
  );
}

/** Browsers give the clipboard to secure pages only; elsewhere the sentence is selected instead. */
async function copyText(text: string): Promise<CopyOutcome> {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    const sentence = document.querySelector(`.${classes.sentence}`);
    if (sentence !== null) getSelection()?.selectAllChildren(sentence);
    return "copyByHand";
  }
}
