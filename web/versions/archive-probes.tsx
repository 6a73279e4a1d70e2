// What a version makes of fixed questions: as it was when it was made, measured since, or how to find
// out.

import type { ReactNode } from "react";
import { formatInterval } from "../../src/base/index.ts";
import type { VersionArchive } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import table from "../style/table.module.css";
import { Accuracy } from "./archive-accuracy.tsx";
import { DriftChart } from "./archive-figures.tsx";
import classes from "./archive-page.module.css";

interface PartProps {
  readonly archive: VersionArchive;
}

export function Questions({ archive }: PartProps): ReactNode {
  const { drift, accuracy, probes } = archive;
  if (drift === null && accuracy === null && probes === null) {
    return <Unmeasured archive={archive} />;
  }
  return (
    <>
      {accuracy === null ? null : <Accuracy accuracy={accuracy} />}
      {drift === null ? null : <DriftChart drift={drift} />}
      {probes === null ? null : <Probes probes={probes} />}
    </>
  );
}

/** Whose files are gone, that cannot be measured any more. */
function Unmeasured({ archive: { model, version, state, isStable } }: PartProps): ReactNode {
  const { versions } = useLanguage().messages;
  return (
    <p className={classes.soft}>
      {versions.unmeasured}
      {state === "cleaned" ? null : (
        <>
          {" "}
          {versions.howToMeasure[isStable ? "stable" : "other"]}{" "}
          <code>{`whetstone probes run ${model}@${version}`}</code>
        </>
      )}
    </p>
  );
}

function Probes({
  probes: { at, results },
}: {
  readonly probes: NonNullable<VersionArchive["probes"]>;
}): ReactNode {
  const { locale, messages } = useLanguage();
  const { versions, probes } = messages;
  return (
    <>
      <p className={classes.soft}>{versions.measuredSince(new Date(at).toLocaleString(locale))}</p>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" data-text>
              {versions.suite}
            </th>
            <th scope="col">{versions.metrics.top1}</th>
            <th scope="col">{versions.metrics.top3}</th>
            <th scope="col">{versions.metrics.ece}</th>
          </tr>
        </thead>
        <tbody>
          {results.map(({ suite, count, top1, top3, ece, eceInterval }) => (
            <tr key={suite}>
              <th scope="row">
                {probes.suites[suite] ?? suite}
                <span className={classes.count}>{versions.questions(count)}</span>
              </th>
              <td>{formatPercent(top1)}</td>
              <td>{formatPercent(top3)}</td>
              <td>
                {ece.toFixed(3)}
                {eceInterval === null ? null : (
                  <span className={classes.count}>{formatInterval(eceInterval)}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
