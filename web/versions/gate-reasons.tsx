// Why the gate refused a version, one reason a line.

import type { ReactNode } from "react";
import type { GateVerdict } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import { Told } from "../language/told.tsx";

export function GateReasons({ gate }: { readonly gate: GateVerdict }): ReactNode {
  const { versions } = useLanguage().messages;
  return (
    <ul>
      {gate.reasons.map((text, i) => (
        <li key={text}>
          <Told text={text} facts={gate.findings?.[i]} say={versions.finding} />
        </li>
      ))}
    </ul>
  );
}
