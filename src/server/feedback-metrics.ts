// What /metrics says of feedback: how much came in, what the scrub replaced and blocked, what
// waits.

import { Counter, Gauge, type Registry } from "prom-client";
import type { FeedbackOffice } from "./context.ts";

/** Registers counters that are read from `feedback` when they are asked for. */
export function observeFeedback(feedback: FeedbackOffice, register: Registry): void {
  const statistics = (): ReturnType<FeedbackOffice["statistics"]> => feedback.statistics();
  addCounter(register, {
    name: "whetstone_feedback_verdicts_total",
    help: "Verdicts that were filed.",
    label: "verdict",
    values: () => statistics().verdicts,
  });
  addCounter(register, {
    name: "whetstone_scrub_replaced_total",
    help: "Pieces of personal data that were replaced before anything was stored.",
    label: "kind",
    values: () => statistics().scrub.replaced,
  });
  addCounter(register, {
    name: "whetstone_scrub_blocked_total",
    help: "Texts that were not stored because the scrub failed.",
    values: () => ({ "": statistics().scrub.blocked }),
  });
  addCounter(register, {
    name: "whetstone_predictions_total",
    help: "Answers that were stored so that they can be judged, and that were dropped.",
    label: "outcome",
    values: () => ({ ...statistics().predictions }),
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

interface ReadCounter {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  /** By value of the label. */
  readonly values: () => Readonly<Record<string, number>>;
}

function addCounter(register: Registry, { name, help, label, values }: ReadCounter): void {
  const counter: Counter = new Counter({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [register],
    collect: () => {
      counter.reset();
      for (const [value, count] of Object.entries(values())) {
        counter.inc(label === undefined ? {} : { [label]: value }, count);
      }
    },
  });
}
