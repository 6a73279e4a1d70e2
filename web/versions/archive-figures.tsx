// What a version gained and lost, as figures and as bars.

import type { ReactNode } from "react";
import { formatInterval, type Interval } from "../../src/base/index.ts";
import type { ArchivedDrift, ArchivedMetric, VersionArchive } from "../../src/wire/index.ts";
import { formatPValue } from "../language/chance.ts";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import table from "../style/table.module.css";
import classes from "./archive-page.module.css";

const SHARES: readonly ArchivedMetric["name"][] = ["top1", "top3", "top5"];

/** On samples, before and after. */
export function MetricsTable({
  archive: { metrics },
}: {
  readonly archive: VersionArchive;
}): ReactNode {
  const { versions } = useLanguage().messages;
  if (metrics === null) return <p className={classes.soft}>{versions.unmeasured}</p>;
  return (
    <>
      <p className={classes.soft}>{versions.measuredOn[metrics.on](metrics.count)}</p>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" data-text>
              {versions.metric}
            </th>
            <th scope="col">{versions.before}</th>
            <th scope="col">{versions.after}</th>
            <th scope="col">{versions.change}</th>
          </tr>
        </thead>
        <tbody>
          {metrics.rows.map(({ name, before, after, difference, ...intervals }) => (
            <tr key={name}>
              <th scope="row">{versions.metrics[name]}</th>
              <td>
                {shown(name, before)}
                <Range interval={intervals.beforeInterval} />
              </td>
              <td>
                {shown(name, after)}
                <Range interval={intervals.afterInterval} />
              </td>
              <td>
                {SHARES.includes(name) ? versions.points(points(difference)) : changed(difference)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {metrics.rows.some(({ afterInterval }) => afterInterval !== null) ? (
        <p className={classes.soft}>{versions.aboutInterval}</p>
      ) : null}
    </>
  );
}

/** The interval of a figure below it, where it is known. */
function Range({ interval }: { readonly interval: Interval | null }): ReactNode {
  return interval === null ? null : (
    <span className={classes.count}>{formatInterval(interval)}</span>
  );
}

/** Of each suite of probes and of each domain, two bars: before and after. */
export function DriftChart({
  drift: { suites, all, domains },
}: {
  readonly drift: NonNullable<VersionArchive["drift"]>;
}): ReactNode {
  const { versions } = useLanguage().messages;
  return (
    <>
      <p className={classes.soft}>{versions.aboutProbes}</p>
      <DriftTable title={versions.suite}>
        {[...suites, all].map((each) => (
          <DriftRow key={each.suite} name={versions.suiteName(each.suite)} drift={each} />
        ))}
      </DriftTable>
      {domains.length === 0 ? null : (
        <>
          <p className={classes.soft}>{versions.aboutDomains}</p>
          <DriftTable title={versions.domain}>
            {domains.map((each) => (
              <DriftRow
                key={`${each.on} ${each.domain}`}
                name={each.domain}
                kind={versions.domainOn[each.on]}
                drift={each}
              />
            ))}
          </DriftTable>
        </>
      )}
    </>
  );
}

interface DriftTableProps {
  readonly title: string;
  readonly children: ReactNode;
}

function DriftTable({ title, children }: DriftTableProps): ReactNode {
  const { versions } = useLanguage().messages;
  return (
    <table className={`${table.table} ${classes.drift}`}>
      <thead>
        <tr>
          <th scope="col" data-text>
            {title}
          </th>
          <th scope="col" data-text>
            <span className={classes.key}>{versions.before}</span>{" "}
            <span className={classes.key} data-after>
              {versions.after}
            </span>
          </th>
          <th scope="col">{versions.changeInPoints}</th>
          <th scope="col">{versions.divergence}</th>
          <th scope="col">p</th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

interface DriftRowProps {
  readonly name: string;
  readonly kind?: string;
  readonly drift: Omit<ArchivedDrift, "suite">;
}

function DriftRow({ name, kind, drift }: DriftRowProps): ReactNode {
  const { versions } = useLanguage().messages;
  const { count, before, after, difference, flipRate, divergence, pValue } = drift;
  return (
    <tr>
      <th scope="row">
        {name}
        {kind === undefined ? null : <span className={classes.count}>{kind}</span>}
        <span className={classes.count}>{versions.questions(count)}</span>
        <span className={classes.count}>{versions.flipped(formatPercent(flipRate))}</span>
      </th>
      <td className={classes.bars} data-text>
        <Bar share={before} />
        <Bar share={after} isAfter />
      </td>
      <td>{points(difference)}</td>
      <td>{divergence?.toFixed(3) ?? "–"}</td>
      <td>{formatPValue(pValue)}</td>
    </tr>
  );
}

function Bar({
  share,
  isAfter,
}: {
  readonly share: number;
  readonly isAfter?: boolean;
}): ReactNode {
  return (
    <span className={classes.bar} data-after={isAfter === true || undefined}>
      <span className={classes.track} aria-hidden="true">
        <span style={{ inlineSize: `${share * 100}%` }} />
      </span>
      {formatPercent(share)}
    </span>
  );
}

function shown(name: ArchivedMetric["name"], value: number): string {
  if (SHARES.includes(name)) return formatPercent(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}

function changed(difference: number): string {
  const size = Math.abs(difference);
  return signOf(difference) + (Number.isInteger(size) ? String(size) : size.toFixed(3));
}

/** A difference of shares, in percentage points. */
export function points(difference: number): string {
  return signOf(difference) + (100 * Math.abs(difference)).toFixed(1);
}

function signOf(value: number): string {
  return value > 0 ? "+" : value < 0 ? "−" : "±";
}
