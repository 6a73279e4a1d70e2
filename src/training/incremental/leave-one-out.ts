// What each of many labelled vectors would be called by all the others: ridge regression onto
// classes, each item left out in closed form. Knows neither texts nor models.

/** Strength of the ridge, beside a kernel whose diagonal is 1 on average. */
const RIDGE = 0.1;

/** What the others say of an item that has none of their say. */
export interface Finding {
  /**
   * By how much its own label fits better than the rival, in standard deviations of what the others
   * can tell: below 0 they say the rival.
   */
  readonly margin: number;
  /** The label of others that fits it best. */
  readonly rival: string;
}

/**
 * What each item would be called by the other items alone. Of several labels of an item the one
 * that fits best counts. Undefined where the others say nothing of its labels, since none has one
 * of them, or of any other.
 *
 * With G = (K + ridge)⁻¹, K linear over dimensions of mean 0 and variance 1, the residual of an
 * item left out is (G·y)ᵢ / Gᵢᵢ (Allen 1974, "PRESS"), and 1 / Gᵢᵢ is the variance of what is
 * predicted for it (Rasmussen & Williams 2006, "Gaussian Processes", 5.12): large where few others
 * are like it. The best of n rivals is ahead by chance, the more so the more there are: √n divides
 * too.
 *
 * @param items n vectors of equal length d
 * @param labels those of each item
 */
export function leaveOneOut(
  items: readonly Float32Array[],
  labels: readonly (readonly string[])[],
): (Finding | undefined)[] {
  const counts = new Map<string, number>();
  for (const label of labels.flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
  const classes = [...counts].flatMap(([label, count]) => (count > 1 ? [label] : []));
  if (classes.length < 2) return labels.map(() => undefined);
  const inverse = inverseOf(ridgeKernel(standardised(items)));
  const scored = classes.map((label) => ({
    label,
    scores: leftOutScores(
      inverse,
      labels.map((each) => (each.includes(label) ? 1 : 0)),
    ),
  }));
  return labels.map((own, i) => {
    const fits = scored.map(({ label, scores }) => ({ label, fit: scores[i] as number }));
    const best = fittest(fits.filter(({ label }) => own.includes(label)));
    const rivals = fits.filter(({ label }) => !own.includes(label));
    const rival = fittest(rivals);
    if (best === undefined || rival === undefined) return undefined;
    const deviation = Math.sqrt(rivals.length / (inverse[i]?.[i] as number));
    return { margin: (best.fit - rival.fit) / deviation, rival: rival.label };
  });
}

interface Fit {
  readonly label: string;
  readonly fit: number;
}

function fittest(fits: readonly Fit[]): Fit | undefined {
  return fits.toSorted((a, b) => b.fit - a.fit)[0];
}

/** Each dimension with mean 0 and variance 1; one that never varies becomes 0. */
function standardised(items: readonly Float32Array[]): Float64Array[] {
  const width = items[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, k) => {
    const values = items.map((item) => item[k] as number);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, scale: variance > 0 ? 1 / Math.sqrt(variance) : 0 };
  });
  return items.map((item) =>
    Float64Array.from(columns, ({ mean, scale }, k) => ((item[k] as number) - mean) * scale),
  );
}

/** float64 [n, n], rows. */
function ridgeKernel(items: readonly Float64Array[]): Float64Array[] {
  return items.map((a, i) => {
    return Float64Array.from(items, (b, j) => {
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
      return sum / a.length + (i === j ? RIDGE : 0);
    });
  });
}

function leftOutScores(inverse: readonly Float64Array[], targets: readonly number[]): number[] {
  const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length;
  return targets.map((target, i) => {
    const row = inverse[i] as Float64Array;
    let residual = 0;
    for (let j = 0; j < row.length; j++) {
      residual += (row[j] as number) * ((targets[j] as number) - mean);
    }
    return target - residual / (row[i] as number);
  });
}

/** Inverse of a symmetric positive definite matrix, by Gauss and Jordan without pivoting. */
function inverseOf(matrix: readonly Float64Array[]): Float64Array[] {
  const size = matrix.length;
  const left = matrix.map((row) => Float64Array.from(row));
  for (let p = 0; p < size; p++) {
    const pivotRow = left[p] as Float64Array;
    const pivot = 1 / (pivotRow[p] as number);
    pivotRow[p] = 1;
    for (let k = 0; k < size; k++) pivotRow[k] = (pivotRow[k] as number) * pivot;
    for (const [i, row] of left.entries()) {
      if (i === p) continue;
      const factor = row[p] as number;
      row[p] = 0;
      for (let k = 0; k < size; k++) {
        row[k] = (row[k] as number) - factor * (pivotRow[k] as number);
      }
    }
  }
  return left;
}
