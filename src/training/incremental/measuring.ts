// Everything that an incremental training measures: the version before, the α to choose among, and
// the version after, all through one set of cached activations.

import { required } from "../../base/index.ts";
import { patched, type Differences, type Weights } from "../../checkpoint/index.ts";
import {
  createFiller,
  evaluateFiller,
  fillerPartsOver,
  readSettings,
  type FillMaskSettings,
  type FillMetrics,
} from "../../tasks/fill-mask/index.ts";
import type { GateLimits } from "../gate.ts";
import type { RunControl } from "../recipes/recipe.ts";
import { stepReporter } from "../step-reporter.ts";
import type { Adaptation } from "./adaptation.ts";
import { cachedScorer } from "./cached-scorer.ts";
import { domainQuestions, type DomainQuestion } from "./domain-questions.ts";
import { driftReport, type DriftReport } from "./drift.ts";
import { measuredRows, measuredSamples, type Material } from "./material.ts";
import type { CachedPrefix } from "./prefix-process.ts";
import {
  cachedMeasuring,
  comparedOutcomes,
  featuresOf,
  firstOutcomesOf,
  laterOutcomes,
  probeOutcomes,
  type FirstOutcome,
  type LaterOutcome,
  type ProbeOutcome,
  type RowMeasuring,
} from "./row-loss.ts";
import { asQuestion } from "./rows.ts";
import type { TuningStart } from "./start.ts";
import { ALPHAS, chooseAlpha, type SweepPoint } from "./sweep.ts";
import { KnownTokens, overconfidence, temperatureFor } from "./temperature.ts";
import type { FeaturedRow } from "./tuning-batches.ts";
import { setWeights, type SuffixScorer, type SuffixWeight } from "./tuning-step.ts";

export interface Parts {
  readonly start: TuningStart;
  readonly adaptation: Adaptation;
  readonly material: Material;
  readonly prefix: CachedPrefix;
  /** Scores with the start's weights as they are; one session serves the whole run. */
  readonly scorer: SuffixScorer;
  readonly control: RunControl;
  readonly limits: GateLimits;
}

/** What a version can do, as it is remembered between attempts. */
export interface Measured {
  readonly metrics: FillMetrics;
  readonly probes: readonly FirstOutcome[];
  readonly guards: readonly FirstOutcome[];
  readonly domains: readonly FirstOutcome[];
}

/** What a training begins with, as it is remembered between attempts. */
interface TuningBefore extends Measured {
  /** On some of the probes, under the temperature of the version. */
  readonly overconfidence: number;
}

/** What the weights say of the probes, and how sure they may be of it. */
interface Probed {
  readonly outcomes: readonly LaterOutcome[];
  readonly temperature: number;
}

/** How far to go, and what was found there. */
export interface Sweep {
  readonly points: readonly SweepPoint[];
  readonly chosen: SweepPoint;
  /** Against the base, as a patch stores them. */
  readonly differences: Differences;
  readonly temperature: number;
  readonly drift: DriftReport;
}

/** Measures the version that a run begins with, the ways it could go, and where it went. */
export class Measurer {
  readonly #parts: Parts;
  readonly #modelDirectory: string;
  readonly #measuring: RowMeasuring;
  readonly #domains: readonly DomainQuestion[];

  constructor(modelDirectory: string, parts: Parts) {
    const { scorer, prefix, start } = parts;
    this.#parts = parts;
    this.#measuring = cachedMeasuring({ scorer, cache: prefix.cache, model: start.suffix.model });
    this.#modelDirectory = modelDirectory;
    this.#domains = domainQuestions(parts.material);
  }

  /** That of the version that the run begins with. */
  get #temperature(): number {
    return readSettings(this.#modelDirectory).temperature ?? 1;
  }

  /** All questions. */
  get asked(): object {
    const { material } = this.#parts;
    const { probes, guards } = material;
    const heldOut = measuredSamples(material);
    return { heldOut, probes, guards, domains: this.#domains, known: KnownTokens.RULE };
  }

  /** The version that the run begins with, where the weights are left. */
  async before(): Promise<TuningBefore> {
    const { start, material } = this.#parts;
    setWeights(start.weights, (name) => required(start.startWeights.get(name), name).data);
    const metrics = await this.#fill("before", readSettings(this.#modelDirectory));
    const asked = { ...material, domains: this.#domains };
    const known = new KnownTokens(material.probes);
    const outcomes = await firstOutcomesOf(asked, this.#measuring, known.see);
    return {
      metrics,
      ...outcomes,
      overconfidence: overconfidence(known.tokens, this.#temperature),
    };
  }

  /** The kept rows with what the base makes of them; leaves the weights as it found them. */
  async keptFeatures(): Promise<FeaturedRow[]> {
    const { start, material } = this.#parts;
    const found = start.weights.map(({ weights }) => weights.slice());
    setWeights(start.weights, (name) => required(start.baseWeights.get(name), name).data);
    const featured = await featuresOf(material.kept, this.#measuring);
    for (const [i, { weights }] of start.weights.entries()) {
      weights.set(found[i] as Float32Array);
    }
    return featured;
  }

  /** Chooses α, and leaves the weights there. */
  async sweep(trained: Weights, before: TuningBefore): Promise<Sweep> {
    const { start, adaptation, material, control, limits } = this.#parts;
    // Where the weights are: mostly the α that is asked about next, and each way there is long.
    let now: { readonly alpha: number; readonly differences: Differences } | undefined;
    const goTo = (alpha: number): Differences => {
      if (now?.alpha === alpha) return now.differences;
      now = undefined;
      const differences = adaptation.differences(trained, alpha);
      moveTo(start.weights, differences, start.baseWeights);
      now = { alpha, differences };
      return differences;
    };
    const measuring = this.#measuring;
    const heldOut: SweepPoint[] = [];
    for (const alpha of ALPHAS) {
      goTo(alpha);
      heldOut.push(await heldOutPoint(alpha, material, measuring));
      control.onProgress({ phase: "sweep", done: heldOut.length, total: ALPHAS.length });
    }
    const probed = new Map<number, Probed>();
    const { chosen, points } = await chooseAlpha(heldOut, {
      driftLimit: limits.probeLoss,
      heldOutCount: measuredSamples(material).length,
      measureProbeLoss: async (alpha) => {
        goTo(alpha);
        const found = await this.#probed(before);
        probed.set(alpha, found);
        return shareRight(before.probes) - shareRight(found.outcomes);
      },
    });
    const { outcomes, temperature } = required(probed.get(chosen.alpha), "the chosen point");
    const differences = goTo(chosen.alpha);
    const drift = driftReport({
      probes: { asked: material.probes, before: before.probes, after: outcomes },
      guards: await comparedOutcomes(material.guards, before.guards, measuring),
      domains: await comparedOutcomes(this.#domains, before.domains, measuring),
    });
    return { points, chosen, differences, temperature, drift };
  }

  async #probed(before: TuningBefore): Promise<Probed> {
    const { probes } = this.#parts.material;
    const known = new KnownTokens(probes);
    const outcomes = await laterOutcomes(probes, before.probes, this.#measuring, known.see);
    const temperature =
      known.tokens.length === 0
        ? this.#temperature
        : temperatureFor(known.tokens, before.overconfidence);
    return { outcomes, temperature };
  }

  /** What the version can do whose weights those of the start are, with these settings. */
  after(fillMask: FillMaskSettings): Promise<FillMetrics> {
    return this.#fill("after", fillMask);
  }

  async #fill(phase: "before" | "after", fillMask: FillMaskSettings): Promise<FillMetrics> {
    const { start, material, prefix, scorer, control } = this.#parts;
    const scores = cachedScorer(start.suffix, prefix, scorer);
    using filler = createFiller(fillerPartsOver(this.#modelDirectory, scores, fillMask));
    const heldOut = measuredSamples(material).map(({ sample }) => sample);
    const step = stepReporter(phase, { total: heldOut.length, control });
    return await evaluateFiller(filler, heldOut, step);
  }
}

async function heldOutPoint(
  alpha: number,
  material: Material,
  measuring: RowMeasuring,
): Promise<SweepPoint> {
  const heldOut = await probeOutcomes(measuredRows(material).map(asQuestion), measuring);
  const losses = heldOut.flatMap((outcome) => outcome.losses);
  return {
    alpha,
    heldOutAccuracy: shareRight(heldOut),
    heldOutLoss: losses.reduce((sum, loss) => sum + loss, 0) / (losses.length || 1),
  };
}

function shareRight(outcomes: readonly ProbeOutcome[]): number {
  return outcomes.filter(({ isRight }) => isRight).length / (outcomes.length || 1);
}

/** The base with differences added; a weight without one is the base's. */
function moveTo(
  weights: readonly SuffixWeight[],
  differences: Differences,
  baseWeights: Weights,
): void {
  setWeights(weights, (name) => {
    const base = required(baseWeights.get(name), name);
    return patched(name, base, differences).data;
  });
}
