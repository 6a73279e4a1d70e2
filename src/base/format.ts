// Numbers as people read them.

/** A share, 0..1: "98.2 %" */
export function formatPercent(share: number): string {
  return `${formatPoints(share)} %`;
}

/** A difference of shares in percentage points: "1.5" */
export function formatPoints(difference: number): string {
  return (100 * difference).toFixed(1);
}
