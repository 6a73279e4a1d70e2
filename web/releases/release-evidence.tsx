// What is known of a release: both arms over time, the gates, what a shadow said, and what happened.

import type { ReactNode } from "react";
import { CHART_BOX, LineChart, type ChartLine } from "../chart/line-chart.tsx";
import { FactList } from "../frame/fact-list.tsx";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import type { ReleasesMessages } from "../language/releases-messages.ts";
import table from "../style/table.module.css";
import { armCurves, type CurveName } from "./arm-curves.ts";
import { MoveList } from "./move-list.tsx";
import type { Arm, Move, Release } from "./release-view.ts";
import classes from "./releases-page.module.css";

interface EvidenceProps {
  readonly release: Release;
}

const CURVES: readonly CurveName[] = ["requests", "errors", "latency"];
const ARMS: readonly Arm[] = ["stable", "canary"];

export function Curves({ release }: EvidenceProps): ReactNode {
  const { releases } = useLanguage().messages;
  return (
    <section className={classes.part}>
      <h3>{releases.titles.curves}</h3>
      {release.curve.length === 0 ? (
        <p className={classes.soft}>{releases.noCurve}</p>
      ) : (
        <div className={classes.curves}>
          {CURVES.map((name) => (
            <Curve key={name} name={name} release={release} />
          ))}
        </div>
      )}
    </section>
  );
}

/** The key says what the newest values are, so that nobody has to read them off a line. */
function Curve({ name, release }: EvidenceProps & { readonly name: CurveName }): ReactNode {
  const { releases } = useLanguage().messages;
  const curves = armCurves(release.curve, name, CHART_BOX);
  if (curves === undefined) return null;
  const title = releases.curves[name];
  const said = (arm: Arm): string | undefined => {
    const value = curves.newest[arm];
    return value === undefined ? undefined : releases.curveValue(name, value);
  };
  const lines = ARMS.map((arm): ChartLine => {
    const points = curves.lines[arm];
    return { kind: arm, name: `${releases.arms[arm]} ${said(arm) ?? ""}`, points };
  });
  return (
    <LineChart
      label={releases.curveLabel(title, { stable: said("stable"), canary: said("canary") })}
      title={title}
      lines={lines}
      most={releases.curveValue(name, curves.most)}
      end={releases.curveEnd(curves.seconds)}
      isSmall
    />
  );
}

export function Checks({ release: { checks } }: EvidenceProps): ReactNode {
  const { releases } = useLanguage().messages;
  return (
    <section className={classes.part}>
      <h3>{releases.titles.checks}</h3>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" data-text>
              {releases.check}
            </th>
            <th scope="col" data-text>
              {releases.verdict}
            </th>
            <th scope="col">{releases.now}</th>
            <th scope="col">{releases.limit}</th>
          </tr>
        </thead>
        <tbody>
          {checks.map(({ name, state, value, limit }) => (
            <tr key={name}>
              <th scope="row">{releases.checks[name]}</th>
              <td data-text>
                <Verdict state={value === null ? "unknown" : state} />
              </td>
              <td>{value === null ? "–" : formatShare(value)}</td>
              <td>{formatShare(limit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface VerdictProps {
  /** unknown: there is nothing to judge by yet. */
  readonly state: keyof ReleasesMessages["checkStates"];
}

function Verdict({ state }: VerdictProps): ReactNode {
  const { releases } = useLanguage().messages;
  return (
    <span className={classes.check} data-state={state}>
      {releases.checkStates[state]}
    </span>
  );
}

/** What the gates look at may be more than the whole: memory. */
function formatShare(share: number): string {
  return share > 1 ? `${(100 * share).toFixed(0)}%` : formatPercent(share);
}

export function Agreement({ release: { agreement } }: EvidenceProps): ReactNode {
  const { releases } = useLanguage().messages;
  const { compared, sameFirst, firstInThree, meanScoreDifference } = agreement;
  const names = releases.agreement;
  const shown = [
    [names.compared, String(compared)],
    [names.sameFirst, formatPercent(sameFirst / compared)],
    [names.firstInThree, formatPercent(firstInThree / compared)],
    [names.meanScoreDifference, meanScoreDifference.toFixed(3)],
  ] as const;
  return (
    <section className={classes.part}>
      <h3>{releases.titles.agreement}</h3>
      <p className={classes.soft}>{releases.aboutShadow}</p>
      {compared === 0 ? (
        <p className={classes.soft}>{releases.noAgreement}</p>
      ) : (
        <FactList facts={shown} />
      )}
    </section>
  );
}

export function History({ moves }: { readonly moves: readonly Move[] }): ReactNode {
  const { releases } = useLanguage().messages;
  if (moves.length === 0) return null;
  return (
    <section className={classes.part}>
      <h3>{releases.titles.history}</h3>
      <MoveList moves={moves} />
    </section>
  );
}
