// Entry of a thread that updates parameters: takes them, tells their norms, updates them, gives
// them back.

import { parentPort } from "node:worker_threads";
import { squaredNorm } from "./adamw.ts";
import { buffersOf, type FromHelper, type ToHelper } from "./helper-thread.ts";
import { updateParameter, type Updated } from "./update.ts";

let held: readonly Updated[] = [];

parentPort?.on("message", (message: ToHelper) => {
  if (message.kind === "take") {
    held = message.parameters;
    const norms = held.map(({ gradient }) => squaredNorm(gradient));
    say({ kind: "norms", norms });
    return;
  }
  for (const parameter of held) updateParameter(parameter, message.update);
  say({ kind: "done", parameters: held }, buffersOf(held));
  held = [];
});

function say(message: FromHelper, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
