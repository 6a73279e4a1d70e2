// What came out of a run: before and after, what the gate says, and the way to use it.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { RunResult, TrainingRun } from "../../src/wire/index.ts";
import { addressOf, addressOfVersion } from "../frame/rooms.ts";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import { ReleaseOptions } from "../releases/release-options.tsx";
import type { ReleaseWish } from "../releases/release-wish.ts";
import { GateReasons } from "../versions/gate-reasons.tsx";
import table from "../style/table.module.css";
import classes from "./run-view.module.css";

interface RunResultProps {
  readonly run: TrainingRun;
  readonly result: RunResult;
  readonly stable: string | undefined;
  readonly isActing: boolean;
  readonly onMakeStable: () => void;
  readonly onRelease: (wish?: ReleaseWish) => void;
}

export function RunResultView({ result, ...use }: RunResultProps): ReactNode {
  const { training } = useLanguage().messages;
  const { before, after, gate } = result;
  const rows = [
    ["top1", formatPercent(before.top1), formatPercent(after.top1)],
    ["top3", formatPercent(before.top3), formatPercent(after.top3)],
    ["ece", before.ece.toFixed(3), after.ece.toFixed(3)],
  ] as const;
  return (
    <div className={classes.result}>
      <h3>
        {training.result} · {training.newVersion(result.version)}
      </h3>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" data-text>
              {training.metric}
            </th>
            <th scope="col">{training.before}</th>
            <th scope="col">{training.after}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, was, is]) => (
            <tr key={name}>
              <th scope="row">{training.metrics[name]}</th>
              <td>{was}</td>
              <td>
                <b>{is}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={classes.measured}>{training.measured(result)}</p>
      {gate.passed ? (
        <p>{training.passed}</p>
      ) : (
        <div className={classes.error}>
          <p>{training.refused}</p>
          <GateReasons gate={gate} />
          {use.run.source === "feedback" ? <p>{training.waitAgain}</p> : null}
        </div>
      )}
      <Use {...use} result={result} />
    </div>
  );
}

function Use({ run, result, stable, isActing, ...on }: RunResultProps): ReactNode {
  const { training } = useLanguage().messages;
  const { version, gate } = result;
  if (stable === version) {
    return (
      <p className={classes.use} data-done>
        <output>{training.isStable(version)}</output>
        <Button variant="default" size="sm" component="a" href={addressOf("fill")}>
          {training.goFill}
        </Button>
      </p>
    );
  }
  return (
    <>
      <p className={classes.use}>
        {/* Whoever wants a refused version nevertheless says so in its archive. */}
        {gate.passed ? (
          <>
            <Button size="sm" disabled={isActing} onClick={() => on.onRelease()}>
              {training.release(version)}
            </Button>
            <Button variant="default" size="sm" disabled={isActing} onClick={on.onMakeStable}>
              {training.makeStable(version)}
            </Button>
          </>
        ) : null}
        <a href={addressOfVersion(`${run.model}@${version}`)}>{training.archive}</a>
      </p>
      {gate.passed ? (
        <ReleaseOptions
          model={run.model}
          version={version}
          isRefused={false}
          isActing={isActing}
          onRelease={on.onRelease}
        />
      ) : null}
    </>
  );
}
