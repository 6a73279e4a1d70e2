// This version beside another one. Only probes are the same questions for both; what was held out is
// each version's own.

import { useState, type ReactNode } from "react";
import type { ListedVersion, VersionArchive } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import field from "../style/field.module.css";
import table from "../style/table.module.css";
import { points } from "./archive-figures.tsx";
import classes from "./archive-page.module.css";

interface ComparisonProps {
  readonly archive: VersionArchive;
  readonly versions: readonly ListedVersion[];
}

export function Comparison({ archive, versions }: ComparisonProps): ReactNode {
  const { versions: words, frame } = useLanguage().messages;
  const others = versions.filter(({ version }) => version !== archive.version);
  const [chosen, setChosen] = useState("");
  const other = others.find(({ version }) => version === chosen);
  if (others.length === 0) return <p className={classes.soft}>{words.onlyOne}</p>;
  return (
    <>
      <label className={classes.compareWith}>
        {words.compareWith}
        <select
          className={field.field}
          value={other?.version ?? ""}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        >
          <option value="">–</option>
          {others.map(({ version }) => (
            <option key={version} value={version}>
              {frame.version(version)}
            </option>
          ))}
        </select>
      </label>
      {other === undefined ? null : <Beside archive={archive} other={other} />}
    </>
  );
}

function Beside({ archive, other }: { archive: VersionArchive; other: ListedVersion }): ReactNode {
  const { versions, frame } = useLanguage().messages;
  const rows = compared(other.drift, archive.drift);
  if (rows.length === 0) return <p className={classes.soft}>{versions.nothingToCompare}</p>;
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col" data-text>
            {versions.suite}
          </th>
          <th scope="col">{frame.version(other.version)}</th>
          <th scope="col">{frame.version(archive.version)}</th>
          <th scope="col">{versions.changeInPoints}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ suite, there, here }) => (
          <tr key={suite}>
            <th scope="row">{versions.suiteName(suite)}</th>
            <td>{formatPercent(there)}</td>
            <td>{formatPercent(here)}</td>
            <td>{points(here - there)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Drift = VersionArchive["drift"];

/** Suites that both were asked; how each did when it was made. */
function compared(
  there: Drift,
  here: Drift,
): { readonly suite: string | null; readonly there: number; readonly here: number }[] {
  const ofThere = there === null ? [] : [...there.suites, there.all];
  const ofHere = here === null ? [] : [...here.suites, here.all];
  return ofHere.flatMap(({ suite, after }) => {
    const found = ofThere.find((each) => each.suite === suite);
    return found === undefined ? [] : [{ suite, there: found.after, here: after }];
  });
}
