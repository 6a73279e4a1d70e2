// Lines in a box that is as wide as there is room, with a key below. What they mean is said in words.

import type { ReactNode } from "react";
import classes from "./line-chart.module.css";

/** The size that the places of a drawing are counted in; on the page it is stretched. */
export interface ChartBox {
  readonly width: number;
  readonly height: number;
}

export const CHART_BOX: ChartBox = { width: 600, height: 160 };

export interface ChartLine {
  readonly kind: "loss" | "held-out" | "stable" | "canary";
  readonly name: string;
  /** As in the attribute `points` of a polyline, within CHART_BOX; empty: it is not drawn. */
  readonly points: string;
}

interface LineChartProps {
  /** Everything that the drawing shows, for those who do not see it. */
  readonly label: string;
  readonly title?: string | undefined;
  readonly lines: readonly ChartLine[];
  /** What the top and the right end are. */
  readonly most: string;
  readonly end: string;
  readonly isSmall?: boolean;
}

export function LineChart(props: LineChartProps): ReactNode {
  const { label, title, lines, most, end, isSmall } = props;
  const { width, height } = CHART_BOX;
  const drawn = lines.filter(({ points }) => points !== "");
  return (
    <figure className={classes.figure} data-small={isSmall === true || undefined}>
      {title === undefined ? null : <h4>{title}</h4>}
      <svg
        viewBox={`-4 -4 ${width + 8} ${height + 8}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        <line x1="0" x2={width} y1={height} y2={height} className={classes.axis} />
        <line x1="0" x2={width} y1={height / 2} y2={height / 2} className={classes.grid} />
        <line x1="0" x2={width} y1="0" y2="0" className={classes.grid} />
        {drawn.map(({ kind, points }) => (
          <polyline key={kind} points={points} data-line={kind} />
        ))}
      </svg>
      <figcaption>
        {drawn.map(({ kind, name }) => (
          <span key={kind} className={classes.key} data-line={kind}>
            {name}
          </span>
        ))}
        <span>↑ {most}</span>
        <span>→ {end}</span>
      </figcaption>
    </figure>
  );
}
