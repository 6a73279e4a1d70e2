// How a version answers the suites that began without weights: there is nothing to compare with.

import type { ReactNode } from "react";
import type { VersionArchive } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import table from "../style/table.module.css";
import classes from "./archive-page.module.css";

interface AccuracyProps {
  readonly accuracy: NonNullable<VersionArchive["accuracy"]>;
}

export function Accuracy({ accuracy: { all, suites } }: AccuracyProps): ReactNode {
  const { versions } = useLanguage().messages;
  return (
    <>
      <p className={classes.soft}>{versions.aboutAccuracy}</p>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" data-text>
              {versions.suite}
            </th>
            <th scope="col">{versions.count}</th>
            <th scope="col">{versions.right}</th>
          </tr>
        </thead>
        <tbody>
          {[...suites, all].map(({ suite, count, accuracy }) => (
            <tr key={suite}>
              <th scope="row">{versions.suiteName(suite)}</th>
              <td>{count}</td>
              <td>{formatPercent(accuracy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
