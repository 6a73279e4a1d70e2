// What the versions of a model made of its suites over time: a small curve for each suite.

import { Button } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { formatEstimate } from "../../src/base/index.ts";
import type { CurrentProbe, ProbeResult } from "../../src/wire/index.ts";
import { getProbeRuns, postProbeRun } from "../api/client.ts";
import { FailureNotice, NoticeBox } from "../frame/notices.tsx";
import { ScheduleNote } from "../frame/schedule-note.tsx";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import { Quoted } from "../language/told.tsx";
import { historiesOf, historyShape, type SuiteHistory } from "./probe-history.ts";
import classes from "./probe-panel.module.css";
import { createProbeSession } from "./probe-session.ts";

const WIDTH = 240;
const HEIGHT = 40;

export function ProbePanel({ model }: { readonly model: string }): ReactNode {
  const { probes } = useLanguage().messages;
  const [session] = useState(() =>
    createProbeSession(model, {
      history: getProbeRuns,
      start: postProbeRun,
      after: (delayMs, run) => {
        const handle = setTimeout(run, delayMs);
        return () => clearTimeout(handle);
      },
    }),
  );
  const { history, failure } = useSyncExternalStore(session.subscribe, session.state);
  useEffect(() => {
    void session.load();
    return session.close;
  }, [session]);
  const histories = historiesOf(history?.runs ?? []);
  const current = history?.current ?? null;
  const lastFailure = history?.failure ?? null;
  return (
    <section className={classes.panel} aria-labelledby="probes-title">
      <header className={classes.head}>
        <h2 id="probes-title">{probes.title}</h2>
        <Button
          variant="default"
          size="xs"
          disabled={history === undefined || current !== null}
          onClick={() => void session.start()}
        >
          {probes.start}
        </Button>
        <output>{current === null ? null : <Current current={current} />}</output>
      </header>
      <ScheduleNote task="probes" />
      {failure === undefined ? null : (
        <FailureNotice failure={failure} onRetry={() => void session.load()} />
      )}
      {lastFailure === null ? null : (
        <p className={classes.failed}>
          <Quoted text={lastFailure.message} say={probes.failed} />
        </p>
      )}
      {history === undefined ? (
        failure === undefined && <p className={classes.soft}>{probes.loading}</p>
      ) : histories.length === 0 ? (
        <NoticeBox {...probes.empty} />
      ) : (
        <ul className={classes.suites}>
          {histories.map((each) => (
            <SuiteRow key={each.suite} history={each} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Current({ current }: { readonly current: CurrentProbe }): ReactNode {
  const { probes } = useLanguage().messages;
  const { version, done, total } = current;
  return probes.measuring(version, total === 0 ? undefined : done / total);
}

function SuiteRow({ history }: { readonly history: SuiteHistory }): ReactNode {
  const { locale, messages } = useLanguage();
  const { probes } = messages;
  const { suite, kind, newest, points } = history;
  const last = points.at(-1);
  const name = probes.suites[suite] ?? suite;
  const when = last === undefined ? "" : new Date(last.at).toLocaleString(locale);
  return (
    <li className={classes.suite}>
      <p className={classes.name}>
        <b>{name}</b>
        <span>{probes.kinds[kind]}</span>
        <span>{probes.questions(newest.count)}</span>
      </p>
      <Sparkline history={history} label={probes.curve(name, points.length)} />
      <Figures result={newest} />
      <p className={classes.soft}>{last && probes.measured(last.version, when)}</p>
    </li>
  );
}

function Sparkline(props: { readonly history: SuiteHistory; readonly label: string }): ReactNode {
  const { probes } = useLanguage().messages;
  const { points } = props.history;
  const shape = historyShape(points, { width: WIDTH, height: HEIGHT });
  const [least, most] = shape.range;
  const first = points[0]?.version ?? "";
  const versions = [first, ...shape.changes.map(({ version }) => version)];
  return (
    <figure className={classes.spark}>
      <svg viewBox={`-4 -4 ${WIDTH + 8} ${HEIGHT + 8}`} role="img" aria-label={props.label}>
        <line x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} className={classes.axis} />
        {shape.changes.map(({ x, version }) => (
          <line key={`${version} ${x}`} x1={x} x2={x} y1="0" y2={HEIGHT} className={classes.change}>
            <title>{version}</title>
          </line>
        ))}
        <polyline points={shape.line} className={classes.line} />
        <circle cx={shape.newest.x} cy={shape.newest.y} r="3" className={classes.dot} />
      </svg>
      <figcaption>
        {formatPercent(least)} – {formatPercent(most)} · {probes.versions(versions.join(" → "))}
      </figcaption>
    </figure>
  );
}

function Figures({ result }: { readonly result: ProbeResult }): ReactNode {
  const { probes } = useLanguage().messages;
  const { top1, top3, mrr, ece, eceInterval, brier, flipRate, previousVersion, paired } = result;
  const figures: readonly (readonly [string, string])[] = [
    [probes.top1, formatPercent(top1)],
    [probes.top3, formatPercent(top3)],
    ...known(probes.mrr, mrr),
    [probes.ece, formatEstimate(ece, eceInterval)],
    ...known(probes.brier, brier),
    ...(flipRate === null || previousVersion === null
      ? []
      : [[probes.flipped(previousVersion), formatPercent(flipRate)] as const]),
    ...(paired === null ? [] : [[probes.against(paired.version), probes.paired(paired)] as const]),
  ];
  return (
    <dl className={classes.figures}>
      {figures.map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A figure that older measurements lack. */
function known(title: string, value: number | null): (readonly [string, string])[] {
  return value === null ? [] : [[title, value.toFixed(3)]];
}
