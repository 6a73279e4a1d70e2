// Where the samples of a run came from and what they are about, in counts: what an archive may say
// of texts that it must not have.

import { byFrequency } from "../base/index.ts";
import type { FeedbackStore } from "../registry/index.ts";
import { SAMPLE_ORIGINS, type SampleOrigin } from "../wire/index.ts";

/** Goes into the metrics of a version as `origins`; of all samples given, also those left out. */
export interface SampleOrigins {
  readonly sources: readonly { readonly origin: SampleOrigin; readonly count: number }[];
  /** Of those, samples that a reviewer had decided on when the run took them. */
  readonly reviewed: number;
  /** The most frequent first; null: samples without one. */
  readonly domains: readonly { readonly domain: string | null; readonly count: number }[];
  /** Samples of still other domains. */
  readonly otherDomains: number;
}

/**
 * Counts the samples in a run's file, which is free of personal data. What waited in feedback says
 * where it came from; of other samples only the door is known, whatever they say themselves.
 *
 * @throws AppError as `readTrainingSamples`.
 */
export async function sampleOrigins(
  samplesFile: string,
  {
    from,
    reviewed = 0,
  }: {
    readonly from: "feedback" | "upload" | "file";
    readonly reviewed?: number;
  },
): Promise<SampleOrigins> {
  const { domainLabel, DOMAINS_SHOWN_MAX, readTrainingSamples } =
    await import("../tasks/fill-mask/index.ts");
  const samples = readTrainingSamples(samplesFile);
  const sources = byFrequency(samples.map(({ source }) => (from === "feedback" ? source : from)));
  const domains = byFrequency(samples.map(({ domain }) => domain));
  const shown = domains.slice(0, DOMAINS_SHOWN_MAX);
  return {
    sources: SAMPLE_ORIGINS.flatMap((origin) => {
      const count = sources.find(([name]) => name === origin)?.[1];
      return count === undefined ? [] : [{ origin, count }];
    }),
    reviewed,
    domains: shown.map(([domain, count]) => {
      return { domain: domain === undefined ? null : domainLabel(domain), count };
    }),
    otherDomains: domains.slice(DOMAINS_SHOWN_MAX).reduce((sum, [, count]) => sum + count, 0),
  };
}

/** The same of what a run has taken from feedback. */
export async function feedbackOrigins(
  store: Pick<FeedbackStore, "countReviewed">,
  run: string,
  samplesFile: string,
): Promise<SampleOrigins> {
  const reviewed = await store.countReviewed(run);
  return sampleOrigins(samplesFile, { from: "feedback", reviewed });
}
