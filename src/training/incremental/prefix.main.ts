// The process that fills the activation cache. Its first message says for which model; each further
// one brings rows. It ends when its starter lets go of it, and its memory goes with it.

import { required, toErrorData } from "../../base/index.ts";
import { lowerPriority } from "../../jobs/index.ts";
import { Prefix } from "./prefix.ts";
import type { FromPrefix, ToPrefix } from "./prefix-process.ts";

const send = (message: FromPrefix): void => {
  if (process.connected) process.send?.(message, () => {});
};

lowerPriority();
process.on("SIGINT", () => {});
// A native call may be under way; nobody waits for what it makes.
process.on("disconnect", () => process.exit(0));
let prefix: Promise<Prefix> | undefined;
process.on("message", (message: ToPrefix) => {
  void handle(message).catch((error: unknown) => {
    send({ kind: "failed", error: toErrorData(error) });
  });
});

async function handle(message: ToPrefix): Promise<void> {
  if (message.kind === "open") {
    prefix = Prefix.open(message.source);
    // Whoever asks for rows is told what went wrong.
    prefix.catch(() => {});
    return;
  }
  const opened = await required(prefix, "the message that opens the model");
  await opened.fill(message.rows, (done) => send({ kind: "progress", done }));
  send({ kind: "filled" });
}
