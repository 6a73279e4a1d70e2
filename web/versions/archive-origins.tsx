// Where the samples of a version came from and what they are about, in counts.

import type { ReactNode } from "react";
import type { VersionArchive } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import classes from "./archive-page.module.css";

export function Origins({ archive: { origins } }: { readonly archive: VersionArchive }): ReactNode {
  const { versions } = useLanguage().messages;
  if (origins === null) return null;
  const { sources, reviewed, domains, otherDomains } = origins;
  const bySource = sources.map(({ origin, count }) => [versions.sampleOrigins[origin], count]);
  const byDomain = domains.map(({ domain, count }) => [domain ?? versions.noDomain, count]);
  const others = otherDomains === 0 ? [] : [[versions.otherDomains, otherDomains]];
  const rows = [
    [versions.byOrigin, bySource],
    [versions.reviewed, reviewed === 0 ? [] : [["", reviewed]]],
    [versions.byDomain, [...byDomain, ...others]],
  ] as const;
  return (
    <dl className={classes.record}>
      {rows.map(([title, counts]) =>
        counts.length === 0 ? null : (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{counts.map(([name, count]) => `${name} ${count}`.trim()).join(" · ")}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
