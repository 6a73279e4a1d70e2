// The process of one training run of a server. It ends with the outcome, and with a checkpoint when
// it is told to stop or when the server is gone.

import { lowerPriority } from "../jobs/index.ts";
import { outcomeOf, runJob, type FromJob, type ToJob } from "./job.ts";

let isStopping = false;
const send = (message: FromJob): void => {
  if (process.connected) process.send?.(message, () => {});
};

lowerPriority();
// A signal from the terminal reaches the whole process group; the server decides and says so.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => (isStopping = true));
process.on("message", (message: ToJob) => {
  if (message.kind === "stop") {
    isStopping = true;
    return;
  }
  const control = {
    onProgress: (progress: (FromJob & { kind: "progress" })["progress"]) =>
      send({ kind: "progress", progress }),
    shouldStop: () => isStopping,
  };
  runJob(message, control, () => send({ kind: "storing" }))
    .catch(outcomeOf)
    .then((outcome) => send({ kind: "ended", outcome }))
    .finally(() => process.disconnect?.())
    .catch(() => {});
});
