// Numbers as people read them.

/** A share, 0..1: "98.2 %" */
export function formatPercent(share: number): string {
  return `${formatPoints(share)} %`;
}

/** A difference of shares in percentage points: "1.5" */
export function formatPoints(difference: number): string {
  return (100 * difference).toFixed(1);
}

/** Between which bounds a figure lies as far as a sample tells. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A figure with its interval where that is known: "0.102 (0.093–0.112)" */
export function formatEstimate(value: number, interval: Interval | null): string {
  return value.toFixed(3) + (interval === null ? "" : ` (${formatInterval(interval)})`);
}

/** "0.093–0.112" */
export function formatInterval({ low, high }: Interval): string {
  return `${low.toFixed(3)}–${high.toFixed(3)}`;
}
