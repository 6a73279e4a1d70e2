// What /metrics says of feedback: how much came in, what the scrub replaced and blocked, what
// waits.

import { Gauge, type Registry } from "prom-client";
import type { FeedbackOffice } from "./context.ts";
import { addReadCounter, countsBy } from "./read-counter.ts";

/** Registers counters that are read from `feedback` when they are asked for. */
export function observeFeedback(feedback: FeedbackOffice, register: Registry): void {
  const statistics = (): ReturnType<FeedbackOffice["statistics"]> => feedback.statistics();
  addReadCounter(register, {
    name: "whetstone_feedback_verdicts_total",
    help: "Verdicts that were filed, by the version that was judged.",
    labels: ["model", "version", "verdict"],
    values: () => statistics().verdicts.map(({ count, ...labels }) => ({ labels, count })),
  });
  addReadCounter(register, {
    name: "whetstone_scrub_replaced_total",
    help: "Pieces of personal data that were replaced before anything was stored.",
    labels: ["kind"],
    values: () => countsBy("kind", statistics().scrub.replaced),
  });
  addReadCounter(register, {
    name: "whetstone_scrub_blocked_total",
    help: "Texts that were not stored because the scrub failed.",
    values: () => [{ labels: {}, count: statistics().scrub.blocked }],
  });
  addReadCounter(register, {
    name: "whetstone_predictions_total",
    help: "Answers that were stored so that they can be judged, and that were dropped.",
    labels: ["outcome"],
    values: () => countsBy("outcome", { ...statistics().predictions }),
  });
  const samples: Gauge<"state"> = new Gauge({
    name: "whetstone_feedback_samples",
    help: "Samples in each state.",
    labelNames: ["state"],
    registers: [register],
    collect: async () => {
      for (const [state, count] of Object.entries(await feedback.store.count())) {
        samples.set({ state }, count);
      }
    },
  });
}
