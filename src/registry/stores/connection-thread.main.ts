// Entry of the thread that holds a connection: opens it, then does what it is told, in order.

import { parentPort } from "node:worker_threads";
import { messageOf, required } from "../../base/index.ts";
import type { Call, Reply } from "./connection-thread.ts";
import { openConnection, type Answer, type Connection } from "./connection.ts";

let connection: Connection | undefined;

parentPort?.on("message", (call: Call) => {
  void answerTo(call).then(
    (result) => say({ id: call.id, result }),
    (error: unknown) => {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      say({ id: call.id, error: { message: messageOf(error), code } });
    },
  );
});

function say(reply: Reply): void {
  parentPort?.postMessage(reply, []);
}

async function answerTo(call: Call): Promise<Answer | undefined> {
  if (call.method === "open") {
    connection = openConnection(...call.given);
    return undefined;
  }
  const open = required(connection, "a connection");
  switch (call.method) {
    case "query":
      return open.query(...call.given);
    case "exec":
      await open.exec(...call.given);
      return undefined;
    case "rollback":
    case "close":
      await open[call.method]();
      return undefined;
  }
}
