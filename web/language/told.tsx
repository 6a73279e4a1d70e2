// A sentence that the server has in English, in the console's language where the facts are told.

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
