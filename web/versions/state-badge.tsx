import type { ReactNode } from "react";
import type { ListedVersion } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import classes from "./versions-page.module.css";

/** Whether a version is the stable one, or one that the gate refused. */
export function StateBadge({
  version: { isStable, state },
}: {
  readonly version: Pick<ListedVersion, "isStable" | "state">;
}): ReactNode {
  const { versions } = useLanguage().messages;
  const shown = isStable ? "stable" : state === "ready" ? undefined : state;
  if (shown === undefined) return null;
  return (
    <span className={classes.badge} data-state={shown}>
      {versions.states[shown]}
    </span>
  );
}
