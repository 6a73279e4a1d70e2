// How long a fill takes, beside the version before it, and what int8 makes of the answers.

import type { ReactNode } from "react";
import type { VersionArchive } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import classes from "./archive-page.module.css";

export function Latency({
  archive: { latencyMs, int8 },
}: {
  readonly archive: VersionArchive;
}): ReactNode {
  const { versions } = useLanguage().messages;
  if (latencyMs === null) return <p className={classes.soft}>{versions.noLatency}</p>;
  const { before, threads, precision, ...own } = latencyMs;
  return (
    <p className={classes.soft}>
      {versions.latency(timesOf(own))}
      {before === null ? null : ` ${versions.latencyBefore(timesOf(before))}`}
      {` ${versions.latencyOn(threads, precision)}`}
      {int8 === null
        ? null
        : ` ${versions.int8Agreement(formatPercent(int8.sameTop1), int8.questions)}`}
    </p>
  );
}

function timesOf({ p50, p95 }: { readonly p50: number; readonly p95: number }) {
  return { p50: `${p50} ms`, p95: `${p95} ms` };
}
