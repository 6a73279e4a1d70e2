// The process that measures a version for a server, at low priority. It ends with the outcome, and
// without one when the server is gone.

import { codeOf, messageOf } from "../base/index.ts";
import { lowerPriority } from "../jobs/index.ts";
import { openRegistry } from "../registry/index.ts";
import { measureSuites } from "./measure-suites.ts";
import type { FromProbe, ProbeOrder } from "./start-probe.ts";

const send = (message: FromProbe): void => {
  if (process.connected) process.send?.(message, () => {});
};

lowerPriority();
// A signal from the terminal reaches the whole process group; the server decides.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit());
process.once("message", (order: ProbeOrder) => {
  measure(order)
    .catch((error: unknown) => {
      send({ kind: "failed", code: codeOf(error), message: messageOf(error) });
    })
    .finally(() => process.disconnect?.())
    .catch(() => {});
});

async function measure({ dataDirectory, ...wish }: ProbeOrder): Promise<void> {
  await using registry = await openRegistry(dataDirectory);
  const measured = await measureSuites(registry, wish, (done, total) => {
    send({ kind: "progress", done, total });
  });
  send({ kind: "measured", ...measured });
}
