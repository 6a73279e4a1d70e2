// The loss of a run, drawn while it trains.

import type { ReactNode } from "react";
import type { TrainingRun } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import { curveShape } from "./curve-shape.ts";
import classes from "./loss-curve.module.css";

const WIDTH = 600;
const HEIGHT = 160;

export function LossCurve({ run }: { readonly run: TrainingRun }): ReactNode {
  const { training } = useLanguage().messages;
  const { curve, progress, state } = run;
  const isTraining = state === "running" && progress.phase === "training";
  const totalSteps = isTraining ? progress.total : 0;
  const shape = curveShape(curve, { width: WIDTH, height: HEIGHT, totalSteps });
  if (shape === undefined) return <p className={classes.none}>{training.curveNone}</p>;
  const newest = curve.at(-1);
  const { facts } = training;
  const [most] = shape.range;
  return (
    <figure className={classes.figure}>
      <svg
        viewBox={`-4 -4 ${WIDTH + 8} ${HEIGHT + 8}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${training.curve}: ${facts.loss} ${newest?.loss.toFixed(3)}`}
      >
        <line x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} className={classes.axis} />
        <line x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} className={classes.grid} />
        <line x1="0" x2={WIDTH} y1="0" y2="0" className={classes.grid} />
        <polyline points={shape.loss} className={classes.loss} />
        <polyline points={shape.heldOut} className={classes.heldOut} />
      </svg>
      <figcaption>
        <span className={classes.key} data-line="loss">
          {facts.loss}
        </span>
        {newest?.heldOutLoss === undefined ? null : (
          <span className={classes.key} data-line="held-out">
            {facts.heldOut}
          </span>
        )}
        <span>↑ {most.toFixed(2)}</span>
        <span>→ {training.curveSteps(Math.max(totalSteps, shape.steps))}</span>
      </figcaption>
    </figure>
  );
}
