// The loss of a run, drawn while it trains.

import type { ReactNode } from "react";
import type { TrainingRun } from "../../src/wire/index.ts";
import { CHART_BOX, LineChart } from "../chart/line-chart.tsx";
import { useLanguage } from "../language/language.tsx";
import { curveShape } from "./curve-shape.ts";
import classes from "./run-view.module.css";

export function LossCurve({ run }: { readonly run: TrainingRun }): ReactNode {
  const { training } = useLanguage().messages;
  const { curve, progress, state } = run;
  const isTraining = state === "running" && progress.phase === "training";
  const totalSteps = isTraining ? progress.total : 0;
  const shape = curveShape(curve, { ...CHART_BOX, totalSteps });
  if (shape === undefined) return <p className={classes.none}>{training.curveNone}</p>;
  const { facts } = training;
  const [most] = shape.range;
  return (
    <LineChart
      label={`${training.curve}: ${facts.loss} ${curve.at(-1)?.loss.toFixed(3)}`}
      lines={[
        { kind: "loss", name: facts.loss, points: shape.loss },
        { kind: "held-out", name: facts.heldOut, points: shape.heldOut },
      ]}
      most={most.toFixed(2)}
      end={training.curveSteps(Math.max(totalSteps, shape.steps))}
    />
  );
}
