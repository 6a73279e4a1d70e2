// All versions of a model, each with what it gained and lost.

import type { ReactNode } from "react";
import type { ListedVersion } from "../../src/wire/index.ts";
import { addressOfVersion } from "../frame/rooms.ts";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import { StateBadge } from "./state-badge.tsx";
import classes from "./versions-page.module.css";

interface VersionListProps {
  readonly model: string;
  readonly versions: readonly ListedVersion[];
}

export function VersionList({ model, versions }: VersionListProps): ReactNode {
  const { locale, messages } = useLanguage();
  const { versions: words, frame } = messages;
  return (
    <ul className={classes.list}>
      {versions.map((version) => (
        <li key={version.version}>
          <p className={classes.name}>
            <a href={addressOfVersion(`${model}@${version.version}`)}>
              {frame.version(version.version)}
            </a>
            <StateBadge version={version} />
          </p>
          <p className={classes.facts}>
            <span>{new Date(version.createdAt).toLocaleString(locale)}</span>
            <span>{words.madeFrom(version)}</span>
          </p>
          <Figures version={version} />
        </li>
      ))}
    </ul>
  );
}

function Figures({ version: { metrics, drift } }: { readonly version: ListedVersion }): ReactNode {
  const { versions } = useLanguage().messages;
  const top1 = metrics?.rows.find(({ name }) => name === "top1");
  const figures = [
    top1 === undefined ? undefined : ([versions.metrics.top1, top1] as const),
    drift === null ? undefined : ([versions.probes, drift.all] as const),
  ].filter((figure) => figure !== undefined);
  if (figures.length === 0) return null;
  return (
    <dl className={classes.figures}>
      {figures.map(([name, { before, after }]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {formatPercent(before)} → {formatPercent(after)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
