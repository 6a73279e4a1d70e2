// Which versions /metrics tells of: those that are live, and of the others those that were heard of
// last, long enough for whoever reads the metrics to have seen their end. It counts nothing itself.

export interface VersionLabels {
  readonly model: string;
  readonly version: string;
}

/** Versions that are told of although they are not live any more. */
const GONE_MAX = 32;

export class VersionSeries {
  readonly #live: () => readonly VersionLabels[];
  readonly #forget: (labels: VersionLabels) => void;
  /** By name; what was heard of last is the last. */
  readonly #known = new Map<string, VersionLabels>();

  /** `forget` removes all that is told of a version. */
  constructor(live: () => readonly VersionLabels[], forget: (labels: VersionLabels) => void) {
    this.#live = live;
    this.#forget = forget;
  }

  /** Something is counted of a version. */
  hear({ model, version }: VersionLabels): void {
    const labels = { model, version };
    const name = nameOf(labels);
    const isKnown = this.#known.delete(name);
    this.#known.set(name, labels);
    if (!isKnown) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const live = new Set(this.#live().map(nameOf));
    const gone = [...this.#known].filter(([name]) => !live.has(name));
    for (const [name, labels] of gone.slice(0, -GONE_MAX)) {
      this.#known.delete(name);
      this.#forget(labels);
    }
  }
}

function nameOf({ model, version }: VersionLabels): string {
  return `${model}@${version}`;
}
