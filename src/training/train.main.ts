// The process of one training run. Its first message is the order; it ends with the outcome, and
// with a checkpoint when it is told to stop or when whoever started it is gone.

import { toErrorData } from "../base/index.ts";
import { lowerPriority } from "../jobs/index.ts";
import type { FromTraining, ToTraining } from "./order.ts";
import { runTraining } from "./run-training.ts";

let isStopping = false;
const send = (message: FromTraining): void => {
  if (process.connected) process.send?.(message, () => {});
};

lowerPriority();
// Ctrl-C reaches the whole process group; the starter decides and says so in a message.
process.on("SIGINT", () => {});
process.on("disconnect", () => (isStopping = true));
process.on("message", (message: ToTraining) => {
  if (message.kind === "stop") {
    isStopping = true;
    return;
  }
  runTraining(message, {
    onProgress: (progress) => send({ kind: "progress", progress }),
    shouldStop: () => isStopping,
  })
    .then(
      (outcome) => send({ kind: "outcome", outcome }),
      (error: unknown) => send({ kind: "failed", error: toErrorData(error) }),
    )
    .finally(() => process.disconnect?.());
});
