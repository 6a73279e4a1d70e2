// How long a fill takes, beside the version before it.

import type { ReactNode } from "react";
import type { VersionArchive } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import classes from "./archive-page.module.css";

export function Latency({
  archive: { latencyMs },
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
    </p>
  );
}

function timesOf({ p50, p95 }: { readonly p50: number; readonly p95: number }) {
  return { p50: `${p50} ms`, p95: `${p95} ms` };
}
