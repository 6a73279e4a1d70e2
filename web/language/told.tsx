// Sentences that the server has in English: in the console's language where the facts are told,
// else marked as English.

import type { ReactNode } from "react";

interface ToldProps<Facts> {
  readonly text: string;
  /** Undefined where the server kept nothing but the sentence. */
  readonly facts: Facts | undefined;
  /** Undefined where the console speaks the server's language. */
  readonly say: ((facts: Facts) => string) | undefined;
}

export function Told<Facts>({ text, facts, say }: ToldProps<Facts>): ReactNode {
  if (facts === undefined || say === undefined) return <span lang="en">{text}</span>;
  return <span>{say(facts)}</span>;
}

interface QuotedProps {
  /** What the server says, in English. */
  readonly text: string;
  /** The sentence around it, in the console's language. */
  readonly say: (text: string) => string;
}

/** Stands where the quoted text belongs; occurs in no sentence. */
const PLACE = "\uFFFC";

export function Quoted({ text, say }: QuotedProps): ReactNode {
  const [before, after] = say(PLACE).split(PLACE);
  return (
    <>
      {before}
      <span lang="en">{text}</span>
      {after}
    </>
  );
}
