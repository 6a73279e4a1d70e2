// Copies a text, or selects it where the browser does not let a page copy.

import { useState, type ReactNode, type RefObject } from "react";
import { useLanguage } from "../language/language.tsx";
import section from "../style/section.module.css";

type CopyOutcome = "copied" | "copyByHand";

interface CopyButtonProps {
  readonly text: string;
  /** What the button says before it is pressed. */
  readonly name: string;
  /** Where the text stands on the page. */
  readonly source: RefObject<HTMLElement | null>;
  readonly buttonRef?: RefObject<HTMLButtonElement | null>;
}

/** Says that it was copied for as long as what was copied stands there. */
export function CopyButton({ text, name, source, buttonRef }: CopyButtonProps): ReactNode {
  const { fill } = useLanguage().messages;
  const [copied, setCopied] = useState<{ readonly text: string; readonly outcome: CopyOutcome }>();
  const outcome = copied?.text === text ? copied.outcome : undefined;
  const copy = async (): Promise<void> => {
    setCopied({ text, outcome: await copyText(text, source.current) });
  };
  return (
    <>
      <button ref={buttonRef} type="button" onClick={() => void copy()}>
        {outcome === undefined ? name : fill[outcome]}
      </button>
      <output className={section.hidden}>{outcome === undefined ? "" : fill[outcome]}</output>
    </>
  );
}

/** Browsers give the clipboard to secure pages only; elsewhere the text is selected instead. */
async function copyText(text: string, source: HTMLElement | null): Promise<CopyOutcome> {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    if (source !== null) getSelection()?.selectAllChildren(source);
    return "copyByHand";
  }
}
